// AN500: UART0. QEMU runs the processor at 25 MHz.
#pragma once

#include <cstdint>

namespace emojicam::board {

inline constexpr char kBoardName[] = "mps2_an500";
inline constexpr uint32_t kUart0Base = 0x40004000;
inline constexpr uint32_t kUart0ReceiveInterrupt = 0;
inline constexpr uint32_t kClockHz = 25000000;
// One tick of the system timer in nanoseconds, as a fraction.
inline constexpr uint32_t kTickNsNumerator = 40;
inline constexpr uint32_t kTickNsDenominator = 1;

}  // namespace emojicam::board
