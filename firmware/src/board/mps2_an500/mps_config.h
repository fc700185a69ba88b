// AN500: UART0 is the link, UART1 carries USB. QEMU runs the processor at 25 MHz.
#pragma once

#include <cstdint>

namespace emojicam::board {

inline constexpr char kBoardName[] = "mps2_an500";
inline constexpr uint32_t kUart0Base = 0x40004000;
inline constexpr uint32_t kUart0ReceiveInterrupt = 0;
inline constexpr uint32_t kUart1Base = 0x40005000;
inline constexpr uint32_t kUart1ReceiveInterrupt = 2;
inline constexpr uint32_t kClockHz = 25000000;
// One tick of the system timer in nanoseconds, as a fraction.
inline constexpr uint32_t kTickNsNumerator = 40;
inline constexpr uint32_t kTickNsDenominator = 1;

}  // namespace emojicam::board
