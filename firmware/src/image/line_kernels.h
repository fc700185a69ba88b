// The inner loops of the image stage: in C++ for any core, in assembly for the Cortex-M7 (lines_m7.S),
// with MVE for the Cortex-M55. All give the same bytes.
//
//   line:  p0 p1 p2 p3 p4 p5 ...        bytes
//          --SetLine, then AddLine line after line--> sums of weight * p, one a column, 16 bits each:
//   even:  s0    s2    s4 ...           a word's bytes 0 and 2 are two lanes of 16 bits without more ado,
//   odd:      s1    s3    s5 ...        and so are its bytes 1 and 3
//          --AverageColumns--> int8, one an output pixel
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "image/image.h"

#if defined(__ARM_FEATURE_MVE) && !defined(EMOJICAM_PORTABLE_KERNELS)
#include <arm_mve.h>
#define EMOJICAM_IMAGE_MVE 1
#elif defined(__ARM_ARCH_7EM__) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_IMAGE_M7 1
#endif

namespace emojicam {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of four pixels begin with the leftmost");

// The widest line, in pixels, and how many of them a kernel may read at a time.
inline constexpr std::size_t kMaxLine = 640;
inline constexpr std::size_t kLineStep = 16;

struct LineSums {
  // Windows of the last outputs may begin in the last column, and are read whole.
  static constexpr std::size_t kSize = kMaxLine / 2 + 8;
  alignas(16) uint16_t even[kSize];
  alignas(16) uint16_t odd[kSize];
};
static_assert(offsetof(LineSums, odd) == 656, "lines_m7.S knows it");

// Which sums an output pixel is made of. A window is two even and two odd sums: even[i], even[i + 1], odd[i]
// and odd[i + 1], columns 2 * i to 2 * i + 3. An output has one window, or two that follow each other.
struct ColumnTaps {
  static constexpr std::size_t kMaxOutputs = 320;
  static constexpr std::size_t kMaxWindows = 320;  // of all outputs
  alignas(16) uint16_t weights[4 * kMaxWindows];
  uint16_t place[kMaxOutputs];  // 2 * i: bytes from the plane's begin

  // Where in `weights` the one of a sum of a window is: 0 and 1 even, 2 and 3 odd.
  static std::size_t Place(std::size_t output, std::size_t window, std::size_t windows, std::size_t sum) {
#if defined(EMOJICAM_IMAGE_MVE)  // four outputs side by side
    return ((output / 4 * windows + window) * 4 + sum) * 4 + output % 4;
#else
    return (output * windows + window) * 4 + sum;
#endif
  }
};

// n / divisor for 0 <= n < 512 * divisor, as a product: floor(n * multiplier / 2^(32 + shift)).
//
// With 2^shift < divisor <= 2^(shift + 1) and multiplier = ceil(2^(32 + shift) / divisor), the product is
// above n / divisor by less than n / 2^(32 + shift) <= 2^(10 + shift) / 2^(32 + shift). Quotients differ from
// the next whole number by 1 / divisor at least, so they are right for divisors up to 2^22.
struct Reciprocal {
  uint32_t multiplier;
  uint32_t shift;

  static Reciprocal Of(uint32_t divisor) {
    uint32_t shift = 0;
    while ((uint32_t{2} << shift) < divisor) ++shift;
    return {static_cast<uint32_t>(((uint64_t{1} << (32 + shift)) + divisor - 1) / divisor), shift};
  }
};

// How a row of outputs is made: each is the low byte of
//   (sum over its windows of weight * column sum + bias) / divisor
struct Columns {
  const LineSums* sums;
  const uint16_t* place;
  const uint16_t* weights;
  uint32_t bias;
  Reciprocal reciprocal;
  uint32_t count;  // of outputs, at least 1
};

// SMLAD's lanes are signed. Where sums may be above 2^15 - 1 ("wide") that kernel reads them as 2^15 less,
// and the bias makes up for it.
#if defined(EMOJICAM_IMAGE_M7)
inline constexpr uint32_t kWideIsBelow = 1u << 15;
#else
inline constexpr uint32_t kWideIsBelow = 0;
#endif

#if defined(EMOJICAM_IMAGE_M7)

extern "C" {
void EmojicamM7SetLine(const uint8_t* line, uint32_t eights, uint32_t weight, LineSums* sums);
void EmojicamM7AddLine(const uint8_t* line, uint32_t eights, uint32_t weight, LineSums* sums);
void EmojicamM7Columns1(const Columns* columns, int8_t* out);
void EmojicamM7Columns1Wide(const Columns* columns, int8_t* out);
void EmojicamM7Columns2(const Columns* columns, int8_t* out);
void EmojicamM7Columns2Wide(const Columns* columns, int8_t* out);
void EmojicamM7LumaOfRgb(const uint8_t* pixels, uint32_t fours, uint8_t* line);
}

// Luma of the first pixels of a line, in steps of a kernel's own: how many, at most `width`. line: 4-byte
// aligned.
inline std::size_t LumaOfRgb(const uint8_t* pixels, std::size_t width, uint8_t* line) {
  if (width >= 4) EmojicamM7LumaOfRgb(pixels, width / 4, line);
  return width / 4 * 4;
}

// sums = weight * line, and sums += weight * line. line: 16-byte aligned, width pixels (at least 1), readable
// up to the next multiple of kLineStep. Every sum must stay below 2^16.
inline void SetLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  EmojicamM7SetLine(line, (width + 7) / 8, weight, sums);
}
inline void AddLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  EmojicamM7AddLine(line, (width + 7) / 8, weight, sums);
}

// One row of outputs.
inline void AverageColumns(const Columns& columns, std::size_t windows, bool wide, int8_t* out) {
  if (windows == 1) {
    wide ? EmojicamM7Columns1Wide(&columns, out) : EmojicamM7Columns1(&columns, out);
  } else {
    wide ? EmojicamM7Columns2Wide(&columns, out) : EmojicamM7Columns2(&columns, out);
  }
}

#elif defined(EMOJICAM_IMAGE_MVE)

// See above: the same.
inline std::size_t LumaOfRgb(const uint8_t* pixels, std::size_t width, uint8_t* line) {
  const uint16x8_t red = vmulq_n_u16(vidupq_n_u16(0, 1), 3);
  const uint8_t* const end = pixels + width / 8 * 8 * 3;
  for (; pixels < end; pixels += 8 * 3, line += 8) {
    uint16x8_t sum = vmulq_n_u16(vldrbq_gather_offset_u16(pixels, red), 77);
    sum = vmlaq_n_u16(sum, vldrbq_gather_offset_u16(pixels + 1, red), 150);
    sum = vmlaq_n_u16(sum, vldrbq_gather_offset_u16(pixels + 2, red), 29);
    vstrbq_u16(line, vshrq_n_u16(vaddq_n_u16(sum, 128), 8));
  }
  return width / 8 * 8;
}

inline void SetLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  const auto factor = static_cast<uint16_t>(weight);
  uint16_t* even = sums->even;
  uint16_t* odd = sums->odd;
  for (const uint8_t* const end = line + width; line < end; line += 16, even += 8, odd += 8) {
    const uint8x16_t pixels = vld1q_u8(line);
    vst1q_u16(even, vmulq_n_u16(vmovlbq_u8(pixels), factor));
    vst1q_u16(odd, vmulq_n_u16(vmovltq_u8(pixels), factor));
  }
}

inline void AddLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  const auto factor = static_cast<uint16_t>(weight);
  uint16_t* even = sums->even;
  uint16_t* odd = sums->odd;
  for (const uint8_t* const end = line + width; line < end; line += 16, even += 8, odd += 8) {
    const uint8x16_t pixels = vld1q_u8(line);
    vst1q_u16(even, vmlaq_n_u16(vld1q_u16(even), vmovlbq_u8(pixels), factor));
    vst1q_u16(odd, vmlaq_n_u16(vld1q_u16(odd), vmovltq_u8(pixels), factor));
  }
}

// Four outputs at a time, whose windows lie anywhere: gathered.
template <std::size_t kWindows>
void AverageColumns(const Columns& columns, int8_t* out) {
  const uint16_t* const even = columns.sums->even;
  const uint16_t* const odd = columns.sums->odd;
  const uint16_t* place = columns.place;
  const uint16_t* weights = columns.weights;
  const uint32x4_t bias = vdupq_n_u32(columns.bias);
  const uint32x4_t multiplier = vdupq_n_u32(columns.reciprocal.multiplier);
  const auto right = -static_cast<int32_t>(columns.reciprocal.shift);
  auto* to = reinterpret_cast<uint8_t*>(out);
  for (auto left = static_cast<int32_t>(columns.count); left > 0; left -= 4, place += 4, to += 4) {
    const uint32x4_t at = vldrhq_u32(place);
    uint32x4_t sum = bias;
    for (std::size_t window = 0; window < kWindows; ++window, weights += 16) {
      for (std::size_t i = 0; i < 2; ++i) {
        const uint32x4_t evens = vldrhq_gather_offset_u32(even + 2 * window + i, at);
        const uint32x4_t odds = vldrhq_gather_offset_u32(odd + 2 * window + i, at);
        sum = vaddq_u32(sum, vmulq_u32(evens, vldrhq_u32(weights + 4 * i)));
        sum = vaddq_u32(sum, vmulq_u32(odds, vldrhq_u32(weights + 4 * i + 8)));
      }
    }
    const uint32x4_t quotient = vshlq_r_u32(vmulhq_u32(sum, multiplier), right);
    vstrbq_p_u32(to, quotient, vctp32q(static_cast<uint32_t>(left)));
  }
}

inline void AverageColumns(const Columns& columns, std::size_t windows, bool, int8_t* out) {
  windows == 1 ? AverageColumns<1>(columns, out) : AverageColumns<2>(columns, out);
}

#else

namespace lanes {

inline uint32_t Load(const void* from) {
  uint32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}
inline void Store(void* to, uint32_t word) { std::memcpy(to, &word, sizeof(word)); }

constexpr uint32_t kBytes02 = 0x00FF00FF;

// A word's product with the weight is that of its two lanes, as neither carries.
template <bool kSet>
void Weigh(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  for (std::size_t x = 0; x < width; x += 4) {
    const uint32_t pixels = Load(line + x);
    uint16_t* const even = sums->even + x / 2;
    uint16_t* const odd = sums->odd + x / 2;
    Store(even, (kSet ? 0 : Load(even)) + weight * (pixels & kBytes02));
    Store(odd, (kSet ? 0 : Load(odd)) + weight * (pixels >> 8 & kBytes02));
  }
}

}  // namespace lanes

// See above: the same.
inline std::size_t LumaOfRgb(const uint8_t*, std::size_t, uint8_t*) { return 0; }

inline void SetLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  lanes::Weigh<true>(line, width, weight, sums);
}
inline void AddLine(const uint8_t* line, std::size_t width, uint32_t weight, LineSums* sums) {
  lanes::Weigh<false>(line, width, weight, sums);
}

inline void AverageColumns(const Columns& columns, std::size_t windows, bool, int8_t* out) {
  const uint16_t* const even = columns.sums->even;
  const uint16_t* const odd = columns.sums->odd;
  const uint16_t* weights = columns.weights;
  for (std::size_t o = 0; o < columns.count; ++o) {
    uint32_t sum = columns.bias;
    std::size_t i = columns.place[o] / 2;
    for (std::size_t window = 0; window < windows; ++window, weights += 4, i += 2) {
      sum += weights[0] * even[i] + weights[1] * even[i + 1];
      sum += weights[2] * odd[i] + weights[3] * odd[i + 1];
    }
    const uint64_t product = uint64_t{sum} * columns.reciprocal.multiplier;
    out[o] = static_cast<int8_t>(product >> 32 >> columns.reciprocal.shift);
  }
}

#endif

}  // namespace emojicam
