#include "keyboard/key_sequence.h"

#include <algorithm>

#include "keyboard/utf8.h"

namespace emojicam {
namespace {

constexpr Report Down(uint8_t modifiers, uint8_t usage) { return {modifiers, 0, {usage, 0, 0, 0, 0, 0}}; }

}  // namespace

TextError KeySequence::Check(Span<const uint8_t> text, const KeySequenceOptions& options) {
  if (options.host == Host::kFunctionKeys) {
    return options.function_key < sizeof(usage::kFunctionKeys) ? TextError::kNone : TextError::kFunctionKey;
  }
  if (text.empty()) return TextError::kEmpty;
  if (text.size() > kMaxTextBytes) return TextError::kTooLong;
  while (!text.empty()) {
    const CodePoint point = DecodeUtf8(text);
    if (point.error != TextError::kNone) return point.error;
    text = text.subspan(point.size);
  }
  return TextError::kNone;
}

TextError KeySequence::Create(Span<const uint8_t> text, const KeySequenceOptions& options,
                              KeySequence* sequence) {
  const TextError error = Check(text, options);
  if (error != TextError::kNone) return error;
  *sequence = KeySequence();
  sequence->options_ = options;
  if (options.host == Host::kFunctionKeys) {
    sequence->function_key_pending_ = true;
  } else {
    std::copy(text.begin(), text.end(), sequence->text_);
    sequence->size_ = text.size();
  }
  return TextError::kNone;
}

// Replaces the strokes by those of the next character; false where there is none.
bool KeySequence::LoadCharacter() {
  stroke_ = 0;
  strokes_ = Strokes();
  if (function_key_pending_) {
    function_key_pending_ = false;
    strokes_.Add({0, usage::kFunctionKeys[options_.function_key]});
  } else if (at_ < size_) {
    const CodePoint point = DecodeUtf8(Span<const uint8_t>(text_ + at_, size_ - at_));
    at_ += point.size;
    strokes_ = StrokesFor(point.value, options_.host, options_.layout);
  }
  return strokes_.size() != 0;
}

bool KeySequence::Next(TimedReport* next) {
  while (stroke_ < strokes_.size() || LoadCharacter()) {
    const Stroke stroke = strokes_[stroke_];
    const bool last_stroke = stroke_ + 1 == strokes_.size();
    switch (phase_) {
      case Phase::kModifiers:
        phase_ = Phase::kPress;
        if (stroke.modifiers != held_) {
          held_ = stroke.modifiers;
          const bool last = last_stroke && stroke.usage == 0;
          *next = {Down(held_, 0), last ? options_.timing.gap_ms : options_.timing.release_ms};
          return true;
        }
        break;
      case Phase::kPress:
        if (stroke.usage != 0) {
          phase_ = Phase::kRelease;
          *next = {Down(held_, stroke.usage), options_.timing.press_ms};
          return true;
        }
        phase_ = Phase::kModifiers;
        ++stroke_;
        break;
      case Phase::kRelease: {
        phase_ = Phase::kModifiers;
        ++stroke_;
        const bool all_up_follows = at_ == size_ && held_ != 0;
        const bool last = last_stroke && !all_up_follows;
        *next = {Down(held_, 0), last ? options_.timing.gap_ms : options_.timing.release_ms};
        return true;
      }
    }
  }
  if (held_ == 0) return false;
  held_ = 0;
  *next = {kAllUp, options_.timing.gap_ms};
  return true;
}

}  // namespace emojicam
