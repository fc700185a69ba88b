// Corstone-300: UART0 is the link, UART1 carries USB; both at their Non-secure aliases, which QEMU and the
// FVP let Secure code use.
#pragma once

#include <cstdint>

namespace emojicam::board {

inline constexpr char kBoardName[] = "corstone300";
inline constexpr uint32_t kUart0Base = 0x49303000;
inline constexpr uint32_t kUart0ReceiveInterrupt = 33;
inline constexpr uint32_t kUart1Base = 0x49304000;
inline constexpr uint32_t kUart1ReceiveInterrupt = 35;
inline constexpr uint32_t kClockHz = 32000000;
// One tick of the system timer in nanoseconds, as a fraction.
inline constexpr uint32_t kTickNsNumerator = 125;
inline constexpr uint32_t kTickNsDenominator = 4;

}  // namespace emojicam::board
