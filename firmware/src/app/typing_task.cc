#include "app/typing_task.h"

namespace emojicam::app {
namespace {

// A gap this long is no time in which to type, but a clock that was set.
constexpr uint32_t kMaxStepMs = 10000;

}  // namespace

void TypingTask::AdvanceTo(uint32_t now_ms) {
  // Millisecond by millisecond, as the typist would be polled, so that what is sent does not depend on how
  // far apart frames are.
  if (now_ms - now_ms_ > kMaxStepMs) now_ms_ = now_ms - 1;
  while (now_ms_ != now_ms) {
    if (computer_.TakeInterruption()) typist_.Reset();
    typist_.OnLeds(computer_.leds());
    typist_.Poll(++now_ms_);
    if (!typist_.idle()) computer_.Breathe();
  }
}

Firing TypingTask::Type(Span<const uint8_t> text, uint8_t function_key) {
  const Firing firing = typist_.Type(text, function_key, now_ms_);
  if (firing == Firing::kQueued) computer_.Wake();
  return firing;
}

}  // namespace emojicam::app
