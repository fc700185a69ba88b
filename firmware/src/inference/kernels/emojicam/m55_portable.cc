// The portable twins of the Cortex-M55 kernels: same arguments, same bytes written.
#include <limits>

#include "inference/kernels/emojicam/m55_kernels.h"

namespace {

template <typename Wide>
int32_t Clamp(Wide value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : static_cast<int32_t>(value);
}

// VADD, VQRDMULH, VRSHL, VQMOVN to halfwords, VQADD, VQMOVN to bytes.
int8_t Requantise(int32_t sum, int32_t bias, int32_t multiplier, int32_t shift, int32_t zero_point) {
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  const int32_t biased = static_cast<int32_t>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(bias));
  int32_t value = std::numeric_limits<int32_t>::max();
  if (biased != kLeast || multiplier != kLeast) {
    value = static_cast<int32_t>((static_cast<int64_t>(biased) * multiplier + (int64_t{1} << 30)) >> 31);
  }
  if (shift < 0)
    value = static_cast<int32_t>((static_cast<int64_t>(value) + (int64_t{1} << (-shift - 1))) >> -shift);
  const int32_t half = Clamp(Clamp(value, -32768, 32767) + zero_point, -32768, 32767);
  return static_cast<int8_t>(Clamp(half, -128, 127));
}

// The 16 pixels of a window: 8 halfwords at their offsets.
struct GatheredWindow {
  int8_t pixels[16];
  GatheredWindow(const int8_t* corner, const uint16_t* gather) {
    for (int i = 0; i < 16; ++i) pixels[i] = corner[gather[i / 2] + i % 2];
  }
  int32_t Sum(const int8_t* weights) const {
    int32_t sum = 0;
    for (int i = 0; i < 16; ++i) sum += pixels[i] * weights[i];
    return sum;
  }
};

void Pointwise(const M55PointwiseStrip& strip, uint32_t depth, const M55PointwisePair& pair, int8_t* out) {
  const auto* weights = reinterpret_cast<const int8_t*>(&pair + 1);
  const uint32_t group = depth < 16 ? depth : 16;
  for (uint32_t tile = 0; tile < strip.tiles; ++tile) {
    const int8_t* pixels = strip.stream + tile * 4 * depth;
    const uint16_t* offsets = strip.table + 8 * tile;
    for (uint32_t pixel = 0; pixel < 4; ++pixel) {
      for (uint32_t channel = 0; channel < 2; ++channel) {
        int32_t sum = 0;
        for (uint32_t k = 0; k < depth; ++k) {
          sum += pixels[k / group * 4 * group + pixel * group + k % group] *
                 weights[k / group * 32 + channel * 16 + k % group];
        }
        out[offsets[2 * pixel + channel]] = Requantise(sum, pair.bias[channel], pair.multiplier[channel],
                                                       pair.shift[channel], pair.zero_point);
      }
    }
  }
}

}  // namespace

extern "C" {

void EmojicamM55PointwisePortable(const M55PointwiseStrip* strip, const M55PointwisePair* pair, int8_t* out) {
  Pointwise(*strip, strip->depth, *pair, out);
}

void EmojicamM55Pointwise8Portable(const M55PointwiseStrip* strip, const M55PointwisePair* pair,
                                   int8_t* out) {
  Pointwise(*strip, 8, *pair, out);
}

void EmojicamM55Depthwise1Portable(const M55WindowStrip* strip, const M55WindowChannel* channel,
                                   int8_t* out) {
  const uint16_t* offsets = strip->table;
  for (uint32_t row = 0; row < strip->rows; ++row) {
    for (uint32_t block = 0; block < strip->blocks; ++block, offsets += 8) {
      for (uint32_t i = 0; i < 8; ++i) {  // column i / 2, row i % 2
        const GatheredWindow window(strip->input + row * strip->row_step + 4 * block + i / 4 * 2,
                                    strip->gather);
        const int32_t sum = window.Sum(channel->weights[i % 2 * 2 + i / 2 % 2]);
        out[offsets[i]] =
            Requantise(sum, channel->bias, channel->multiplier, channel->shift, channel->zero_point);
      }
    }
  }
}

void EmojicamM55Depthwise2Portable(const M55WindowStrip* strip, const M55WindowChannel* channel,
                                   int8_t* out) {
  const uint16_t* offsets = strip->table;
  for (uint32_t row = 0; row < strip->rows; ++row) {
    for (uint32_t block = 0; block < strip->blocks; ++block, offsets += 8) {
      for (uint32_t i = 0; i < 8; ++i) {  // column i / 2, and 4 more where i is odd
        const uint32_t column = i / 2 + i % 2 * 4;
        const GatheredWindow window(strip->input + row * strip->row_step + 16 * block + 2 * column,
                                    strip->gather);
        const int32_t sum = window.Sum(channel->weights[0]);
        out[offsets[i]] =
            Requantise(sum, channel->bias, channel->multiplier, channel->shift, channel->zero_point);
      }
    }
  }
}

void EmojicamM55FirstPortable(const M55FirstStrip* strip, const M55FirstChannels* channels, int8_t* out) {
  for (uint32_t row = 0; row < strip->rows; ++row) {
    for (uint32_t column = 0; column < 2 * strip->pairs; ++column) {
      const GatheredWindow window(strip->input + row * strip->row_step + 2 * column, strip->gather);
      for (uint32_t c = 0; c < 4; ++c) {
        out[row * strip->out_step + column / 2 * 2 + strip->scatter[2 * c + column % 2]] =
            Requantise(window.Sum(channels->weights[c]), channels->bias[c], channels->multiplier[c],
                       channels->shift[c], strip->zero_point);
      }
    }
  }
}

void EmojicamM55First3Portable(const M55First3Strip* strip, const M55First3Channels* channels, int8_t* out) {
  for (uint32_t row = 0; row < strip->rows; ++row) {
    for (uint32_t column = 0; column < 2 * strip->pairs; ++column) {
      const int8_t* window = strip->input + row * strip->row_step + 6 * column;
      for (uint32_t c = 0; c < 4; ++c) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < 3; ++i) {
          for (uint32_t k = 0; k < 16; ++k)
            sum += window[i * strip->row_pitch + k] * channels->weights[i][c][k];
        }
        out[row * strip->out_step + column / 2 * 2 + strip->scatter[2 * c + column % 2]] = Requantise(
            sum, channels->bias[c], channels->multiplier[c], channels->shift[c], strip->zero_point);
      }
    }
  }
}

}  // extern "C"
