#include "app/board_settings.h"

#include <algorithm>
#include <array>

namespace emojicam::app {
namespace {

// First byte of what is kept: another one, and the fields behind it are not these.
constexpr uint8_t kFormat = 1;

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
  message.smoothing = settings.decision.smoothing;
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
  if (!IsShare(message.smoothing) || message.smoothing == 0.0f || !IsShare(message.margin)) return false;
  if (message.activation_count != classes || message.threshold_count != classes) return false;
  if (!AreShares(message.activation, classes) || !AreShares(message.threshold, classes)) return false;
  if (std::find(message.threshold, message.threshold + classes, 0.0f) != message.threshold + classes)
    return false;
  settings->typist.host = static_cast<Host>(message.host);
  settings->typist.layout = static_cast<Layout>(message.layout);
  settings->typist.timing = {message.press_ms, message.release_ms, message.gap_ms};
  settings->typist.min_interval_ms = message.min_interval_ms;
  settings->armed_at_start = message.armed_at_start != 0;
  settings->decision.smoothing = message.smoothing;
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

bool LoadSettings(SlotStore& store, BoardSettings* settings) {
  std::array<uint8_t, SlotStore::kMaxContent> content;
  const std::size_t size = store.Load(content);
  if (size == 0 || content[0] != kFormat) return false;
  link::Reader reader(Span<const uint8_t>(content).first(size).subspan(1));
  link::SettingsSet message;
  return message.Read(reader) && Apply(message, settings);
}

bool SaveSettings(SlotStore& store, const BoardSettings& settings) {
  std::array<uint8_t, SlotStore::kMaxContent> content;
  content[0] = kFormat;
  link::Writer writer(Span<uint8_t>(content).subspan(1));
  return Message(settings).Write(writer) && store.Save({content.data(), 1 + writer.size()});
}

}  // namespace emojicam::app
