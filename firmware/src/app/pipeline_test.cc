#include "app/pipeline.h"

#include "app/app_fixture.h"

namespace emojicam::app {
namespace {

using PipelineTest = AppTest;

TEST_F(PipelineTest, Frame_IsScoredDecidedAndDone) {
  app.Start();
  Forget();
  scorer.scores = {-128, 127, -128};
  Show(7);
  const auto scored = Sent<link::Scores>();
  ASSERT_EQ(scored.size(), 1u);
  EXPECT_EQ(scored[0].frame, 7u);
  EXPECT_EQ(scored[0].scores_count, 3);
  EXPECT_EQ(scored[0].scores[1], 127);
  ASSERT_EQ(Sent<link::Decision>().size(), 1u);
  EXPECT_NEAR(Sent<link::Decision>()[0].probabilities[1], 255.0f / 256, 1e-6f);
  ASSERT_EQ(Sent<link::FrameDone>().size(), 1u);
  EXPECT_EQ(Sent<link::FrameDone>()[0].status, 0);
}

TEST_F(PipelineTest, ModelOfOtherPixels_IsGivenThemAsItsTableSays) {
  std::array<int8_t, 256> table = {};
  for (int level = 0; level < 256; ++level)
    table[static_cast<std::size_t>(level)] = static_cast<int8_t>(level / 4);
  product.form.table = table.data();
  app.Start();
  Show(1, 0);
  for (const int8_t value : scorer.input()) EXPECT_EQ(value, 0);
  Show(2, 250);
  for (const int8_t value : scorer.input()) EXPECT_EQ(value, 62);
}

TEST_F(PipelineTest, PictureAndItsMirrorImage_AreSeenInTurn_WhateverBecomesOfPixels) {
  const auto show = [&](uint32_t time_ms) {
    std::vector<uint8_t> pixels(64);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(10 * (i % 8));
    app.OnCameraFrame(++shown, time_ms, {{pixels.data(), pixels.size()}, 8, 8, PixelFormat::kGrey8});
    return std::pair<int, int>(scorer.input()[0], scorer.input()[7]);
  };
  using Ends = std::pair<int, int>;
  app.Start();
  EXPECT_EQ(show(64), Ends(-128, -58));
  product.mirror_in_turn = true;
  EXPECT_EQ(show(127), Ends(-58, -128));
  EXPECT_EQ(show(128), Ends(-128, -58));
  std::array<int8_t, 256> table = {};
  for (int level = 0; level < 256; ++level)
    table[static_cast<std::size_t>(level)] = static_cast<int8_t>(level / 10);
  product.form.table = table.data();
  EXPECT_EQ(show(192), Ends(7, 0));
  EXPECT_EQ(show(256), Ends(0, 7));
}

TEST_F(PipelineTest, HeldGesture_IsTypedOnce_AndKeysEndUp) {
  app.Start();
  app.OnBytes({});
  link::Arm arm;
  arm.armed = 1;
  Say(arm);
  Forget();
  Hold(1, 30);
  ASSERT_EQ(Sent<link::Typing>().size(), 1u);
  const auto reports = Sent<link::KeyReport>();
  ASSERT_GT(reports.size(), 4u);
  for (const uint8_t byte : reports.back().report) EXPECT_EQ(byte, 0);
}

TEST_F(PipelineTest, NotArmed_TypesNothingAndSaysSo) {
  app.Start();
  Forget();
  Hold(1, 30);
  EXPECT_TRUE(Sent<link::Typing>().empty());
  EXPECT_TRUE(Sent<link::KeyReport>().empty());
  ASSERT_EQ(Sent<link::Error>().size(), 1u);
  EXPECT_EQ(Sent<link::Error>()[0].code, static_cast<uint8_t>(link::ErrorCode::kNotArmed));
}

TEST_F(PipelineTest, InferenceThatFails_IsToldWithTheFrame_AndTheNextOneGoesOn) {
  app.Start();
  Forget();
  scorer.fails = true;
  Show(1);
  ASSERT_EQ(Sent<link::FrameDone>().size(), 1u);
  EXPECT_EQ(Sent<link::FrameDone>()[0].status, static_cast<uint8_t>(link::ErrorCode::kInferenceFailed));
  EXPECT_TRUE(Sent<link::Scores>().empty());
  scorer.fails = false;
  Forget();
  Show(2);
  EXPECT_EQ(Sent<link::Scores>().size(), 1u);
}

TEST_F(PipelineTest, DamagedArena_StopsTheBoardBeforeAnotherInference) {
  app.Start();
  scorer.intact = false;
  try {
    Show(1);
    FAIL() << "went on";
  } catch (const board::Halted& halted) {
    EXPECT_EQ(halted.reason, "arena damaged");
  }
  EXPECT_EQ(scorer.calls, 0);
}

TEST_F(PipelineTest, NothingMoves_BoardRestsInTheDark_AndWakesWithTheFirstThatDiffers) {
  product.motion = {true, 6, 200};
  App gated(product, scorer, frame_buffer, image_buffer, computer, sender);
  gated.Start();
  const auto show = [&](uint8_t level) {
    const std::vector<uint8_t> pixels(64, level);
    gated.OnCameraFrame(++shown, now_ms += 40, {{pixels.data(), pixels.size()}, 8, 8, PixelFormat::kGrey8});
  };
  for (int i = 0; i < 10; ++i) show(100);
  EXPECT_TRUE(board_.resting);
  const int before = scorer.calls;
  show(100);
  EXPECT_EQ(scorer.calls, before);
  show(140);
  EXPECT_FALSE(board_.resting);
  EXPECT_EQ(scorer.calls, before + 1);
}

TEST_F(PipelineTest, CameraThatStaysBlack_IsAProblem_AndFramesOfTheLinkAreNot) {
  app.Start();
  for (int i = 0; i < 80; ++i) Show(++shown, 0);
  EXPECT_EQ(board_.problem, Error::kNone);
  const std::vector<uint8_t> black(64, 0);
  const std::vector<uint8_t> grey(64, 128);
  for (int i = 0; i < 80; ++i) app.OnCameraFrame(++shown, now_ms += 40, {{black.data(), 64}, 8, 8});
  EXPECT_EQ(board_.problem, Error::kImageDark);
  for (int i = 0; i < 80; ++i) app.OnCameraFrame(++shown, now_ms += 40, {{grey.data(), 64}, 8, 8});
  EXPECT_EQ(board_.problem, Error::kNone);
}

}  // namespace
}  // namespace emojicam::app
