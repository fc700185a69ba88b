#include "image/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "generated/image_vectors.h"

namespace emojicam {
namespace {

TEST(Mirror, EachOfTwo_IsSeenAsLong_AndTimeMayWrapAround) {
  for (const MirrorMoment& moment : kMirrorMoments) {
    EXPECT_EQ(MirroredAt(moment.time_ms), moment.mirrored) << moment.time_ms;
  }
}

TEST(Mirror, RowsAreReversedByPixels_WhateverTheirNumber) {
  std::vector<int8_t> odd = {1, 2, 3, 4, 5, 6};
  Mirror(3, 1, {odd.data(), odd.size()});
  EXPECT_EQ(odd, (std::vector<int8_t>{3, 2, 1, 6, 5, 4}));
  for (uint16_t width = 4; width < 30; ++width) {
    std::vector<int8_t> rows(std::size_t{3} * width);
    std::iota(rows.begin(), rows.end(), static_cast<int8_t>(-40));
    std::vector<int8_t> expected = rows;
    for (std::size_t row = 0; row < 3; ++row) {
      const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(row * width);
      std::reverse(begin, begin + width);
    }
    Mirror(width, 1, {rows.data(), rows.size()});
    EXPECT_EQ(rows, expected) << width;
  }
  std::vector<int8_t> colours = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  Mirror(2, 3, {colours.data(), colours.size()});
  EXPECT_EQ(colours, (std::vector<int8_t>{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9}));
  std::vector<int8_t> one = {7};
  Mirror(1, 1, {one.data(), one.size()});
  EXPECT_EQ(one, std::vector<int8_t>{7});
}

}  // namespace
}  // namespace emojicam
