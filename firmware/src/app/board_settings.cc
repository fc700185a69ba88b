#include "app/board_settings.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace emojicam::app {
namespace {

// First byte of what is kept: another one, and the fields behind it are not these.
constexpr uint8_t kFormat = 2;

// Format 1 had the weight of a frame, f32, where the time constant is now.
constexpr uint8_t kFormatInFrames = 1;
constexpr std::size_t kBeforeWeight = 8;

// The time constant that gives a frame this weight at 25 frames a second, to a millisecond.
uint16_t TimeConstantOf(float weight) {
  uint16_t least = 1;
  uint16_t most = kMaxTimeConstantMs;
  while (least < most) {
    const auto middle = static_cast<uint16_t>((least + most) / 2);
    if (WeightOf(FrameClock::kFirstGapMs, DecayOf(middle)) <= weight) {
      most = middle;
    } else {
      least = static_cast<uint16_t>(middle + 1);
    }
  }
  return least;
}

// A payload of format 1 as one of today, in place. Its size, or 0 if it is none.
std::size_t Migrate(Span<uint8_t> payload) {
  if (payload.size() < kBeforeWeight + sizeof(float)) return 0;
  float weight = 0;
  std::memcpy(&weight, payload.data() + kBeforeWeight, sizeof(weight));
  if (!(weight > 0.0f && weight <= 1.0f)) return 0;
  const uint16_t time_constant = TimeConstantOf(weight);
  uint8_t* const to = payload.data() + kBeforeWeight;
  const std::size_t rest = payload.size() - kBeforeWeight - sizeof(weight);
  to[0] = static_cast<uint8_t>(time_constant);
  to[1] = static_cast<uint8_t>(time_constant >> 8);
  std::memmove(to + 2, to + sizeof(weight), rest);
  return kBeforeWeight + 2 + rest;
}

// False for NaN too.
constexpr bool IsShare(float value) { return value >= 0.0f && value <= 1.0f; }

bool AreShares(const float* values, std::size_t count) {
  return std::all_of(values, values + count, IsShare);
}

link::SettingsSet Message(const BoardSettings& settings) {
  link::SettingsSet message;
  message.host = static_cast<uint8_t>(settings.typist.host);
  message.layout = static_cast<uint8_t>(settings.typist.layout);
  message.armed_at_start = settings.armed_at_start ? 1 : 0;
  message.press_ms = settings.typist.timing.press_ms;
  message.release_ms = settings.typist.timing.release_ms;
  message.gap_ms = settings.typist.timing.gap_ms;
  message.min_interval_ms = settings.typist.min_interval_ms;
  message.time_constant_ms = settings.decision.time_constant_ms;
  message.margin = settings.decision.margin;
  const auto classes = static_cast<uint8_t>(settings.decision.classes);
  message.activation_count = message.threshold_count = classes;
  std::copy_n(settings.decision.activation.begin(), classes, message.activation);
  std::copy_n(settings.decision.threshold.begin(), classes, message.threshold);
  return message;
}

}  // namespace

bool Apply(const link::SettingsSet& message, BoardSettings* settings) {
  const std::size_t classes = settings->decision.classes;
  if (message.host >= kHostCount || message.layout >= kLayoutCount || message.armed_at_start > 1)
    return false;
  if (message.press_ms == 0 || message.release_ms == 0 || message.gap_ms == 0) return false;
  if (message.time_constant_ms == 0 || message.time_constant_ms > kMaxTimeConstantMs) return false;
  if (!IsShare(message.margin)) return false;
  if (message.activation_count != classes || message.threshold_count != classes) return false;
  if (!AreShares(message.activation, classes) || !AreShares(message.threshold, classes)) return false;
  if (std::find(message.threshold, message.threshold + classes, 0.0f) != message.threshold + classes)
    return false;
  settings->typist.host = static_cast<Host>(message.host);
  settings->typist.layout = static_cast<Layout>(message.layout);
  settings->typist.timing = {message.press_ms, message.release_ms, message.gap_ms};
  settings->typist.min_interval_ms = message.min_interval_ms;
  settings->armed_at_start = message.armed_at_start != 0;
  settings->decision.time_constant_ms = message.time_constant_ms;
  settings->decision.margin = message.margin;
  std::copy_n(message.activation, classes, settings->decision.activation.begin());
  std::copy_n(message.threshold, classes, settings->decision.threshold.begin());
  return true;
}

link::Settings Describe(const BoardSettings& settings) {
  // The two messages have the same fields (messages.py), and so the same payload.
  std::array<uint8_t, SlotStore::kMaxContent> payload;
  link::Writer writer(payload);
  Message(settings).Write(writer);
  link::Settings description;
  link::Reader reader(Span<const uint8_t>(payload).first(writer.size()));
  description.Read(reader);
  return description;
}

Kept LoadSettings(SlotStore& store, BoardSettings* settings) {
  std::array<uint8_t, SlotStore::kMaxContent> content;
  const std::size_t size = store.Load(content);
  if (size == 0) return Kept::kNothing;
  Span<uint8_t> payload = Span<uint8_t>(content).first(size).subspan(1);
  if (content[0] == kFormatInFrames) {
    payload = payload.first(Migrate(payload));
  } else if (content[0] != kFormat) {
    return Kept::kUnfit;
  }
  link::Reader reader(payload);
  link::SettingsSet message;
  return message.Read(reader) && Apply(message, settings) ? Kept::kTaken : Kept::kUnfit;
}

Error SaveSettings(SlotStore& store, const BoardSettings& settings) {
  std::array<uint8_t, SlotStore::kMaxContent> content;
  content[0] = kFormat;
  link::Writer writer(Span<uint8_t>(content).subspan(1));
  return Message(settings).Write(writer) ? store.Save({content.data(), 1 + writer.size()})
                                         : Error::kOutOfRange;
}

}  // namespace emojicam::app
