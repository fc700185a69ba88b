// A board in memory, for tests of the app: what it shows, what it is told, and the time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "board/board.h"
#include "storage/fake_flash.h"

namespace emojicam::board {

struct FakeBoard {
  uint64_t nanoseconds = 0;
  bool time_comes_from_host = true;
  bool button_down = false;
  bool has_flash = true;
  FakeFlash flash;
  uint8_t led[3] = {};
  Error problem = Error::kNone;
  bool resting = false;
  std::vector<uint8_t> sent;  // what the link has taken
  // By how much time passes whenever somebody looks at the clock.
  uint32_t step_ms = 0;
  std::function<void()> on_look;  // called then
};

// What FaultHalt does instead of not returning.
struct Halted {
  std::string reason;
};

// The one there is.
FakeBoard& TheBoard();

}  // namespace emojicam::board
