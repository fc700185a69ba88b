// A monotonic 64-bit clock from the 24-bit SysTick. (Armv7-M ARM B3.3)
#pragma once

#include <cstdint>

namespace emojicam::board {

// Counts down from 2^24 - 1 on the processor clock and interrupts at each wrap.
void SystemTimerStart();

// Ticks since SystemTimerStart(). Correct as long as it is called at least once a wrap or interrupts
// are enabled.
uint64_t SystemTimerTicks();

// The SysTick exception.
void SystemTimerHandler();

}  // namespace emojicam::board
