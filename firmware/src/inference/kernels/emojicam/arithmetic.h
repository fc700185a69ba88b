// Arithmetic on 32 bits that stays defined whatever comes in.
#pragma once

#include <cstdint>

namespace emojicam::kernels {

// Modulo 2^32, as the cores compute: what the exporter has proved to fit does, whatever else comes in wraps.
inline int32_t WrappingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
inline int32_t WrappingMultiply(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}

inline int8_t Saturate(int32_t value) {
  return static_cast<int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

}  // namespace emojicam::kernels
