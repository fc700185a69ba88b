#include "app/frame_assembly.h"

#include <gtest/gtest.h>

#include <vector>

namespace emojicam::app {
namespace {

using link::ErrorCode;

link::FrameBegin Begin(uint32_t number, uint16_t width, uint16_t height, uint8_t format = 0) {
  link::FrameBegin message;
  message.frame = number;
  message.width = width;
  message.height = height;
  message.format = format;
  return message;
}

class Assembly : public ::testing::Test {
 protected:
  ErrorCode Add(uint32_t offset, std::size_t size) {
    link::FrameData message;
    message.offset = offset;
    message.pixels = Span<const uint8_t>(pixels_).first(size);
    return frames_.Add(message);
  }

  uint8_t pixels_[200] = {1, 2, 3};
  uint8_t buffer_[100];
  FrameAssembly frames_{buffer_};
};

TEST_F(Assembly, PartsInOrderMakeAFrame) {
  EXPECT_EQ(frames_.Begin(Begin(7, 10, 10)).status, ErrorCode::kNone);
  EXPECT_EQ(Add(0, 60), ErrorCode::kNone);
  EXPECT_FALSE(frames_.complete());
  EXPECT_EQ(Add(60, 40), ErrorCode::kNone);
  ASSERT_TRUE(frames_.complete());
  const Frame frame = frames_.Take();
  EXPECT_EQ(frame.pixels.size(), 100u);
  EXPECT_EQ(frame.pixels[1], 2);
  EXPECT_EQ(frames_.number(), 7u);
  EXPECT_FALSE(frames_.complete());
}

TEST_F(Assembly, NextFrameBeforeTheLastPart_IsReported) {
  frames_.Begin(Begin(1, 10, 10));
  Add(0, 60);
  EXPECT_TRUE(frames_.Begin(Begin(2, 10, 10)).previous_incomplete);
  EXPECT_EQ(Add(0, 100), ErrorCode::kNone);
  EXPECT_TRUE(frames_.complete());
}

TEST_F(Assembly, FrameThatWasTaken_IsNotIncomplete) {
  frames_.Begin(Begin(1, 10, 10));
  Add(0, 100);
  frames_.Take();
  EXPECT_FALSE(frames_.Begin(Begin(2, 10, 10)).previous_incomplete);
}

TEST_F(Assembly, LostPart_IsReportedOnceAndTheFrameGivenUp) {
  frames_.Begin(Begin(1, 10, 10));
  EXPECT_EQ(Add(0, 20), ErrorCode::kNone);
  EXPECT_EQ(Add(40, 20), ErrorCode::kUnexpectedData);
  EXPECT_EQ(Add(60, 40), ErrorCode::kNone);
  EXPECT_FALSE(frames_.complete());
}

TEST_F(Assembly, MoreBytesThanTheFrameHas_AreRefusedAndNotWritten) {
  buffer_[0] = 99;
  frames_.Begin(Begin(1, 5, 5));
  EXPECT_EQ(Add(0, 26), ErrorCode::kUnexpectedData);
  EXPECT_EQ(buffer_[0], 99);
}

TEST_F(Assembly, DataWithoutAFrame_IsUnexpected) { EXPECT_EQ(Add(0, 1), ErrorCode::kUnexpectedData); }

TEST_F(Assembly, FrameLargerThanTheBufferOrOfNoFormat_IsSkipped) {
  for (const auto& begin : {Begin(1, 11, 10), Begin(1, 0, 10), Begin(1, 10, 10, 3), Begin(1, 10, 10, 1),
                            Begin(1, 4097, 1), Begin(1, 65535, 65535, 1)}) {
    EXPECT_EQ(frames_.Begin(begin).status, ErrorCode::kBadFrame);
    EXPECT_EQ(Add(0, 100), ErrorCode::kNone);
    EXPECT_FALSE(frames_.complete());
  }
}

TEST_F(Assembly, DifferencesBuildOnTheFrameBefore) {
  frames_.Begin(Begin(1, 2, 2));
  Add(0, 4);  // 1 2 3 0
  frames_.Take();
  frames_.Begin(Begin(2, 2, 2));
  link::FrameDelta delta;
  delta.count = 4;
  delta.rice = 1;
  // Differences 0, -1, 1, -2 are 0, 1, 2, 3: codes 00, 01, 100, 101.
  const uint8_t bits[] = {0b00011001, 0b01000000};
  delta.bits = bits;
  EXPECT_EQ(frames_.Add(delta), ErrorCode::kNone);
  ASSERT_TRUE(frames_.complete());
  const Frame frame = frames_.Take();
  EXPECT_EQ(frame.pixels[0], 1);
  EXPECT_EQ(frame.pixels[1], 1);
  EXPECT_EQ(frame.pixels[2], 4);
  EXPECT_EQ(frame.pixels[3], 254);
}

TEST_F(Assembly, DifferencesWithoutAFrameOfTheSameSizeBefore_AreRefused) {
  link::FrameDelta delta;
  delta.count = 1;
  const uint8_t bits[] = {0};
  delta.bits = bits;
  frames_.Begin(Begin(1, 2, 2));
  EXPECT_EQ(frames_.Add(delta), ErrorCode::kUnexpectedData);
  frames_.Begin(Begin(2, 2, 2));
  Add(0, 4);
  frames_.Take();
  frames_.Begin(Begin(3, 2, 3));
  EXPECT_EQ(frames_.Add(delta), ErrorCode::kUnexpectedData);
}

TEST_F(Assembly, DifferencesThatEndEarlyOrAreNoCode_AreRefused) {
  for (const uint8_t rice : {uint8_t{0}, uint8_t{3}, uint8_t{7}, uint8_t{8}}) {
    for (const uint8_t byte : {uint8_t{0x00}, uint8_t{0xFF}, uint8_t{0xFE}}) {
      frames_.Begin(Begin(1, 10, 10));
      Add(0, 100);
      frames_.Take();
      frames_.Begin(Begin(2, 10, 10));
      link::FrameDelta delta;
      delta.count = 100;
      delta.rice = rice;
      const uint8_t bits[] = {byte, byte};
      delta.bits = bits;
      EXPECT_EQ(frames_.Add(delta), ErrorCode::kUnexpectedData);
      EXPECT_FALSE(frames_.complete());
    }
  }
}

}  // namespace
}  // namespace emojicam::app
