// Ends an emulation, and resets the core. (Arm Semihosting for AArch32 and AArch64, SYS_EXIT 0x18)
#pragma once

namespace emojicam::board {

// Asks the debugger or emulator to end with status 0 or 1; where nobody listens, resets.
[[noreturn]] void SemihostingExit(bool success);

// SCB.AIRCR.SYSRESETREQ.
[[noreturn]] void SystemReset();

}  // namespace emojicam::board
