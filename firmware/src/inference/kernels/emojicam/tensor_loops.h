// Short loops over the bytes of a tensor.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace emojicam::kernels {

// Clamps int8 values to a range; nothing where it is the type's own.
inline void Clamp(int8_t* values, uint32_t count, int32_t low, int32_t high) {
  if (low <= -128 && high >= 127) return;
#if defined(__ARM_FEATURE_MVE)
  const int8x16_t lows = vdupq_n_s8(static_cast<int8_t>(low));
  const int8x16_t highs = vdupq_n_s8(static_cast<int8_t>(high));
  for (auto left = static_cast<int32_t>(count); left > 0; left -= 16, values += 16) {
    const mve_pred16_t lanes = vctp8q(static_cast<uint32_t>(left));
    vst1q_p_s8(values, vminq_s8(vmaxq_s8(vld1q_z_s8(values, lanes), lows), highs), lanes);
  }
#else
  for (uint32_t i = 0; i < count; ++i) {
    const int32_t value = values[i];
    values[i] = static_cast<int8_t>(value < low ? low : value > high ? high : value);
  }
#endif
}

// Copies `count` pieces of `bytes` bytes, each pitch apart; on the M55 up to 15 bytes behind each are read.
inline void CopyRun(uint8_t* target, uint32_t target_pitch, const uint8_t* source, uint32_t source_pitch,
                    uint32_t bytes, uint32_t count) {
#if defined(__ARM_FEATURE_MVE)
  if (bytes <= 16) {
    const mve_pred16_t lanes = vctp8q(bytes);
#pragma GCC unroll 4
    for (uint32_t i = 0; i < count; ++i, target += target_pitch, source += source_pitch) {
      vst1q_p_u8(target, vld1q_u8(source), lanes);
    }
    return;
  }
  for (uint32_t i = 0; i < count; ++i, target += target_pitch, source += source_pitch) {
    uint8_t* to = target;
    const uint8_t* from = source;
    auto left = static_cast<int32_t>(bytes);
    for (; left >= 16; left -= 16, to += 16, from += 16) vst1q_u8(to, vld1q_u8(from));
    if (left > 0) vst1q_p_u8(to, vld1q_u8(from), vctp8q(static_cast<uint32_t>(left)));
  }
#else
  for (uint32_t i = 0; i < count; ++i)
    std::memcpy(target + i * target_pitch, source + i * source_pitch, bytes);
#endif
}

}  // namespace emojicam::kernels
