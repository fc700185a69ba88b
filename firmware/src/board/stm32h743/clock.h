// Supply, clocks and caches.
#pragma once

#include "board/stm32h743/error.h"

namespace emojicam::board {

// From whatever the bootloader left to 480 MHz at VOS0, or 400 MHz at VOS1 where the chip's revision does not
// do more (errata.h): LDO, HSE, PLL1 (4 MHz in). AXI and AHB at half of that, APB at a quarter, its timers at
// half. Flash with the wait states that go with it.
Error StartClocks();

// 48 MHz for USB from the crystal, by PLL3, and the USB supply.
Error StartUsbClock();

// Memory protection, then both caches. Where what may be cached is in memory.cc.
void StartMemory();

// Once StartClocks() has gone well.
uint32_t CoreHz();
inline uint32_t Apb1Hz() { return CoreHz() / 4; }
inline uint32_t Timer1Hz() { return CoreHz() / 2; }

}  // namespace emojicam::board
