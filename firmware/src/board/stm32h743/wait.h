// Bounded waiting on the cycle counter. (DDI 0403E C1.8)
#pragma once

#include <cstdint>

#include "board/stm32h743/registers.h"

namespace emojicam::board {

// The fastest that the core ever runs: a wait is never shorter than asked for, and before the PLL is on, or
// on a chip that does not run that fast, longer.
inline constexpr uint32_t kCoreHz = 480000000;
inline constexpr uint32_t kCyclesPerMicrosecond = kCoreHz / 1000000;

// Starts the cycle counter. Before the first wait.
inline void StartCycleCounter() {
  DEMCR.Set(DEMCR_TRCENA);
  DWT_LAR.Write(0xC5ACCE55);
  DWT_CYCCNT.Write(0);
  DWT_CTRL.Set(DWT_CTRL_CYCCNTENA);
}

// Two instructions an iteration, so one cycle of the M7's at least.
inline void Spin(uint32_t iterations) {
  asm volatile(
      "1: subs %0, %0, #1 \n"
      "   bne  1b         \n"
      : "+l"(iterations)
      :
      : "cc");
}

// A while, at least: up to 8 seconds, after which the counter has wrapped. For milliseconds rather sleep:
// SleepFor().
inline void DelayMicroseconds(uint32_t microseconds) {
  const uint32_t start = DWT_CYCCNT.Read();
  const uint32_t cycles = microseconds * kCyclesPerMicrosecond;
  for (uint32_t elapsed = 0; elapsed < cycles; elapsed = DWT_CYCCNT.Read() - start) {
    Spin((cycles - elapsed) / 2 + 1);  // never past the end by much, and soon there
  }
}

// Until done() is true, looked at about every microsecond. False if it is not after so many (at most 8 s).
template <typename Done>
bool WaitFor(Done done, uint32_t microseconds) {
  const uint32_t start = DWT_CYCCNT.Read();
  while (!done()) {
    if (DWT_CYCCNT.Read() - start >= microseconds * kCyclesPerMicrosecond) return done();
    Spin(kCyclesPerMicrosecond / 2);
  }
  return true;
}

// Sleeps through the ticks of at least so many milliseconds. Needs StartTick() and interrupts.
void SleepFor(uint32_t milliseconds);

}  // namespace emojicam::board
