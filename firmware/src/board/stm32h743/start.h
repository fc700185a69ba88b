// What startup, tick and faults share inside this board.
#pragma once

#include <cstdint>

namespace emojicam::board {

// Reads and clears the reset flags. Once, first thing.
void ReadResetCause();

// SysTick every millisecond, at the highest priority.
void StartTick();
void TickHandler();

// Pins and interrupt of the USB core. usb/ has to be able to take its interrupt from here on.
void StartUsbPort();

}  // namespace emojicam::board
