// The portable twins of the Cortex-M7 kernels against plain loops over plain layouts.
#include "inference/kernels/emojicam/m7_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace {

class M7Kernels : public testing::Test {
 protected:
  int Draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  std::vector<int> Many(std::size_t count, int low, int high) {
    std::vector<int> values(count);
    for (int& value : values) value = Draw(low, high);
    return values;
  }

  std::mt19937 random_{7};
};

// What the kernels promise for one output: wide arithmetic, no wrapping.
int Expected(int64_t sum, int32_t multiplier, int32_t addend, int shift) {
  const int64_t value = (((sum * multiplier) >> 32) + addend) >> shift;
  return static_cast<int>(std::clamp<int64_t>(value, 0, 255));
}

struct Scale {
  int32_t multiplier;
  int32_t addend;
  int32_t shift;
};

class M7Pointwise : public M7Kernels {
 protected:
  // Packs, runs and compares one pair of channels.
  void Check(uint32_t depth, uint32_t tiles, uint32_t lines, bool halves, bool fold, int extreme) {
    const uint32_t pixels = 2 * tiles * lines;
    std::vector<int> u = Many(pixels * depth, 0, 255);
    std::vector<int> w = Many(2 * depth, -128, 127);
    if (extreme == 1) std::fill(u.begin(), u.end(), 255);
    if (extreme == 1) std::fill(w.begin(), w.end(), 127);
    if (extreme == 2) std::fill(u.begin(), u.end(), 255);
    if (extreme == 2) std::fill(w.begin(), w.end(), -128);
    constexpr int kWeightScale = 256;
    std::vector<uint32_t> interleaved(pixels * depth / 2);
    auto* cells = reinterpret_cast<uint16_t*>(interleaved.data());
    for (uint32_t p = 0; p < pixels; ++p) {
      for (uint32_t k = 0; k < depth; ++k) {
        cells[p / 2 * 2 * depth + k / 4 * 8 + k / 2 % 2 * 4 + p % 2 * 2 + k % 2] =
            static_cast<uint16_t>(u[p * depth + k]);
      }
    }
    std::vector<uint32_t> constants(sizeof(M7PointwisePair) / 4 + depth);
    auto* pair = reinterpret_cast<M7PointwisePair*>(constants.data());
    auto* weights = reinterpret_cast<int16_t*>(pair + 1);
    Scale scale[2];
    for (uint32_t c = 0; c < 2; ++c) {
      scale[c] = {Draw(1 << 30, 0x7FFFFFFF), Draw(-5000, 5000), fold ? kM7FoldShift : Draw(1, 31)};
      pair->multiplier[c] = scale[c].multiplier;
      pair->addend[c] = scale[c].addend;
      pair->shift[c] = fold ? 0 : scale[c].shift;
      pair->bias[2 * c] = pair->bias[2 * c + 1] = Draw(-1000000, 1000000);
      for (uint32_t k = 0; k < depth; ++k) {
        weights[k / 4 * 8 + k / 2 % 2 * 4 + c * 2 + k % 2] =
            static_cast<int16_t>(w[c * depth + k] * kWeightScale);
      }
    }
    const uint32_t size = halves ? 2 : 1;
    const uint32_t line_pitch = 2 * tiles * size + 4;
    const uint32_t channel_pitch = lines * line_pitch;
    std::vector<uint8_t> out(2 * channel_pitch, 0xEE);
    const M7PointwiseStrip strip = {interleaved.data(), depth, tiles, lines, channel_pitch, line_pitch};
    if (halves) {
      (fold ? EmojicamM7PointwiseHalvesFoldPortable : EmojicamM7PointwiseHalvesAnyPortable)(&strip, pair,
                                                                                            out.data());
    } else {
      (fold ? EmojicamM7PointwiseBytesFoldPortable : EmojicamM7PointwiseBytesAnyPortable)(&strip, pair,
                                                                                          out.data());
    }
    for (uint32_t c = 0; c < 2; ++c) {
      for (uint32_t p = 0; p < pixels; ++p) {
        int64_t sum = pair->bias[2 * c];
        for (uint32_t k = 0; k < depth; ++k)
          sum += int64_t{u[p * depth + k]} * w[c * depth + k] * kWeightScale;
        const uint8_t* at = &out[c * channel_pitch + p / (2 * tiles) * line_pitch + p % (2 * tiles) * size];
        const int got = halves ? at[0] | at[1] << 8 : at[0];
        ASSERT_EQ(got, Expected(sum, scale[c].multiplier, scale[c].addend, scale[c].shift))
            << "channel " << c << " pixel " << p << " depth " << depth;
      }
      // Nothing between the lines is touched.
      ASSERT_EQ(out[c * channel_pitch + 2 * tiles * size], 0xEE);
    }
  }
};

TEST_F(M7Pointwise, RandomLayers_EqualPlainSums) {
  for (const uint32_t depth : {4u, 8u, 12u, 64u, 128u, 256u}) {
    for (const bool fold : {true, false}) {
      for (const bool halves : {true, false})
        Check(depth, static_cast<uint32_t>(Draw(1, 9)), 3, halves, fold, 0);
    }
  }
}

TEST_F(M7Pointwise, LargestSums_DoNotOverflow) {
  for (const int extreme : {1, 2}) Check(kM7MaxDepth, 2, 1, false, true, extreme);
}

class M7Windows : public M7Kernels {
 protected:
  // A plane of `rows` rows, its pixels random, its padding zero, and a channel.
  void Make(uint32_t rows, uint32_t width, uint32_t pitch) {
    pitch_ = pitch;
    plane_.assign((rows * pitch + 64) / 4, 0);
    pixels_ = Many(rows * width, 0, 255);
    for (uint32_t y = 0; y < rows; ++y) {
      auto* row = reinterpret_cast<uint16_t*>(reinterpret_cast<uint8_t*>(plane_.data()) + y * pitch + 4);
      for (uint32_t x = 0; x < width; ++x) row[x] = static_cast<uint16_t>(pixels_[y * width + x]);
    }
    for (int row = 0; row < 3; ++row) {
      for (int i = 0; i < 3; ++i) weights_[row][i] = Draw(-128, 127);
      int16_t* packed = channel_.weights + 4 * row;
      packed[0] = static_cast<int16_t>(weights_[row][0] * 256);
      packed[1] = packed[2] = static_cast<int16_t>(weights_[row][1] * 256);
      packed[3] = static_cast<int16_t>(weights_[row][2] * 256);
    }
    channel_.bias = Draw(-3000000, 3000000);
    channel_.multiplier = Draw(1 << 30, 0x7FFFFFFF);
    channel_.addend = Draw(0, 4096);
    channel_.shift = 0;
    width_ = width;
    rows_ = rows;
  }

  int At(int y, int x) const {
    const bool inside = y >= 0 && x >= 0 && y < static_cast<int>(rows_) && x < static_cast<int>(width_);
    return inside ? pixels_[static_cast<uint32_t>(y) * width_ + static_cast<uint32_t>(x)] : 0;
  }

  int Window(int top, int left, int shift) const {
    int64_t sum = channel_.bias;
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) sum += int64_t{At(top + i, left + j)} * weights_[i][j] * 256;
    }
    return Expected(sum, channel_.multiplier, channel_.addend, shift);
  }

  const uint8_t* plane() const { return reinterpret_cast<const uint8_t*>(plane_.data()); }

  std::vector<uint32_t> plane_;
  std::vector<int> pixels_;
  int weights_[3][3] = {};
  M7WindowChannel channel_ = {};
  uint32_t pitch_ = 0;
  uint32_t width_ = 0;
  uint32_t rows_ = 0;
};

TEST_F(M7Windows, DepthwiseStride1_EqualsPlainWindows) {
  struct Case {
    uint32_t width, pitch;
    M7DepthwiseKernel *fold, *any;
  };
  const Case cases[] = {
      {64, kM7Pitch64, EmojicamM7Depthwise1Fold64Portable, EmojicamM7Depthwise1Any64Portable},
      {48, kM7Pitch64, EmojicamM7Depthwise1Fold64Portable, EmojicamM7Depthwise1Any64Portable},
      {25, kM7Pitch64, EmojicamM7Depthwise1Fold64Portable, EmojicamM7Depthwise1Any64Portable},
      {12, kM7Pitch12, EmojicamM7Depthwise1Fold12Portable, EmojicamM7Depthwise1Any12Portable},
      {6, kM7Pitch6, EmojicamM7Depthwise1Fold6Portable, EmojicamM7Depthwise1Any6Portable},
  };
  for (const Case& one : cases) {
    for (const bool fold : {true, false}) {
      Make(6, one.width, one.pitch);
      const int shift = fold ? kM7FoldShift : Draw(1, 31);
      channel_.shift = fold ? 0 : shift;
      const uint32_t blocks = (one.width + 5) / 6;
      const uint32_t tile_pitch = 16;
      const M7WindowStrip strip = {plane(), 4, blocks, tile_pitch, 3 * blocks * tile_pitch};
      std::vector<uint16_t> out(5 * 3 * blocks * tile_pitch / 2);
      (fold ? one.fold : one.any)(&strip, &channel_, out.data());
      for (uint32_t y = 0; y < 4; ++y) {
        for (uint32_t x = 0; x < one.width; ++x) {
          const uint16_t got = out[(y * strip.row_pitch + x / 2 * tile_pitch) / 2 + x % 2 * 2];
          ASSERT_EQ(got, Window(static_cast<int>(y), static_cast<int>(x) - 1, shift)) << y << " " << x;
        }
      }
    }
  }
}

TEST_F(M7Windows, DepthwiseStride2_EqualsPlainWindows) {
  for (const uint32_t width : {64u, 48u, 24u, 10u}) {
    Make(7, width, kM7Pitch64);
    const uint32_t blocks = (width / 2 + 3) / 4;
    const M7WindowStrip strip = {plane() + 4, 3, blocks, 8, 2 * blocks * 8};
    std::vector<uint16_t> out(3 * blocks * 8);
    EmojicamM7Depthwise2Fold64Portable(&strip, &channel_, out.data());
    for (uint32_t y = 0; y < 3; ++y) {
      for (uint32_t x = 0; x < width / 2; ++x) {
        const uint16_t got = out[(y * strip.row_pitch + x / 2 * 8) / 2 + x % 2 * 2];
        ASSERT_EQ(got, Window(2 * static_cast<int>(y), 2 * static_cast<int>(x), kM7FoldShift));
      }
    }
  }
}

TEST_F(M7Windows, FirstLayer_WritesBytesInOrder) {
  for (const uint32_t width : {128u, 96u}) {
    Make(9, width, kM7Pitch128);
    const uint32_t outputs = width / 2;
    const M7WindowStrip strip = {plane() + 4, 4, outputs / 4, 0, 80};
    std::vector<uint8_t> out(4 * 80, 0xEE);
    EmojicamM7FirstFold128Portable(&strip, &channel_, out.data());
    for (uint32_t y = 0; y < 4; ++y) {
      for (uint32_t x = 0; x < outputs; ++x) {
        ASSERT_EQ(out[y * 80 + x], Window(2 * static_cast<int>(y), 2 * static_cast<int>(x), kM7FoldShift));
      }
      ASSERT_EQ(out[y * 80 + outputs], 0xEE);
    }
  }
}

TEST_F(M7Windows, ThreeByThree_TakesNothingFromOutside) {
  Make(3, 3, kM7Pitch6);
  std::vector<uint32_t> image(5);
  for (uint32_t i = 0; i < 9; ++i)
    reinterpret_cast<uint16_t*>(image.data())[i] = static_cast<uint16_t>(pixels_[i]);
  reinterpret_cast<uint16_t*>(image.data())[9] = 0xBEEF;
  const M7WindowStrip strip = {reinterpret_cast<const uint8_t*>(image.data()), 3, 1, 8, 0};
  std::vector<uint16_t> out(5 * 4);
  EmojicamM7Depthwise1Fold3Portable(&strip, &channel_, out.data());
  for (uint32_t i = 0; i < 9; ++i) {
    const int y = static_cast<int>(i / 3);
    const int x = static_cast<int>(i % 3);
    ASSERT_EQ(out[i / 2 * 4 + i % 2 * 2], Window(y - 1, x - 1, kM7FoldShift));
  }
}

TEST_F(M7Kernels, Unpack_WidensAndPadsOnTheRight) {
  for (const uint32_t width : {1u, 3u, 4u, 6u, 11u, 64u}) {
    const uint32_t words = (width + 3) / 4;
    std::vector<uint32_t> source(3 * words);
    auto* bytes = reinterpret_cast<uint8_t*>(source.data());
    for (std::size_t i = 0; i < 12 * words; ++i) bytes[i] = static_cast<uint8_t>(Draw(0, 255));
    const M7Unpack job = {4 * words, kM7Pitch64, 3, width, 0x00550055};
    std::vector<uint32_t> plain(4 * kM7Pitch64 / 4);
    std::vector<uint32_t> flipped(plain);
    EmojicamM7UnpackPortable(&job, bytes, reinterpret_cast<uint8_t*>(plain.data()));
    EmojicamM7UnpackSignedPortable(&job, bytes, reinterpret_cast<uint8_t*>(flipped.data()));
    for (uint32_t y = 0; y < 3; ++y) {
      const auto* row = reinterpret_cast<const uint16_t*>(plain.data()) + y * kM7Pitch64 / 2 + 2;
      const auto* other = reinterpret_cast<const uint16_t*>(flipped.data()) + y * kM7Pitch64 / 2 + 2;
      for (uint32_t x = 0; x < width; ++x) {
        ASSERT_EQ(row[x], bytes[y * 4 * words + x]);
        ASSERT_EQ(other[x], static_cast<int8_t>(bytes[y * 4 * words + x]) + 128);
      }
      ASSERT_EQ(row[width], 0x55);
      ASSERT_EQ(other[width], 0x55);
    }
  }
}

}  // namespace
