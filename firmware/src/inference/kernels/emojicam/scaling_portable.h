// TFLM's requantisation as the assembly computes it, for the portable twins.
#pragma once

#include <cstdint>

#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/image_kernels.h"

namespace emojicam::kernels::portable {

inline int32_t MultiplyAdd(int32_t sum, int32_t a, int32_t b) {
  return WrappingAdd(sum, WrappingMultiply(a, b));
}

// SMMULR, SMMLA, ADD, ASR, SSAT; SMMLA, SSAT ASR.
inline int8_t ScaleM7(int32_t sum, const M7Scale& scale, bool fold) {
  const int64_t product = static_cast<int64_t>(sum) * scale.multiplier;
  if (fold) return Saturate(WrappingAdd(static_cast<int32_t>(product >> 32), scale.addend) >> kM7FoldBits);
  const auto y = static_cast<int32_t>((product + (int64_t{1} << 31)) >> 32);
  const auto minus = static_cast<int32_t>((static_cast<int64_t>(y) * scale.minus) >> 32);
  return Saturate(WrappingAdd(y, WrappingAdd(minus, scale.addend)) >> scale.shift);
}

// VQRDMULH, VMLA, VRSHL, VQMOVN.
inline int8_t ScaleM55(int32_t sum, int32_t multiplier, int32_t shift, int32_t minus, int32_t zero_point) {
  const auto y = static_cast<int32_t>((static_cast<int64_t>(sum) * multiplier + (int64_t{1} << 30)) >> 31);
  const int64_t less = y < 0 ? int64_t{y} - minus : y;
  const int32_t right = -shift;
  const auto value = static_cast<int32_t>(right == 0 ? less : (less + (int64_t{1} << (right - 1))) >> right);
  const int32_t half = value < -32768 ? -32768 : value > 32767 ? 32767 : value;
  return Saturate(WrappingAdd(half, zero_point));
}

}  // namespace emojicam::kernels::portable
