// One row of emojicam.toml's gestures.
#pragma once

#include <cstdint>

namespace emojicam {

struct Gesture {
  const char* name;
  const char* emoji;  // UTF-8, empty for the first
  uint8_t led[3];     // red, green, blue
};

}  // namespace emojicam
