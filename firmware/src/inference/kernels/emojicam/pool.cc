// Average and maximum over windows, and the mean over the image: several channels at a time.
#include <algorithm>
#include <cstring>

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

// Sums of kLanes channels.
void SumLanes(const Part& part, int32_t sums[kLanes]) {
#if defined(__ARM_FEATURE_MVE)
  int32x4_t long_sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t left = part.width; left != 0;) {
      const uint32_t count = left < kShortSum ? left : kShortSum;
      int16x8_t even = vdupq_n_s16(0);
      int16x8_t odd = vdupq_n_s16(0);
#pragma GCC unroll 4
      for (uint32_t i = 0; i < count; ++i, pixel += part.pixel_pitch) {
        const int8x16_t values = vld1q_s8(pixel);
        even = vaddq_s16(even, vmovlbq_s8(values));
        odd = vaddq_s16(odd, vmovltq_s8(values));
      }
      long_sums[0] = vaddq_s32(long_sums[0], vmovlbq_s16(even));
      long_sums[1] = vaddq_s32(long_sums[1], vmovlbq_s16(odd));
      long_sums[2] = vaddq_s32(long_sums[2], vmovltq_s16(even));
      long_sums[3] = vaddq_s32(long_sums[3], vmovltq_s16(odd));
      left -= count;
    }
  }
  // Lane i of the four are channels 4i, 4i + 1, 4i + 2, 4i + 3.
  const uint32x4_t places = vidupq_n_u32(0, 4);
  const uint32x4_t bytes = vshlq_n_u32(places, 2);
  for (uint32_t i = 0; i < 4; ++i) vstrwq_scatter_offset_s32(sums + i, bytes, long_sums[i]);
#else
  for (uint32_t i = 0; i < kLanes; ++i) sums[i] = 0;
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t left = part.width; left != 0;) {
      const uint32_t count = left < kShortSum ? left : kShortSum;
#if defined(__ARM_FEATURE_DSP)
      uint32_t even = 0;
      uint32_t odd = 0;
#pragma GCC unroll 4
      for (uint32_t i = 0; i < count; ++i, pixel += part.pixel_pitch) {
        uint32_t word;
        std::memcpy(&word, pixel, sizeof(word));
        even = AddBytes(even, word);
        odd = AddOddBytes(odd, word);
      }
      sums[0] += static_cast<int16_t>(even);
      sums[1] += static_cast<int16_t>(odd);
      sums[2] += static_cast<int32_t>(even) >> 16;
      sums[3] += static_cast<int32_t>(odd) >> 16;
#else
      for (uint32_t i = 0; i < count; ++i, pixel += part.pixel_pitch) {
        for (uint32_t c = 0; c < kLanes; ++c) sums[c] += pixel[c];
      }
#endif
      left -= count;
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
#if defined(__ARM_FEATURE_MVE)
  int8x16_t most = vdupq_n_s8(-128);
  for (uint32_t y = 0; y < part.height; ++y) {
    const int8_t* pixel = part.first + y * part.row_pitch;
    for (uint32_t x = 0; x < part.width; ++x, pixel += part.pixel_pitch)
      most = vmaxq_s8(most, vld1q_s8(pixel));
  }
  vst1q_s8(output, most);
#elif defined(__ARM_FEATURE_DSP)
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

int8_t Averaged(const PoolLayer& layer, int32_t sum, int32_t count) {
  int32_t value;
  if (layer.pool == PoolKind::kMean) {
    value =
        WrappingAdd(Scale(sum - count * layer.input_zero, layer.multiplier, layer.shift), layer.output_zero);
  } else {
    value = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
  }
  return static_cast<int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

void PoolPixel(const PoolLayer& layer, Part part, int8_t* output) {
  const auto count = static_cast<int32_t>(part.height * part.width);
  uint32_t c = 0;
  for (; c + kLanes <= layer.input.channels; c += kLanes, part.first += kLanes, output += kLanes) {
    if (layer.pool == PoolKind::kMaximum) {
      MaximumLanes(part, output);
    } else {
      int32_t sums[kLanes];
      SumLanes(part, sums);
      for (uint32_t i = 0; i < kLanes; ++i) output[i] = Averaged(layer, sums[i], count);
    }
  }
  for (; c < layer.input.channels; ++c, ++part.first, ++output) {
    *output = layer.pool == PoolKind::kMaximum ? MaximumOne(part) : Averaged(layer, SumOne(part), count);
  }
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

}  // namespace

void RunPool(const PoolLayer& layer, const int8_t* input, int8_t* output) {
  const ImageSize& image = layer.input;
  for (uint32_t y = 0; y < layer.output.height; ++y) {
    const Reach rows(y, layer.stride_height, layer.padding_top, layer.window_height, image.height);
    for (uint32_t x = 0; x < layer.output.width; ++x, output += image.channels) {
      const Reach columns(x, layer.stride_width, layer.padding_left, layer.window_width, image.width);
      const Part part = {input + (rows.first * image.width + columns.first) * image.channels, rows.count,
                         columns.count, image.width * image.channels, image.channels};
      // The whole image is one long row.
      const bool all = rows.count == image.height && columns.count == image.width;
      PoolPixel(layer, all ? Part{input, 1, image.height * image.width, 0, image.channels} : part, output);
    }
  }
  const uint32_t count = layer.header.output_bytes;
  Clamp(output - count, count, layer.activation_min, layer.activation_max);
}

}  // namespace emojicam::kernels
