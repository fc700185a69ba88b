// Average and maximum over windows, and the mean over the image: several channels at a time.
#include <algorithm>
#include <cstring>

#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/tensor_loops.h"

namespace emojicam::kernels {
namespace {

// The part of a window that lies in the image, from its first channel on.
struct Part {
  const int8_t* first;
  uint32_t height;
  uint32_t width;
  uint32_t row_pitch;
  uint32_t pixel_pitch;
};

// Pixels whose sum surely fits into 16 bits.
constexpr uint32_t kShortSum = 255;

#if defined(__ARM_FEATURE_MVE)
constexpr uint32_t kLanes = 16;
#else
constexpr uint32_t kLanes = 4;
#endif

#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE)
inline uint32_t AddBytes(uint32_t sums, uint32_t word) {  // to two halfwords bytes 0 and 2
  asm("sxtab16 %0, %0, %1" : "+r"(sums) : "r"(word));
  return sums;
}
inline uint32_t AddOddBytes(uint32_t sums, uint32_t word) {
  asm("sxtab16 %0, %0, %1, ror #8" : "+r"(sums) : "r"(word));
  return sums;
}
#endif

#if defined(__ARM_FEATURE_MVE)
using Lanes = mve_pred16_t;  // those of 16 channels that there are
inline int8x16_t Load(const int8_t* pixel, Lanes) { return vld1q_s8(pixel); }
inline int8x16_t LoadSome(const int8_t* pixel, Lanes lanes) { return vld1q_z_s8(pixel, lanes); }

// Sums of 16 channels in the order 0 4 8 12, 1 5 9 13, ...: lane i of vector k is channel 4i + k.
template <int8x16_t (*kLoad)(const int8_t*, Lanes)>
inline void SumLanes(const Part& part, Lanes lanes, int32x4_t sums[4]) {
  for (uint32_t i = 0; i < 4; ++i) sums[i] = vdupq_n_s32(0);
  int16x8_t even = vdupq_n_s16(0);
  int16x8_t odd = vdupq_n_s16(0);
  const auto flush = [&] {
    sums[0] = vaddq_s32(sums[0], vmovlbq_s16(even));
    sums[1] = vaddq_s32(sums[1], vmovlbq_s16(odd));
    sums[2] = vaddq_s32(sums[2], vmovltq_s16(even));
    sums[3] = vaddq_s32(sums[3], vmovltq_s16(odd));
  };
  const bool is_short = part.height * part.width <= kShortSum;
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t left = part.width; left != 0;) {
      const uint32_t count = left < kShortSum ? left : kShortSum;
      for (uint32_t i = 0; i < count; ++i, pixel += part.pixel_pitch) {
        const int8x16_t values = kLoad(pixel, lanes);
        even = vaddq_s16(even, vmovlbq_s8(values));
        odd = vaddq_s16(odd, vmovltq_s8(values));
      }
      left -= count;
      if (is_short) continue;
      flush();
      even = vdupq_n_s16(0);
      odd = vdupq_n_s16(0);
    }
  }
  if (is_short) flush();
}

// Greatest values of 16 channels.
template <int8x16_t (*kLoad)(const int8_t*, Lanes)>
inline int8x16_t MaximumLanes(const Part& part, Lanes lanes) {
  int8x16_t most = vdupq_n_s8(-128);
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t x = 0; x < part.width; ++x, pixel += part.pixel_pitch)
      most = vmaxq_s8(most, kLoad(pixel, lanes));
  }
  return most;
}
#else
// Sums of kLanes channels.
inline void SumLanes(const Part& part, int32_t sums[kLanes]) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t even = 0;
  uint32_t odd = 0;
  const bool is_short = part.height * part.width <= kShortSum;
  if (!is_short) std::fill(sums, sums + kLanes, 0);
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t left = part.width; left != 0;) {
      const uint32_t count = left < kShortSum ? left : kShortSum;
      for (uint32_t i = 0; i < count; ++i, pixel += part.pixel_pitch) {
        uint32_t word;
        std::memcpy(&word, pixel, sizeof(word));
        even = AddBytes(even, word);
        odd = AddOddBytes(odd, word);
      }
      left -= count;
      if (is_short) continue;
      sums[0] += static_cast<int16_t>(even);
      sums[1] += static_cast<int16_t>(odd);
      sums[2] += static_cast<int32_t>(even) >> 16;
      sums[3] += static_cast<int32_t>(odd) >> 16;
      even = odd = 0;
    }
  }
  if (!is_short) return;
  sums[0] = static_cast<int16_t>(even);
  sums[1] = static_cast<int16_t>(odd);
  sums[2] = static_cast<int32_t>(even) >> 16;
  sums[3] = static_cast<int32_t>(odd) >> 16;
#else
  std::fill(sums, sums + kLanes, 0);
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t x = 0; x < part.width; ++x, pixel += part.pixel_pitch) {
      for (uint32_t c = 0; c < kLanes; ++c) sums[c] += pixel[c];
    }
  }
#endif
}

int32_t SumOne(const Part& part) {
  int32_t sum = 0;
  for (uint32_t y = 0; y < part.height; ++y) {
    for (uint32_t x = 0; x < part.width; ++x) sum += part.first[y * part.row_pitch + x * part.pixel_pitch];
  }
  return sum;
}

// Greatest values of kLanes channels.
void MaximumLanes(const Part& part, int8_t* output) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t most = 0x80808080;
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t x = 0; x < part.width; ++x, pixel += part.pixel_pitch) {
      uint32_t word;
      std::memcpy(&word, pixel, sizeof(word));
      uint32_t unused;
      asm("ssub8 %1, %2, %0\n\tsel %0, %2, %0" : "+r"(most), "=&r"(unused) : "r"(word) : "cc");
    }
  }
  std::memcpy(output, &most, sizeof(most));
#else
  for (uint32_t c = 0; c < kLanes; ++c) {
    int8_t most = -128;
    for (uint32_t y = 0; y < part.height; ++y) {
      for (uint32_t x = 0; x < part.width; ++x) {
        most = std::max(most, part.first[y * part.row_pitch + x * part.pixel_pitch + c]);
      }
    }
    output[c] = most;
  }
#endif
}

int8_t MaximumOne(const Part& part) {
  int8_t most = -128;
  for (uint32_t y = 0; y < part.height; ++y) {
    for (uint32_t x = 0; x < part.width; ++x) {
      most = std::max(most, part.first[y * part.row_pitch + x * part.pixel_pitch]);
    }
  }
  return most;
}

#endif

// gemmlowp's two roundings; `shift` is positive to the left. The exporter has seen to it that no sum leaves
// 32 bits.
inline int32_t Scale(int32_t sum, int32_t multiplier, int32_t shift) {
  const int32_t right = shift > 0 ? 0 : -shift;
  const int32_t twice = WrappingMultiply(sum, shift > 0 ? 2 << shift : 2);
#if defined(__ARM_FEATURE_DSP)
  int32_t y;
  asm("smmulr %0, %1, %2" : "=r"(y) : "r"(twice), "r"(multiplier));
#else
  const auto y = static_cast<int32_t>((static_cast<int64_t>(twice) * multiplier + (int64_t{1} << 31)) >> 32);
#endif
  if (right == 0) return y;
  return WrappingAdd(y, (1 << (right - 1)) - (y < 0 ? 1 : 0)) >> right;
}

// reference_integer_ops::AveragePool: half away from zero. Never beyond what has been averaged.
inline int8_t Averaged(int32_t sum, int32_t count) {
  const int32_t sign = sum < 0 ? -1 : 0;
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): CheckLayer has seen a pixel in each
  return static_cast<int8_t>((sum + ((count / 2) ^ sign) - sign) / count);
}

inline int8_t Mean(const PoolLayer& layer, int32_t sum, int32_t count) {
  return Saturate(
      WrappingAdd(Scale(sum - count * layer.input_zero, layer.multiplier, layer.shift), layer.output_zero));
}

template <PoolKind kKind>
inline int8_t Reduced(const PoolLayer& layer, int32_t sum, int32_t count) {
  return kKind == PoolKind::kMean ? Mean(layer, sum, count) : Averaged(sum, count);
}

#if defined(__ARM_FEATURE_MVE)
// A sum's average as a product: floor(n / count) is n * (2^32 / count, rounded up) >> 32 for n up to 128.5 *
// count, as long as 129 * count^2 < 2^32 (Granlund and Montgomery 1994).
constexpr int32_t kMostMultiplied = 5000;

// The averages of four channels, rounded half away from zero.
inline int32x4_t AveragedLanes(int32x4_t sums, int32_t count, uint32_t inverse) {
  const uint32x4_t size = vreinterpretq_u32_s32(vabsq_s32(sums));
  const uint32x4_t rounded = vaddq_n_u32(size, static_cast<uint32_t>(count) / 2);
  const int32x4_t mean = vreinterpretq_s32_u32(vmulhq_u32(rounded, vdupq_n_u32(inverse)));
  return vnegq_m_s32(mean, mean, vcmpltq_n_s32(sums, 0));
}

// Up to 16 channels.
template <PoolKind kKind, int8x16_t (*kLoad)(const int8_t*, Lanes)>
inline void PoolLanes(const PoolLayer& layer, const Part& part, uint32_t inverse, Lanes lanes,
                      int8_t* output) {
  if (kKind == PoolKind::kMaximum) {
    vst1q_p_s8(output, MaximumLanes<kLoad>(part, lanes), lanes);
    return;
  }
  const auto count = static_cast<int32_t>(part.height * part.width);
  int32x4_t sums[4];
  SumLanes<kLoad>(part, lanes, sums);
  if (inverse != 0) {
    for (uint32_t i = 0; i < 4; ++i) sums[i] = AveragedLanes(sums[i], count, inverse);
  } else {
    for (uint32_t i = 0; i < 4; ++i) {
      int32_t each[4];
      vst1q_s32(each, sums[i]);
      for (uint32_t k = 0; k < 4; ++k) each[k] = Reduced<kKind>(layer, each[k], count);
      sums[i] = vld1q_s32(each);
    }
  }
  // The same way back: even bytes, then odd ones.
  int16x8_t even = vmovntq_s32(vmovnbq_s32(vdupq_n_s16(0), sums[0]), sums[2]);
  int16x8_t odd = vmovntq_s32(vmovnbq_s32(vdupq_n_s16(0), sums[1]), sums[3]);
  vst1q_p_s8(output, vmovntq_s16(vmovnbq_s16(vdupq_n_s8(0), even), odd), lanes);
}
#endif

// One output pixel. Where lanes are left over at the end, the last ones do some channels again.
template <PoolKind kKind>
inline void PoolPixel(const PoolLayer& layer, Part part, int8_t* output) {
  const uint32_t channels = layer.input.channels;
  const int8_t* const first = part.first;
#if defined(__ARM_FEATURE_MVE)
  const uint32_t count = part.height * part.width;
  const bool multiplied = kKind == PoolKind::kAverage && count <= kMostMultiplied && count > 1;
  // 2^32 / count, rounded up.
  const uint32_t inverse = multiplied ? 0xFFFFFFFF / count + 1 : 0;
  if (channels < kLanes) return PoolLanes<kKind, LoadSome>(layer, part, inverse, vctp8q(channels), output);
  for (uint32_t c = 0;;) {
    part.first = first + c;
    PoolLanes<kKind, Load>(layer, part, inverse, 0xFFFF, output + c);
    if (c + kLanes == channels) return;
    c = std::min(c + kLanes, channels - kLanes);
  }
#else
  const auto count = static_cast<int32_t>(part.height * part.width);
  if (channels < kLanes) {
    for (uint32_t c = 0; c < channels; ++c, ++part.first, ++output) {
      *output = kKind == PoolKind::kMaximum ? MaximumOne(part) : Reduced<kKind>(layer, SumOne(part), count);
    }
    return;
  }
  for (uint32_t c = 0;;) {
    part.first = first + c;
    if (kKind == PoolKind::kMaximum) {
      MaximumLanes(part, output + c);
    } else {
      int32_t sums[kLanes];
      SumLanes(part, sums);
      for (uint32_t i = 0; i < kLanes; ++i) output[c + i] = Reduced<kKind>(layer, sums[i], count);
    }
    if (c + kLanes == channels) return;
    c = std::min(c + kLanes, channels - kLanes);
  }
#endif
}

// Of a window's pixels along one axis, those in the image.
struct Reach {
  uint32_t first;
  uint32_t count;
  Reach(uint32_t output, uint32_t stride, uint32_t padding, uint32_t window, uint32_t size) {
    const int32_t begin = static_cast<int32_t>(output * stride) - static_cast<int32_t>(padding);
    const int32_t end = std::min(begin + static_cast<int32_t>(window), static_cast<int32_t>(size));
    first = static_cast<uint32_t>(std::max(begin, int32_t{0}));
    count = static_cast<uint32_t>(end) - first;
  }
};

template <PoolKind kKind>
void Pool(const PoolLayer& layer, const int8_t* input, int8_t* output) {
  const ImageSize& image = layer.input;
  for (uint32_t y = 0; y < layer.output.height; ++y) {
    const Reach rows(y, layer.stride_height, layer.padding_top, layer.window_height, image.height);
    for (uint32_t x = 0; x < layer.output.width; ++x, output += image.channels) {
      const Reach columns(x, layer.stride_width, layer.padding_left, layer.window_width, image.width);
      const Part part = {input + (rows.first * image.width + columns.first) * image.channels, rows.count,
                         columns.count, image.width * image.channels, image.channels};
      // The whole image is one long row.
      const bool all = rows.count == image.height && columns.count == image.width;
      PoolPixel<kKind>(layer, all ? Part{input, 1, image.height * image.width, 0, image.channels} : part,
                       output);
    }
  }
  const uint32_t count = layer.header.output_bytes;
  Clamp(output - count, count, layer.activation_min, layer.activation_max);
}

}  // namespace

void RunPool(const PoolLayer& layer, const int8_t* input, int8_t* output) {
  switch (layer.pool) {
    case PoolKind::kMaximum:
      return Pool<PoolKind::kMaximum>(layer, input, output);
    case PoolKind::kAverage:
      return Pool<PoolKind::kAverage>(layer, input, output);
    case PoolKind::kMean:
      return Pool<PoolKind::kMean>(layer, input, output);
  }
}

}  // namespace emojicam::kernels
