// What is known to be wrong with the chip and its core, by number, and the revisions that it concerns. (ST's
// errata sheet ES0392, numbers of its revision 15; Arm's SDEN-1068427 for the Cortex-M7 r1p1)
#pragma once

#include <cstdint>

namespace emojicam::board {

// DBGMCU_IDC.REV_ID. Y and W have the same. board/health.h, ChipLine(), names it and what is done about it.
inline constexpr uint32_t kRevisionZ = 0x1001, kRevisionY = 0x1003, kRevisionX = 0x2001, kRevisionV = 0x2003;

uint32_t ChipRevision();

// ES0392 2.2.21, revisions before V: no VOS0 and no 480 MHz. Returns whether this chip is one of them.
bool LimitedTo400MHz();

// ES0392 2.2.10, revisions before V: what is read from AXI SRAM may be corrupted while several masters use
// it. One read at a time then. Before anything relies on AXI SRAM.
void ReadAxiSramOneByOne();

// ES0392 2.2.3, revisions Y and W: CRS does not synchronise HSI48 to USB's frames. Returns what
// RCC_D2CCIP2R.USBSEL is to select instead: PLL3's output Q, from the crystal.
uint32_t UsbClockFromCrystal();

// ES0392 2.19.4, all revisions: I2C reports bus errors (BERR) that there are none, as a master. Clears it;
// the transfer goes on, and a real one ends in a timeout.
void ForgetI2cBusError();

// ES0392 2.1.1, Arm 1259864, all revisions: a store to write-through memory may bring back old data; and the
// core speculates into flash that is being erased. Flash is write-through by the core's default map, so the
// settings' sectors are device memory, without speculation and without execution.
//
// region: the MPU's; base: of 256 KiB, aligned to their size.
void KeepCachesOffSettings(uint32_t region, uint32_t base);

// ES0392 2.1.5, Arm 1313001, all revisions: between cache maintenance and the next store stands a DMB.
void FinishCacheMaintenance();

}  // namespace emojicam::board
