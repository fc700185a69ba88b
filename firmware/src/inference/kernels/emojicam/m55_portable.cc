// The portable twins of the Cortex-M55 kernels: same arguments, same bytes written.
#include <limits>

#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/m55_kernels.h"

namespace {

using emojicam::kernels::Saturate;
using emojicam::kernels::WrappingAdd;

template <typename Wide>
int32_t Clamp(Wide value, int32_t low, int32_t high) {
  return value < low ? low : value > high ? high : static_cast<int32_t>(value);
}

// VQRDMULH.
int32_t Multiply(int32_t sum, int32_t multiplier) {
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  if (sum == kLeast && multiplier == kLeast) return std::numeric_limits<int32_t>::max();
  return static_cast<int32_t>((static_cast<int64_t>(sum) * multiplier + (int64_t{1} << 30)) >> 31);
}

// VRSHL.
int32_t Shift(int32_t value, int32_t shift) {
  if (shift >= 0) return value;
  return static_cast<int32_t>((static_cast<int64_t>(value) + (int64_t{1} << (-shift - 1))) >> -shift);
}

// The bias to begin with; VQRDMULH, VRSHL, VQMOVN to halfwords, VQADD, VQMOVN to bytes.
int8_t Requantise(int32_t sum, int32_t bias, int32_t multiplier, int32_t shift, int32_t zero_point) {
  const int32_t value = Shift(Multiply(WrappingAdd(sum, bias), multiplier), shift);
  return Saturate(Clamp(int64_t{Clamp(value, -32768, 32767)} + zero_point, -32768, 32767));
}

// The bias to begin with; VQRDMLASH, VRSHL, VQMOVN to halfwords and to bytes.
int8_t RequantiseAdding(int32_t sum, int32_t bias, int32_t multiplier, int32_t shift, int32_t addend) {
  const int64_t value = int64_t{Multiply(WrappingAdd(sum, bias), multiplier)} + addend;
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  return Saturate(Shift(Clamp(value, kLeast, std::numeric_limits<int32_t>::max()), shift));
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

void PointwisePair(const M55PointwiseStrip& strip, uint32_t depth, const M55PointwisePair& pair,
                   int8_t* out) {
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
        int8_t& made = out[offsets[2 * pixel + channel]];
        made = depth == 8
                   ? Requantise(sum, pair.bias[channel], pair.multiplier[channel], pair.shift[channel], -128)
                   : RequantiseAdding(sum, pair.bias[channel], pair.multiplier[channel], pair.shift[channel],
                                      pair.addend[channel]);
      }
    }
  }
}

void Pointwise(const M55PointwiseStrip& strip, uint32_t depth, const M55PointwisePair* pair, int8_t* out) {
  const uint32_t bytes = sizeof(M55PointwisePair) + (depth == 8 ? 64 : 2 * depth);
  const auto* one = reinterpret_cast<const int8_t*>(pair);
  for (uint32_t i = 0; i < strip.pairs; ++i, one += bytes, out += strip.out_step) {
    PointwisePair(strip, depth, *reinterpret_cast<const M55PointwisePair*>(one), out);
  }
}

// Where a lane of a block of 8 outputs has its window, in bytes from the block's, and by which weights.
struct Place {
  uint32_t offset;
  uint32_t weights;
};

template <typename PlaceOf>
void Depthwise(const M55WindowStrip& strip, const M55WindowChannel* channel, int8_t* out,
               uint32_t block_bytes, PlaceOf place_of) {
  for (uint32_t c = 0; c < strip.channels; ++c, ++channel, ++out) {
    const uint16_t* offsets = strip.table;
    for (uint32_t row = 0; row < strip.rows; ++row) {
      for (uint32_t block = 0; block < strip.blocks; ++block, offsets += 8) {
        for (uint32_t i = 0; i < 8; ++i) {
          const Place place = place_of(i);
          const GatheredWindow window(strip.input + c * strip.channel_pitch + row * strip.row_step +
                                          block * block_bytes + place.offset,
                                      strip.gather);
          out[offsets[i]] = RequantiseAdding(window.Sum(channel->weights[place.weights]), channel->bias,
                                             channel->multiplier, channel->shift, channel->addend);
        }
      }
    }
  }
}

// The sums of four channels for each output pixel, whose windows are `step` bytes apart.
template <typename Strip, typename Channels, typename SumsOf>
void First(const Strip& strip, const Channels& channels, int8_t* out, uint32_t step, SumsOf sums_of) {
  for (uint32_t row = 0; row < strip.rows; ++row) {
    for (uint32_t column = 0; column < 2 * strip.pairs; ++column) {
      int32_t sums[4];
      sums_of(strip.input + row * strip.row_step + step * column, sums);
      for (uint32_t c = 0; c < 4; ++c) {
        out[row * strip.out_step + column / 2 * 2 + strip.scatter[2 * c + column % 2]] = Requantise(
            sums[c], channels.bias[c], channels.multiplier[c], channels.shift[c], strip.zero_point);
      }
    }
  }
}

}  // namespace

extern "C" {

void EmojicamM55PointwisePortable(const M55PointwiseStrip* strip, const M55PointwisePair* pair, int8_t* out) {
  Pointwise(*strip, strip->depth, pair, out);
}

void EmojicamM55Pointwise8Portable(const M55PointwiseStrip* strip, const M55PointwisePair* pair,
                                   int8_t* out) {
  Pointwise(*strip, 8, pair, out);
}

void EmojicamM55Depthwise1Portable(const M55WindowStrip* strip, const M55WindowChannel* channel,
                                   int8_t* out) {
  Depthwise(*strip, channel, out, 4, [](uint32_t i) {  // column i / 2, row i % 2
    return Place{i / 4 * 2, i % 2 * 2 + i / 2 % 2};
  });
}

void EmojicamM55Depthwise1By3Portable(const M55WindowStrip* strip, const M55WindowChannel* channel,
                                      int8_t* out) {
  const uint32_t windows = (3 * strip->rows + 1) / 2 * 2;
  M55WindowStrip half = *strip;
  half.rows = half.blocks = half.channels = 1;
  for (uint32_t c = 0; c < strip->channels; ++c) {
    for (uint32_t i = 0; i < windows; ++i) {
      // Behind the last one the same again.
      const uint32_t window = i < 3 * strip->rows ? i : i - 1;
      uint16_t offsets[8];
      for (uint32_t lane = 0; lane < 8; ++lane) offsets[lane] = strip->table[4 * i + lane % 4];
      half.table = offsets;
      half.input = strip->input + c * strip->channel_pitch + window / 3 * strip->row_step + 2 * (window % 3);
      Depthwise(half, channel + c, out + c, 0, [](uint32_t lane) {
        return Place{0, lane % 2 * 2 + lane / 2 % 2};
      });
    }
  }
}

void EmojicamM55Depthwise2Portable(const M55WindowStrip* strip, const M55WindowChannel* channel,
                                   int8_t* out) {
  Depthwise(*strip, channel, out, 16, [](uint32_t i) {  // column i / 2, and 4 more where i is odd
    return Place{2 * (i / 2 + i % 2 * 4), 0};
  });
}

void EmojicamM55FirstPortable(const M55FirstStrip* strip, const M55FirstChannels* channels, int8_t* out) {
  First(*strip, *channels, out, 2, [&](const int8_t* corner, int32_t sums[4]) {
    const GatheredWindow window(corner, strip->gather);
    for (uint32_t c = 0; c < 4; ++c) sums[c] = window.Sum(channels->weights[c]);
  });
}

void EmojicamM55First3Portable(const M55First3Strip* strip, const M55First3Channels* channels, int8_t* out) {
  First(*strip, *channels, out, 6, [&](const int8_t* corner, int32_t sums[4]) {
    for (uint32_t c = 0; c < 4; ++c) {
      sums[c] = 0;
      for (uint32_t i = 0; i < 3; ++i) {
        for (uint32_t k = 0; k < 16; ++k)
          sums[c] += corner[i * strip->row_pitch + k] * channels->weights[i][c][k];
      }
    }
  });
}

}  // extern "C"
