#include "app/board_settings.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/fake_flash.h"

namespace emojicam::app {
namespace {

BoardSettings BuiltIn() {
  BoardSettings settings;
  settings.decision.smoothing = 0.5f;
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
  message.smoothing = 0.25f;
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
  EXPECT_TRUE(refused([](auto& m) { m.smoothing = 0; }));
  EXPECT_TRUE(refused([](auto& m) { m.smoothing = 1.01f; }));
  EXPECT_TRUE(refused([](auto& m) { m.smoothing = NAN; }));
  EXPECT_TRUE(refused([](auto& m) { m.margin = -0.1f; }));
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
  EXPECT_FALSE(LoadSettings(store, &settings));
  ASSERT_TRUE(Apply(Good(), &settings));
  ASSERT_TRUE(SaveSettings(store, settings));
  BoardSettings restarted = BuiltIn();
  ASSERT_TRUE(LoadSettings(store, &restarted));
  EXPECT_EQ(restarted.typist.layout, Layout::kFr);
  EXPECT_EQ(restarted.decision.smoothing, 0.25f);
}

TEST(BoardSettings, KeptByAFirmwareWithOtherGestures_AreNotTaken) {
  FakeFlash flash;
  SlotStore store(&flash);
  BoardSettings settings = BuiltIn();
  ASSERT_TRUE(Apply(Good(), &settings));
  ASSERT_TRUE(SaveSettings(store, settings));
  BoardSettings other = BuiltIn();
  other.decision.classes = 5;
  EXPECT_FALSE(LoadSettings(store, &other));
  EXPECT_EQ(other.decision.smoothing, 0.5f);
}

TEST(BoardSettings, KeptInAnotherFormat_AreNotTaken) {
  FakeFlash flash;
  SlotStore store(&flash);
  const uint8_t future[] = {2, 1, 2, 3};
  ASSERT_TRUE(store.Save(future));
  BoardSettings settings = BuiltIn();
  EXPECT_FALSE(LoadSettings(store, &settings));
}

TEST(BoardSettings, LargestThereAre_FitTheStore) {
  FakeFlash flash;
  SlotStore store(&flash);
  BoardSettings settings = BuiltIn();
  settings.decision.classes = kMaxGestures;
  settings.decision.threshold.fill(1);
  EXPECT_TRUE(SaveSettings(store, settings));
  EXPECT_TRUE(LoadSettings(store, &settings));
}

}  // namespace
}  // namespace emojicam::app
