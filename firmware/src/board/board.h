// What every board offers to app/: the only place that knows registers is behind this header.
//
// A board is a folder here that implements these functions, board.cmake with its compiler flags and a
// linker script. None of them allocates; every wait in them has an end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/span.h"
#include "storage/flash_device.h"

namespace emojicam::board {

// The board's folder name, as in `emojicam run --board NAME`.
const char* Name();

// Clocks, caches, UART, tick. Called once, first thing in main().
void Init();

// Virtual nanoseconds since Init(). On QEMU with `-icount shift=0` that is the number of instructions
// executed, to within one tick of the system timer (31 or 40); on silicon it is time.
uint64_t Nanoseconds();

inline uint32_t Milliseconds() { return static_cast<uint32_t>(Nanoseconds() / 1000000u); }

// True where time passes as the host says, with its frames: an emulator's own clock has nothing to do with
// the pace at which a camera would take them.
bool TimeComesFromHost();

// Bytes of the link to Python. Read never waits: it gives what has arrived, 0 if nothing has.
std::size_t LinkRead(Span<uint8_t> into);
// Write returns how many bytes have been taken: not all of them where the other side takes nothing for a
// bounded time.
std::size_t LinkWrite(Span<const uint8_t> bytes);

// What tells this chip from all others, for the USB serial number. At most 16 bytes.
Span<const uint8_t> UniqueId();

// Where settings are kept; null on a board without flash of its own.
FlashDevice* SettingsFlash();

// Nothing to do until the next byte or tick.
void Idle();

// Whether the button that arms and disarms is down, bounces and all; false where there is none.
bool ButtonDown();

// A status light where there is one.
void SetLed(uint8_t red, uint8_t green, uint8_t blue);

// What is wrong, shown on that light over its colour until it is kNone again. It is told over the link as
// well.
void ShowProblem(Error problem);

// Gives up for a reason, of at most 23 characters: where the board can, it starts again and tells the reason
// over the link (health.h, kStopped). For states in which nothing that it does could be trusted.
[[noreturn]] void FaultHalt(const char* reason);

// Start again from the reset vector.
[[noreturn]] void Reset();

}  // namespace emojicam::board
