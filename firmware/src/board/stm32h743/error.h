// Errors on the LED.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace emojicam::board {

// Who has something to show; the first of them that has is seen.
enum class Part : uint8_t { kCamera, kSettings, kWatchdog, kApp };
inline constexpr uint8_t kParts = 4;

// Blinks the code from now on, over whatever colour the LED has, while everything else goes on; kNone ends
// it.
void ShowError(Part part, Error error);

// Blinks the code for ever: red `code` times, then a pause. For errors that leave nothing else to do.
[[noreturn]] void BlinkForEver(Error error);

}  // namespace emojicam::board
