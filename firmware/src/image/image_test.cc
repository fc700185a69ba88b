#include "image/image.h"

#include <gtest/gtest.h>

#include <vector>

#include "generated/image_vectors.h"
#include "image/check/cases.h"
#include "image/line_kernels.h"

namespace emojicam {
namespace {

TEST(Image, EveryVector_ComesOutAsPythonMakesIt) {
  ForEachImageVector([](const Frame& frame, const Rectangle& crop, uint16_t width, uint16_t height,
                        uint8_t channels, Span<const int8_t> expected) {
    std::vector<int8_t> out(expected.size());
    ASSERT_TRUE(ToModelInput(frame, crop, width, height, channels, {out.data(), out.size()}));
    EXPECT_EQ(out, std::vector<int8_t>(expected.begin(), expected.end()))
        << frame.width << "x" << frame.height << " to " << width << "x" << height;
  });
}

TEST(Image, EveryWidthRemainderAndPlace_ComesOutAsTheRuleSays) {
  std::vector<uint8_t> frame(image_check::kFrameBytes + 32);
  std::vector<int8_t> out(image_check::kOutBytes + 16);
  const auto past = reinterpret_cast<uintptr_t>(frame.data()) % 16;
  const uint32_t compared =
      image_check::Checker(frame.data() + (16 - past) % 16, out.data()).Run([](const image_check::Case& c) {
        ADD_FAILURE() << c.width << "x" << c.height << ", crop " << c.crop.width << "x" << c.crop.height
                      << " at " << c.crop.left << ", to " << c.out_width << "x" << c.out_height << ", format "
                      << static_cast<int>(c.format) << ", misaligned by " << int{c.misaligned};
      });
  EXPECT_GT(compared, 340u);
}

TEST(Image, Reciprocal_DividesAsDivisionDoes_AtEveryStep) {
  for (const uint32_t area : {1u, 2u, 3u, 25u, 64u, 57600u, 164480u, 1u << 21}) {
    const Reciprocal reciprocal = Reciprocal::Of(2 * area);
    for (uint64_t quotient = 0; quotient < 512; ++quotient) {
      for (const uint64_t n : {quotient * 2 * area, (quotient + 1) * 2 * area - 1}) {
        EXPECT_EQ((n * reciprocal.multiplier >> 32) >> reciprocal.shift, quotient) << area;
      }
    }
  }
}

TEST(Image, FrameOfTheModelsSize_IsOnlyShifted) {
  std::vector<uint8_t> pixels(96 * 96);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 7);
  const Frame frame{{pixels.data(), pixels.size()}, 96, 96, PixelFormat::kGrey8};
  std::vector<int8_t> out(96 * 96);
  ASSERT_TRUE(ToModelInput(frame, CentredSquare(96, 96, 1000), 96, 96, 1, {out.data(), out.size()}));
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], static_cast<int8_t>(pixels[i] - 128));
}

TEST(Image, LargestWhiteFrame_StaysWhite) {
  std::vector<uint8_t> pixels(std::size_t{kMaxFrameSide} * kMaxFrameSide, 255);
  const Frame frame{{pixels.data(), pixels.size()}, kMaxFrameSide, kMaxFrameSide, PixelFormat::kGrey8};
  int8_t out[4] = {};
  ASSERT_TRUE(ToModelInput(frame, CentredSquare(kMaxFrameSide, kMaxFrameSide, 1000), 2, 2, 1, out));
  for (const int8_t value : out) EXPECT_EQ(value, 127);
}

TEST(Image, FrameWithTooFewPixelsOrCropOutside_IsRefused) {
  uint8_t pixels[12 * 10] = {};
  int8_t out[16] = {};
  const Frame good{pixels, 12, 10, PixelFormat::kGrey8};
  EXPECT_TRUE(ToModelInput(good, {0, 0, 12, 10}, 4, 4, 1, out));

  Frame rgb = good;
  rgb.format = PixelFormat::kRgb888;
  EXPECT_FALSE(ToModelInput(rgb, {0, 0, 12, 10}, 4, 4, 1, out));
  EXPECT_FALSE(ToModelInput(good, {1, 0, 12, 10}, 4, 4, 1, out));
  EXPECT_FALSE(ToModelInput(good, {0, 0, 0, 10}, 4, 4, 1, out));
  EXPECT_FALSE(ToModelInput(good, {0, 0, 12, 10}, 5, 4, 1, out));
  EXPECT_FALSE(ToModelInput(good, {0, 0, 12, 10}, 2, 2, 2, out));
  EXPECT_FALSE(ToModelInput(Frame{}, {0, 0, 1, 1}, 2, 2, 1, out));
}

TEST(Image, CentredSquare_StaysInsideAndHasAtLeastOnePixel) {
  const Rectangle wide = CentredSquare(160, 120, 1000);
  EXPECT_EQ(wide.left, 20);
  EXPECT_EQ(wide.top, 0);
  EXPECT_EQ(wide.width, 120);
  EXPECT_EQ(CentredSquare(160, 120, 1).width, 1);
  EXPECT_EQ(CentredSquare(160, 120, 60000).width, 120);
}

}  // namespace
}  // namespace emojicam
