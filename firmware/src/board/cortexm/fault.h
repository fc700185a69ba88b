// What the firmware does when it can't go on: says so over the link's UART and stops.
#pragma once

#include <cstdint>

namespace emojicam::board {

// Exception entry for every fault: works out which stack was in use and calls FaultReport. Assembly knows it
// by that name.
void FaultEntry() asm("emojicam_fault_entry");

// Writes "FAULT: reason" between two zero bytes and stops. For states that must not happen outside an
// exception.
[[noreturn]] void FaultHalt(const char* reason);

// Board's part: write one byte to the link by polling, whatever state everything else is in.
void FaultWriteByte(uint8_t byte);

// Board's part: end the emulation, or reset the chip.
[[noreturn]] void FaultStop();

}  // namespace emojicam::board
