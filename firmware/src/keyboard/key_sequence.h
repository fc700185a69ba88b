// Text -> reports, one at a time.
//
//   text  --utf8-->  code points  --strokes-->  keys and modifiers  --KeySequence-->  reports
//
// Every report differs from the one before it in its modifiers or in one key, never in both, and the last one
// has everything up: no host, virtual machine or remote desktop can then put the events in another order.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "generated/keyboard_tables.h"
#include "keyboard/report.h"
#include "keyboard/strokes.h"

namespace emojicam {

// What to type and for which computer.
struct KeySequenceOptions {
  Host host = Host::kLinux;
  Layout layout = Layout::kUs;
  uint8_t function_key = 0;  // for Host::kFunctionKeys: 0 (F13) to 11 (F24)
  Timing timing = {};
};

// The reports of one text. Holds a copy of it (kMaxTextBytes); no heap.
class KeySequence {
 public:
  // An empty sequence: Next() gives nothing.
  KeySequence() = default;

  // Why `text` (UTF-8) cannot be typed, or kNone. The rules apply in this order: empty, too long
  // (kMaxTextBytes), and then code point by code point invalid UTF-8, surrogate, control. Host::kFunctionKeys
  // does not look at the text.
  static TextError Check(Span<const uint8_t> text, const KeySequenceOptions& options);

  // Makes `*sequence` the one for `text`, or leaves it as it is and says why not, as Check() does.
  static TextError Create(Span<const uint8_t> text, const KeySequenceOptions& options, KeySequence* sequence);

  // Gives the next report, or false after the last one, which is all up.
  bool Next(TimedReport* next);

 private:
  enum class Phase : uint8_t { kModifiers, kPress, kRelease };

  bool LoadCharacter();

  uint8_t text_[kMaxTextBytes] = {};
  std::size_t size_ = 0;
  std::size_t at_ = 0;
  KeySequenceOptions options_ = {};
  bool function_key_pending_ = false;
  Strokes strokes_ = {};  // of the character at hand
  std::size_t stroke_ = 0;
  Phase phase_ = Phase::kModifiers;
  uint8_t held_ = 0;
};

}  // namespace emojicam
