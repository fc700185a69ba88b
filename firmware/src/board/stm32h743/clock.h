// Supply, clocks and caches.
#pragma once

#include "board/stm32h743/error.h"

namespace emojicam::board {

// From whatever the bootloader left to 480 MHz: LDO, VOS0, HSE, PLL1 (4 MHz in, N 240, P 2), AXI and AHB at
// 240 MHz, APB at 120 MHz (its timers at 240). Flash at 4 wait states.
Error StartClocks();

// 48 MHz for USB from HSI48, which CRS trims to the host's frames, and the USB supply.
Error StartUsbClock();

// Memory protection, then both caches. Where what may be cached is in memory.cc.
void StartMemory();

inline constexpr uint32_t kApb1Hz = 120000000;
inline constexpr uint32_t kTimer1Hz = 240000000;

}  // namespace emojicam::board
