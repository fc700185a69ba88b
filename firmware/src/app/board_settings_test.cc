#include "app/board_settings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/fake_flash.h"

namespace emojicam::app {
namespace {

BoardSettings BuiltIn() {
  BoardSettings settings;
  settings.decision.time_constant_ms = 300;
  settings.decision.classes = 3;
  settings.decision.threshold = {0.5f, 0.6f, 0.7f};
  return settings;
}

link::SettingsSet Good() {
  link::SettingsSet message;
  message.host = static_cast<uint8_t>(Host::kWindowsAlt);
  message.layout = static_cast<uint8_t>(Layout::kFr);
  message.armed_at_start = 1;
  message.press_ms = 11;
  message.release_ms = 12;
  message.gap_ms = 13;
  message.min_interval_ms = 1234;
  message.time_constant_ms = 250;
  message.margin = 0.125f;
  message.activation_count = message.threshold_count = 3;
  for (int i = 0; i < 3; ++i) message.threshold[i] = 0.75f;
  return message;
}

TEST(BoardSettings, GoodMessage_IsTakenOver) {
  BoardSettings settings = BuiltIn();
  ASSERT_TRUE(Apply(Good(), &settings));
  EXPECT_EQ(settings.typist.host, Host::kWindowsAlt);
  EXPECT_EQ(settings.typist.layout, Layout::kFr);
  EXPECT_EQ(settings.typist.timing.gap_ms, 13);
  EXPECT_EQ(settings.typist.min_interval_ms, 1234);
  EXPECT_TRUE(settings.armed_at_start);
  EXPECT_EQ(settings.decision.threshold[2], 0.75f);
}

TEST(BoardSettings, AnythingOutOfRange_IsRefusedAsAWhole) {
  const auto refused = [](auto change) {
    link::SettingsSet message = Good();
    change(message);
    BoardSettings settings = BuiltIn();
    const bool taken = Apply(message, &settings);
    EXPECT_EQ(settings.typist.min_interval_ms, TypistSettings().min_interval_ms);
    return !taken;
  };
  EXPECT_TRUE(refused([](auto& m) { m.host = kHostCount; }));
  EXPECT_TRUE(refused([](auto& m) { m.layout = kLayoutCount; }));
  EXPECT_TRUE(refused([](auto& m) { m.armed_at_start = 2; }));
  EXPECT_TRUE(refused([](auto& m) { m.press_ms = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.release_ms = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.gap_ms = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.time_constant_ms = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.time_constant_ms = kMaxTimeConstantMs + 1; }));
  EXPECT_TRUE(refused([](auto& m) { m.margin = -0.1f; }));
  EXPECT_TRUE(refused([](auto& m) { m.margin = NAN; }));
  EXPECT_TRUE(refused([](auto& m) { m.activation[1] = INFINITY; }));
  EXPECT_TRUE(refused([](auto& m) { m.threshold[2] = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.threshold_count = 2; }));
  EXPECT_TRUE(refused([](auto& m) { m.activation_count = 4; }));
}

TEST(BoardSettings, Described_IsWhatIsInForce) {
  BoardSettings settings = BuiltIn();
  ASSERT_TRUE(Apply(Good(), &settings));
  const link::Settings description = Describe(settings);
  EXPECT_EQ(description.min_interval_ms, 1234);
  EXPECT_EQ(description.threshold_count, 3);
  EXPECT_EQ(description.threshold[0], 0.75f);
}

TEST(BoardSettings, Kept_AreThereAfterARestart) {
  FakeFlash flash;
  SlotStore store(&flash);
  BoardSettings settings = BuiltIn();
  EXPECT_EQ(LoadSettings(store, &settings), Kept::kNothing);
  ASSERT_TRUE(Apply(Good(), &settings));
  ASSERT_EQ(SaveSettings(store, settings), Error::kNone);
  BoardSettings restarted = BuiltIn();
  ASSERT_EQ(LoadSettings(store, &restarted), Kept::kTaken);
  EXPECT_EQ(restarted.typist.layout, Layout::kFr);
  EXPECT_EQ(restarted.decision.time_constant_ms, 250);
}

TEST(BoardSettings, KeptByAFirmwareWithOtherGestures_AreNotTaken) {
  FakeFlash flash;
  SlotStore store(&flash);
  BoardSettings settings = BuiltIn();
  ASSERT_TRUE(Apply(Good(), &settings));
  ASSERT_EQ(SaveSettings(store, settings), Error::kNone);
  BoardSettings other = BuiltIn();
  other.decision.classes = 5;
  EXPECT_EQ(LoadSettings(store, &other), Kept::kUnfit);
  EXPECT_EQ(other.decision.time_constant_ms, 300);
}

TEST(BoardSettings, KeptInAnotherFormat_AreNotTaken) {
  FakeFlash flash;
  SlotStore store(&flash);
  const uint8_t future[] = {3, 1, 2, 3};
  ASSERT_EQ(store.Save(future), Error::kNone);
  BoardSettings settings = BuiltIn();
  EXPECT_EQ(LoadSettings(store, &settings), Kept::kUnfit);
}

// Host, layout, armed, press, release, gap, interval, weight, margin, three activations, three thresholds: as
// a firmware wrote them that smoothed by frames.
const uint8_t kInFrames[] = {
    1,                                                                       // format
    2,    4,    1,    11,   12,   13,   0xD2, 0x04,                          // 1234 ms
    0x29, 0x5C, 0x8F, 0x3D, 0x00, 0x00, 0x00, 0x3E,                          // 0.07, 0.125
    3,    0,    0,    0,    0,    0,    0,    0,    0x3F, 0, 0, 0,    0x3F,  // 0, 0.5, 0.5
    3,    0,    0,    0x40, 0x3F, 0,    0,    0x40, 0x3F, 0, 0, 0x40, 0x3F,  // 0.75
};

TEST(BoardSettings, KeptByAFirmwareThatSmoothedByFrames_AreTakenAsAt25FramesASecond) {
  FakeFlash flash;
  SlotStore store(&flash);
  ASSERT_EQ(store.Save(kInFrames), Error::kNone);
  BoardSettings settings = BuiltIn();
  ASSERT_EQ(LoadSettings(store, &settings), Kept::kTaken);
  EXPECT_EQ(settings.typist.timing.gap_ms, 13);
  EXPECT_EQ(settings.typist.min_interval_ms, 1234);
  EXPECT_NEAR(settings.decision.time_constant_ms, 551.2, 1);  // -40 / ln(1 - 0.07)
  EXPECT_EQ(settings.decision.margin, 0.125f);
  EXPECT_EQ(settings.decision.activation[2], 0.5f);
  EXPECT_EQ(settings.decision.threshold[2], 0.75f);
}

TEST(BoardSettings, KeptByAFirmwareThatSmoothedByFrames_AndCutOrOutOfRange_AreNotTaken) {
  for (std::size_t size = 1; size < sizeof(kInFrames); ++size) {
    FakeFlash flash;
    SlotStore store(&flash);
    ASSERT_EQ(store.Save({kInFrames, size}), Error::kNone);
    BoardSettings settings = BuiltIn();
    EXPECT_EQ(LoadSettings(store, &settings), Kept::kUnfit) << size;
  }
  for (const int top : {0x00, 0x40, 0xBD, 0x7F}) {  // next to nothing, above 1, negative, NaN
    FakeFlash flash;
    SlotStore store(&flash);
    uint8_t wrong[sizeof(kInFrames)];
    std::copy(std::begin(kInFrames), std::end(kInFrames), wrong);
    wrong[12] = static_cast<uint8_t>(top);
    ASSERT_EQ(store.Save(wrong), Error::kNone);
    BoardSettings settings = BuiltIn();
    const Kept kept = LoadSettings(store, &settings);
    EXPECT_EQ(kept, top == 0 ? Kept::kTaken : Kept::kUnfit) << top;
  }
}

TEST(BoardSettings, LargestThereAre_FitTheStore) {
  FakeFlash flash;
  SlotStore store(&flash);
  BoardSettings settings = BuiltIn();
  settings.decision.classes = kMaxGestures;
  settings.decision.threshold.fill(1);
  EXPECT_EQ(SaveSettings(store, settings), Error::kNone);
  EXPECT_EQ(LoadSettings(store, &settings), Kept::kTaken);
}

}  // namespace
}  // namespace emojicam::app
