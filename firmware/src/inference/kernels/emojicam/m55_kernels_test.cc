// The portable twins of the Cortex-M55 kernels against plain loops and TFLM's own rounding.
#include "inference/kernels/emojicam/m55_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace {

// tensorflow/lite/kernels/internal/common.h: SaturatingRoundingDoublingHighMul and RoundingDivideByPOT, then
// the zero point -128 and the clamp to int8. right >= 0.
int Reference(int64_t sum, int32_t multiplier, int right) {
  const int64_t product = sum * multiplier;
  const int64_t nudge = product >= 0 ? (int64_t{1} << 30) : (1 - (int64_t{1} << 30));
  const auto high = static_cast<int32_t>((product + nudge) / (int64_t{1} << 31));
  const auto mask = static_cast<int32_t>((int64_t{1} << right) - 1);
  const int32_t remainder = high & mask;
  const int32_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  const int32_t rounded = (high >> right) + (remainder > threshold ? 1 : 0);
  return std::clamp(rounded - 128, -128, 127);
}

class M55Kernels : public testing::Test {
 protected:
  int Draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  std::mt19937 random_{55};
};

TEST_F(M55Kernels, Pointwise_EqualsTflmsRounding) {
  for (const uint32_t depth : {8u, 16u, 48u, 256u}) {
    for (int extreme = 0; extreme < 3; ++extreme) {
      constexpr uint32_t kTiles = 5;
      const uint32_t group = depth == 8 ? 8 : 16;
      std::vector<int> pixels(kTiles * 4 * depth);
      std::vector<int> weights(2 * depth);
      for (int& one : pixels) one = extreme == 0 ? Draw(-128, 127) : extreme == 1 ? 127 : -128;
      for (int& one : weights) one = extreme == 0 ? Draw(-128, 127) : extreme == 1 ? 127 : -128;
      std::vector<int8_t> stream(pixels.size());
      for (uint32_t p = 0; p < 4 * kTiles; ++p) {
        for (uint32_t k = 0; k < depth; ++k) {
          stream[p / 4 * 4 * depth + k / group * 4 * group + p % 4 * group + k % group] =
              static_cast<int8_t>(pixels[p * depth + k]);
        }
      }
      std::vector<int32_t> constants((sizeof(M55PointwisePair) + (depth == 8 ? 64 : 2 * depth)) / 4);
      auto* pair = reinterpret_cast<M55PointwisePair*>(constants.data());
      auto* packed = reinterpret_cast<int8_t*>(pair + 1);
      for (uint32_t c = 0; c < 2; ++c) {
        pair->bias[c] = Draw(-100000, 100000);
        pair->multiplier[c] = Draw(1 << 30, 0x7FFFFFFF);
        pair->shift[c] = -Draw(0, 20);
        pair->addend[c] = -128 * (1 << -pair->shift[c]);
        for (uint32_t k = 0; k < depth; ++k) {
          packed[k / 16 * 32 + c * 16 + k % 16] = static_cast<int8_t>(weights[c * depth + k]);
        }
      }
      std::vector<uint16_t> table(8 * kTiles);
      for (uint32_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint16_t>(table.size() - 1 - i);
      std::vector<int8_t> out(table.size());
      const M55PointwiseStrip strip = {stream.data(), depth, kTiles, table.data(), 1, 0};
      (depth == 8 ? EmojicamM55Pointwise8Portable : EmojicamM55PointwisePortable)(&strip, pair, out.data());
      for (uint32_t p = 0; p < 4 * kTiles; ++p) {
        for (uint32_t c = 0; c < 2; ++c) {
          int64_t sum = pair->bias[c];
          for (uint32_t k = 0; k < depth; ++k) sum += pixels[p * depth + k] * weights[c * depth + k];
          ASSERT_EQ(out[table[8 * (p / 4) + 2 * (p % 4) + c]],
                    Reference(sum, pair->multiplier[c], -pair->shift[c]))
              << "depth " << depth << " pixel " << p;
        }
      }
    }
  }
}

class M55Windows : public M55Kernels {
 protected:
  static constexpr uint32_t kPitch = 30;

  M55Windows() : image_(kPitch * 12) {
    for (int8_t& one : image_) one = static_cast<int8_t>(Draw(-128, 127));
    for (uint32_t i = 0; i < 8; ++i) gather_[i] = static_cast<uint16_t>(i / 2 * kPitch + i % 2 * 2);
  }

  // A filter of 3x3 at (row, column) of a window's 16 weights.
  void Place(const int (&filter)[3][3], uint32_t row, uint32_t column, int8_t* weights) {
    std::fill(weights, weights + 16, int8_t{0});
    for (uint32_t i = 0; i < 3; ++i) {
      for (uint32_t j = 0; j < 3; ++j)
        weights[(row + i) * 4 + column + j] = static_cast<int8_t>(filter[i][j]);
    }
  }

  int64_t Sum(const int (&filter)[3][3], uint32_t top, uint32_t left) const {
    int64_t sum = 0;
    for (uint32_t i = 0; i < 3; ++i) {
      for (uint32_t j = 0; j < 3; ++j) sum += image_[(top + i) * kPitch + left + j] * filter[i][j];
    }
    return sum;
  }

  void DrawFilter(int (&filter)[3][3]) {
    for (auto& row : filter) {
      for (int& one : row) one = Draw(-128, 127);
    }
  }

  std::vector<int8_t> image_;
  uint16_t gather_[8];
};

TEST_F(M55Windows, DepthwiseStride1_EqualsPlainWindows) {
  int filter[3][3];
  DrawFilter(filter);
  M55WindowChannel channel = {Draw(-5000, 5000), Draw(1 << 30, 0x7FFFFFFF), 0, -Draw(3, 9), {}};
  channel.addend = -128 * (1 << -channel.shift);
  for (uint32_t i = 0; i < 4; ++i) Place(filter, i / 2, i % 2, channel.weights[i]);
  // Two rows of windows, two blocks: output rows 0 to 3, columns 0 to 7.
  uint16_t table[4 * 8];
  for (uint32_t i = 0; i < 32; ++i) {
    const uint32_t row = i / 16 * 2 + i % 2;
    const uint32_t column = i / 8 % 2 * 4 + i % 8 / 2;
    table[i] = static_cast<uint16_t>(row * 8 + column);
  }
  M55WindowStrip strip = {image_.data(), 2 * kPitch, 2, 2, table, {}, 1, 0};
  std::copy(gather_, gather_ + 8, strip.gather);
  std::vector<int8_t> out(32);
  EmojicamM55Depthwise1Portable(&strip, &channel, out.data());
  for (uint32_t y = 0; y < 4; ++y) {
    for (uint32_t x = 0; x < 8; ++x) {
      ASSERT_EQ(out[y * 8 + x],
                Reference(Sum(filter, y, x) + channel.bias, channel.multiplier, -channel.shift));
    }
  }
}

TEST_F(M55Windows, DepthwiseStride2_EqualsPlainWindows) {
  int filter[3][3];
  DrawFilter(filter);
  M55WindowChannel channel = {Draw(-5000, 5000), Draw(1 << 30, 0x7FFFFFFF), 0, -Draw(3, 9), {}};
  channel.addend = -128 * (1 << -channel.shift);
  for (auto& weights : channel.weights) Place(filter, 0, 0, weights);
  uint16_t table[2 * 8];
  for (uint32_t i = 0; i < 16; ++i) table[i] = static_cast<uint16_t>(i / 8 * 8 + i % 8 / 2 + i % 2 * 4);
  M55WindowStrip strip = {image_.data(), 2 * kPitch, 2, 1, table, {}, 1, 0};
  std::copy(gather_, gather_ + 8, strip.gather);
  std::vector<int8_t> out(16);
  EmojicamM55Depthwise2Portable(&strip, &channel, out.data());
  for (uint32_t y = 0; y < 2; ++y) {
    for (uint32_t x = 0; x < 8; ++x) {
      const int64_t sum = Sum(filter, 2 * y, 2 * x) + channel.bias;
      ASSERT_EQ(out[y * 8 + x], Reference(sum, channel.multiplier, -channel.shift));
    }
  }
}

TEST_F(M55Windows, FirstLayer_MakesFourChannelsAtOnce) {
  int filters[4][3][3];
  M55FirstChannels channels = {};
  for (uint32_t c = 0; c < 4; ++c) {
    DrawFilter(filters[c]);
    channels.bias[c] = Draw(-5000, 5000);
    channels.multiplier[c] = Draw(1 << 30, 0x7FFFFFFF);
    channels.shift[c] = -Draw(3, 9);
    Place(filters[c], 0, 0, channels.weights[c]);
  }
  constexpr uint32_t kSegment = 14;
  M55FirstStrip strip = {image_.data(), 2 * kPitch, 3, 6, 4 * kSegment, -128, {}, {}};
  std::copy(gather_, gather_ + 8, strip.gather);
  for (uint32_t i = 0; i < 8; ++i) strip.scatter[i] = static_cast<uint16_t>(i / 2 * kSegment + i % 2);
  std::vector<int8_t> out(3 * 4 * kSegment);
  EmojicamM55FirstPortable(&strip, &channels, out.data());
  for (uint32_t y = 0; y < 3; ++y) {
    for (uint32_t x = 0; x < 12; ++x) {
      for (uint32_t c = 0; c < 4; ++c) {
        const int64_t sum = Sum(filters[c], 2 * y, 2 * x) + channels.bias[c];
        ASSERT_EQ(out[(y * 4 + c) * kSegment + x],
                  Reference(sum, channels.multiplier[c], -channels.shift[c]));
      }
    }
  }
}

}  // namespace
