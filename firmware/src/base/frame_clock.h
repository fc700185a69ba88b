// How much time a frame stands for. What lives in time and not in frames, whatever their rate, asks this.
//
// Its Python twin is python/emojicam/frame_clock.py.
#pragma once

#include <cstdint>

namespace emojicam {

class FrameClock {
 public:
  // The first frame has none before it: it counts as one of 25 a second.
  static constexpr uint32_t kFirstGapMs = 40;

  // A longer gap counts as this one. Nobody saw what was there, so a single frame doesn't decide for all of
  // it; of 12 frames a second, two in a row may be dropped before any time is lost.
  static constexpr uint32_t kLongestGapMs = 250;

  // The time from the frame before to this one, 0 to kLongestGapMs. time_ms: when it was taken; it may wrap
  // around, and a clock that was set back is a gap too long.
  uint32_t Gap(uint32_t time_ms) {
    const uint32_t gap = any_ ? time_ms - last_ms_ : kFirstGapMs;
    any_ = true;
    last_ms_ = time_ms;
    return gap < kLongestGapMs ? gap : kLongestGapMs;
  }

  // The next frame is the first.
  void Reset() { any_ = false; }

 private:
  uint32_t last_ms_ = 0;
  bool any_ = false;
};

}  // namespace emojicam
