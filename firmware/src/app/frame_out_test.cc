#include "app/frame_out.h"

#include <gtest/gtest.h>

#include <vector>

namespace emojicam::app {
namespace {

std::vector<uint8_t> wire;
bool Collect(Span<const uint8_t> bytes) {
  wire.insert(wire.end(), bytes.begin(), bytes.end());
  return true;
}

class FrameOutTest : public testing::Test {
 protected:
  FrameOutTest() : out({buffer.data(), buffer.size()}), sender(Collect) {
    wire.clear();
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 7);
  }

  Frame Of(uint16_t width, uint16_t height, PixelFormat format = PixelFormat::kGrey8) {
    Frame frame;
    frame.pixels = {pixels.data(), width * height * BytesPerPixel(format)};
    frame.width = width;
    frame.height = height;
    frame.format = format;
    return frame;
  }

  // Sends all that there is, and puts it together as the other side would.
  std::vector<uint8_t> Received(link::ImageBegin* begin) {
    while (out.busy()) out.SendPart(sender);
    std::vector<uint8_t> image;
    link::PacketDecoder decoder;
    for (const uint8_t byte : wire) {
      if (!decoder.Feed(byte)) continue;
      link::Reader reader(decoder.payload());
      if (decoder.id() == link::ImageBegin::kId) {
        EXPECT_TRUE(begin->Read(reader));
        continue;
      }
      link::ImageData data;
      EXPECT_TRUE(decoder.id() == link::ImageData::kId && data.Read(reader));
      EXPECT_EQ(data.offset, image.size());
      image.insert(image.end(), data.pixels.begin(), data.pixels.end());
    }
    wire.clear();
    return image;
  }

  std::vector<uint8_t> buffer = std::vector<uint8_t>(2000);
  std::vector<uint8_t> pixels = std::vector<uint8_t>(8000);
  FrameOut out;
  link::Sender sender;
};

TEST_F(FrameOutTest, NobodyAsked_NothingIsSent) {
  EXPECT_EQ(out.Offer(1, 2, Of(40, 50)), link::ErrorCode::kNone);
  EXPECT_FALSE(out.busy());
  out.SendPart(sender);
  EXPECT_TRUE(wire.empty());
}

TEST_F(FrameOutTest, Asked_TheNextFrameArrivesOnce) {
  out.Ask();
  EXPECT_EQ(out.Offer(7, 280, Of(40, 50)), link::ErrorCode::kNone);
  link::ImageBegin begin;
  EXPECT_EQ(Received(&begin), std::vector<uint8_t>(pixels.begin(), pixels.begin() + 2000));
  EXPECT_EQ(begin.number, 7u);
  EXPECT_EQ(begin.time_ms, 280u);
  EXPECT_EQ(begin.width, 40u);
  EXPECT_EQ(begin.height, 50u);
  EXPECT_EQ(out.Offer(8, 320, Of(40, 50)), link::ErrorCode::kNone);
  EXPECT_FALSE(out.busy());
}

TEST_F(FrameOutTest, FramesInBetween_LeaveTheOneOnItsWayAlone) {
  out.Ask();
  out.Offer(1, 40, Of(40, 50));
  out.SendPart(sender);
  out.SendPart(sender);
  out.Ask();
  std::vector<uint8_t> other(2000, 9);
  Frame next = Of(40, 50);
  next.pixels = {other.data(), other.size()};
  out.Offer(2, 80, next);
  link::ImageBegin begin;
  EXPECT_EQ(Received(&begin), std::vector<uint8_t>(pixels.begin(), pixels.begin() + 2000));
  EXPECT_EQ(begin.number, 1u);
  out.Offer(3, 120, next);  // asked for meanwhile
  EXPECT_EQ(Received(&begin), other);
  EXPECT_EQ(begin.number, 3u);
}

TEST_F(FrameOutTest, Colour_IsSentAsItsLuma) {
  for (const PixelFormat format : {PixelFormat::kRgb888, PixelFormat::kYuv422}) {
    out.Ask();
    const Frame frame = Of(20, 30, format);
    out.Offer(1, 40, frame);
    link::ImageBegin begin;
    const std::vector<uint8_t> image = Received(&begin);
    ASSERT_EQ(image.size(), 600u);
    for (std::size_t i = 0; i < image.size(); ++i) {
      EXPECT_EQ(image[i], Luma(frame.pixels.data() + i * BytesPerPixel(format), format));
    }
  }
}

TEST_F(FrameOutTest, TooLargeOrCutOff_IsRefusedAndTheNextIsNotSentUnasked) {
  out.Ask();
  EXPECT_EQ(out.Offer(1, 40, Of(40, 51)), link::ErrorCode::kBadFrame);
  EXPECT_EQ(out.Offer(2, 80, Of(40, 50)), link::ErrorCode::kNone);
  EXPECT_FALSE(out.busy());
  out.Ask();
  Frame cut = Of(40, 50);
  cut.pixels = cut.pixels.first(1999);
  EXPECT_EQ(out.Offer(3, 120, cut), link::ErrorCode::kBadFrame);
  out.Ask();
  EXPECT_EQ(out.Offer(4, 160, Frame()), link::ErrorCode::kBadFrame);
}

}  // namespace
}  // namespace emojicam::app
