// The sensor's control bus: I2C1 as a master at 100 kHz, polled. (RM0433 section 47)
#pragma once

#include <cstdint>

#include "base/span.h"
#include "board/stm32h743/error.h"

namespace emojicam::board {

// Pins, clock and timing. Frees a bus that a slave holds, with up to nine clock pulses (UM10204 3.1.16).
Error StartI2c();

// One transfer from START to STOP: writes `bytes` (at most 255).
//
// address: 7 bits. Errors leave the bus free where that is possible.
Error I2cWrite(uint8_t address, Span<const uint8_t> bytes);

// Writes `bytes`, then reads `into` (1 to 255 bytes): with a repeated START, or with STOP and START between
// the two, as SCCB wants it.
enum class Between : uint8_t { kRepeatedStart, kStop };
Error I2cWriteRead(uint8_t address, Span<const uint8_t> bytes, Span<uint8_t> into,
                   Between between = Between::kRepeatedStart);

}  // namespace emojicam::board
