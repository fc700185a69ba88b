// A push button whose contacts bounce.
#pragma once

#include <cstdint>

namespace emojicam::app {

class Button {
 public:
  // A level counts once it has been the same for so long. Contacts bounce for 10 ms at most, good ones for 1.
  static constexpr uint32_t kSteadyMs = 20;

  // Tells the level, again and again. True once a press: when it has been down for kSteadyMs, after having
  // been up for as long. A button that is down from the start has not been pressed. now_ms may wrap around.
  bool Pressed(bool down, uint32_t now_ms) {
    if (!looked_ || down != level_) {
      looked_ = true;
      level_ = down;
      since_ms_ = now_ms;
    }
    if (level_ == steady_ || now_ms - since_ms_ < kSteadyMs) return false;
    steady_ = level_;
    return steady_;
  }

 private:
  bool looked_ = false;
  bool level_ = true;
  bool steady_ = true;  // so that what is down at the start has to go up first
  uint32_t since_ms_ = 0;
};

}  // namespace emojicam::app
