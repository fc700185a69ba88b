// Four bytes of a tensor as a word, as halfwords with their signs, and those of two words put together.
#pragma once

#include <cstdint>
#include <cstring>

namespace emojicam::kernels {

// Wherever it begins.
inline uint32_t Word(const void* bytes) {
  uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Bytes 0 and 2, and 1 and 3, as halfwords.
#if defined(__ARM_FEATURE_DSP)
inline uint32_t EvenBytes(uint32_t word) {
  uint32_t halves;
  asm("sxtb16 %0, %1" : "=r"(halves) : "r"(word));
  return halves;
}
inline uint32_t OddBytes(uint32_t word) {
  uint32_t halves;
  asm("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
  return halves;
}
#else
inline uint32_t EvenBytes(uint32_t word) {
  const auto low = static_cast<uint32_t>(static_cast<int8_t>(word));
  const auto high = static_cast<uint32_t>(static_cast<int8_t>(word >> 16));
  return (low & 0xFFFF) | high << 16;
}
inline uint32_t OddBytes(uint32_t word) { return EvenBytes(word >> 8); }
#endif

// The lower halfwords of both, and the upper ones.
#if defined(__ARM_FEATURE_DSP)
inline uint32_t Low(uint32_t a, uint32_t b) {
  uint32_t both;
  asm("pkhbt %0, %1, %2, lsl #16" : "=r"(both) : "r"(a), "r"(b));
  return both;
}
inline uint32_t High(uint32_t a, uint32_t b) {
  uint32_t both;
  asm("pkhtb %0, %1, %2, asr #16" : "=r"(both) : "r"(b), "r"(a));
  return both;
}
#else
inline uint32_t Low(uint32_t a, uint32_t b) { return (a & 0xFFFF) | b << 16; }
inline uint32_t High(uint32_t a, uint32_t b) { return a >> 16 | (b & 0xFFFF0000); }
#endif

}  // namespace emojicam::kernels
