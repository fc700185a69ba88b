// Filling and copying short rows: what the C library does word by word or byte by byte takes a fair part of a
// frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace emojicam::kernels {

inline void FillBytes(uint8_t* target, uint8_t value, std::size_t count) {
#if defined(__ARM_FEATURE_MVE)
  const uint8x16_t all = vdupq_n_u8(value);
  auto left = static_cast<int32_t>(count);
  for (; left >= 64; left -= 64, target += 64) {
    vst1q_u8(target, all);
    vst1q_u8(target + 16, all);
    vst1q_u8(target + 32, all);
    vst1q_u8(target + 48, all);
  }
  for (; left > 0; left -= 16, target += 16) vst1q_p_u8(target, all, vctp8q(static_cast<uint32_t>(left)));
#else
  std::memset(target, value, count);
#endif
}

// To lower addresses only, where the two overlap.
inline void CopyBytes(uint8_t* target, const uint8_t* source, std::size_t count) {
#if defined(__ARM_FEATURE_MVE)
  for (auto left = static_cast<int32_t>(count); left > 0; left -= 16, target += 16, source += 16) {
    const mve_pred16_t lanes = vctp8q(static_cast<uint32_t>(left));
    vst1q_p_u8(target, vld1q_z_u8(source, lanes), lanes);
  }
#else
  std::memmove(target, source, count);
#endif
}

// Not overlapping; for so few bytes that a call of the C library would take longer.
inline void CopyFew(uint8_t* target, const uint8_t* source, std::size_t count) {
#if defined(__ARM_FEATURE_MVE)
  CopyBytes(target, source, count);
#else
  if (count > 16) {
    std::memcpy(target, source, count);
    return;
  }
  for (; count != 0; --count) {
    *target++ = *source++;
    asm volatile("");  // or the compiler makes that call of it
  }
#endif
}

}  // namespace emojicam::kernels
