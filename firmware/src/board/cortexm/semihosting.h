// What an emulator or debugger does for the firmware that it runs. For the emulated boards only: without one
// that takes these calls, a board would stop at the first. (Arm Semihosting for AArch32 and AArch64, 2.0)
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam::board {

// The words that the emulator was started with, zero-terminated, in `text`. False if there are none, they do
// not fit, or nobody takes such calls; it is the one call that may be made to find that out.
bool SemihostingCommandLine(Span<char> text);

// A file of the emulator's computer, until the emulation ends.
class SemihostingFile {
 public:
  enum class Mode : uint32_t { kRead = 1, kWrite = 5 };

  // path: zero-terminated. False if it can't be opened.
  bool Open(const char* path, Mode mode);
  bool is_open() const { return handle_ >= 0; }

  // Bytes read, which may be fewer than fit; 0 at the end or on an error. Waits only where a pipe is empty.
  std::size_t Read(Span<uint8_t> into) const;

  // Waits until all is written; fewer bytes on an error.
  std::size_t Write(Span<const uint8_t> bytes) const;

 private:
  int32_t handle_ = -1;
};

// Asks the debugger or emulator to end with status 0 or 1; where nobody listens, resets.
[[noreturn]] void SemihostingExit(bool success);

// The HardFault exception: SemihostingCommandLine's, where nobody took the call, else FaultEntry().
void HardFaultEntry();

// SCB.AIRCR.SYSRESETREQ.
[[noreturn]] void SystemReset();

}  // namespace emojicam::board
