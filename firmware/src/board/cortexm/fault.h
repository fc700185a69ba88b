// What the firmware does when it can't go on. Emulated boards say so over the link's UART and stop
// (fault.cc); silicon keeps a record and starts again (stm32h743/health.cc).
#pragma once

#include <cstdint>

namespace emojicam::board {

// What the core pushes on exception entry. (Armv7-M ARM B1.5.6)
struct ExceptionFrame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

// What the core says of a fault.
struct FaultStatus {
  uint32_t exception;                // its number
  uint32_t cfsr, hfsr, mmfar, bfar;  // (Armv7-M ARM B3.2.15 to B3.2.18)
  bool has_frame;                    // the frame could be pushed
  bool stack_overflow;
};
FaultStatus ReadFaultStatus();

// Exception entry for every fault: works out which stack was in use and calls FaultReport. Assembly knows it
// by that name.
void FaultEntry() asm("emojicam_fault_entry");

// Ends with a reason. For states that must not happen outside an exception.
[[noreturn]] void FaultHalt(const char* reason);

// Board's part: write one byte to the link by polling, whatever state everything else is in.
void FaultWriteByte(uint8_t byte);

// Board's part: end the emulation, or reset the chip.
[[noreturn]] void FaultStop();

}  // namespace emojicam::board
