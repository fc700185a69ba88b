#include "app/panel.h"

#include <algorithm>

#include "app/app_fixture.h"
#include "generated/usb_descriptors.h"
#include "usb/tunnel/test_host.h"

namespace emojicam::app {
namespace {

class PanelTest : public AppTest {
 protected:
  std::array<int, 3> Light() const {
    const uint8_t* const led = board_.led;
    return {led[0], led[1], led[2]};
  }

  void Arm(bool armed) {
    link::Arm message;
    message.armed = armed ? 1 : 0;
    Say(message);
  }

  // What is in force, as a message that sets it again.
  link::SettingsSet InForce() {
    Forget();
    Say(link::SettingsRequest{});
    const link::Settings now = Sent<link::Settings>().at(0);
    std::array<uint8_t, link::kMaxPayload> bytes;
    link::Writer writer(bytes);
    EXPECT_TRUE(now.Write(writer));
    link::Reader reader(Span<const uint8_t>(bytes).first(writer.size()));
    link::SettingsSet again;
    EXPECT_TRUE(again.Read(reader));
    return again;
  }
};

using Rgb = std::array<int, 3>;

TEST_F(PanelTest, Light_IsDarkDisarmed_FaintWhiteArmed_AndTheGesturesColourWhenHeld) {
  app.Start();
  EXPECT_EQ(Light(), (Rgb{0, 0, 0}));
  Arm(true);
  EXPECT_EQ(Light(), (Rgb{16, 16, 16}));
  Hold(1, 10);
  EXPECT_EQ(Light(), (Rgb{0, 240, 0}));
  Arm(false);
  EXPECT_EQ(Light(), (Rgb{0, 30, 0}));
  Hold(0, 20);
  EXPECT_EQ(Light(), (Rgb{0, 0, 0}));
}

TEST_F(PanelTest, Button_ArmsAndDisarms_AndBouncesDoNot) {
  app.Start();
  board_.time_comes_from_host = false;
  board_.step_ms = 1;
  const auto press = [this](int polls) {
    board_.button_down = true;
    for (int i = 0; i < polls; ++i) app.Poll();
    board_.button_down = false;
    for (int i = 0; i < 50; ++i) app.Poll();
  };
  for (int i = 0; i < 50; ++i) app.Poll();
  Forget();
  press(5);
  EXPECT_TRUE(Sent<link::Armed>().empty());
  press(50);
  ASSERT_EQ(Sent<link::Armed>().size(), 1u);
  EXPECT_EQ(Sent<link::Armed>()[0].armed, 1);
  press(50);
  EXPECT_EQ(Sent<link::Armed>().back().armed, 0);
}

TEST_F(PanelTest, SettingsThatAreSet_AreInForceAtOnce_AndAfterARestart) {
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  Say(changed);
  EXPECT_EQ(InForce().min_interval_ms, 777);
  App restarted(product, scorer, frame_buffer, image_buffer, computer, sender);
  restarted.Start();
  EXPECT_EQ(InForce().min_interval_ms, 777);
}

TEST_F(PanelTest, SettingsReset_ThoseOfTheBuild) {
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  Say(changed);
  Say(link::SettingsReset{});
  EXPECT_EQ(InForce().min_interval_ms, product.settings.typist.min_interval_ms);
}

TEST_F(PanelTest, FlashThatFails_IsTold_AndTheSettingsAreInForceAllTheSame) {
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  board_.flash.steps_left = 0;
  Forget();
  Say(changed);
  ASSERT_EQ(Sent<link::Error>().size(), 1u);
  EXPECT_EQ(Sent<link::Error>()[0].code, static_cast<uint8_t>(link::ErrorCode::kSettingsNotKept));
  EXPECT_EQ(InForce().min_interval_ms, 777);
}

TEST_F(PanelTest, BoardWithoutFlash_TakesSettings_AndSaysThatTheyAreNotKept) {
  board_.has_flash = false;
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  Forget();
  Say(changed);
  ASSERT_EQ(Sent<link::Error>().size(), 1u);
  EXPECT_EQ(Sent<link::Error>()[0].code, static_cast<uint8_t>(link::ErrorCode::kSettingsNotKept));
}

// A computer on USB that reads reports whenever the firmware looks at the clock, and a board with a clock of
// its own.
TEST_F(PanelTest, FlashIsNotErasedWithKeysDown) {
  board_.time_comes_from_host = false;
  ASSERT_TRUE(computer.Start());
  usb::TestHost host([this] { computer.Poll(); });
  ASSERT_TRUE(host.Enumerate());
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  Arm(true);

  bool down = false;
  bool reading = false;
  board_.step_ms = 1;
  board_.on_look = [&] {
    if (reading) return;
    reading = true;
    const usb::HostAnswer answer = host.In(usb::kEndpointKeyboardIn);
    if (answer.kind == usb::Answer::kData) {
      down = std::any_of(answer.data.begin(), answer.data.end(), [](uint8_t byte) { return byte != 0; });
    }
    reading = false;
  };
  const auto go_on = [this] {
    computer.Poll();
    app.AdvanceTo(board::Milliseconds());
  };
  go_on();  // that the computer has come is an interruption, which drops what is being typed
  Hold(1, 2);
  ASSERT_EQ(Sent<link::Typing>().size(), 1u);
  for (int i = 0; i < 100 && !down; ++i) go_on();
  ASSERT_TRUE(down);
  board_.flash.on_erase = [&] { EXPECT_FALSE(down); };
  Say(changed);
  EXPECT_GT(board_.flash.erases, 0);
  EXPECT_FALSE(down);
}

TEST_F(PanelTest, DamagedRecord_IsToldOnce_ToWhoeverSpeaksFirst) {
  app.Start();
  link::SettingsSet changed = InForce();
  changed.min_interval_ms = 777;
  Say(changed);
  board_.flash.bytes[0][FlashDevice::kWord] ^= 1;
  App restarted(product, scorer, frame_buffer, image_buffer, computer, sender);
  restarted.Start();
  Forget();
  std::array<uint8_t, 64> wire;
  for (int i = 0; i < 2; ++i) {
    std::vector<uint8_t> body = {link::HelloRequest::kId};
    const uint32_t crc = link::Crc32({body.data(), 1});
    for (int n = 0; n < 4; ++n) body.push_back(static_cast<uint8_t>(crc >> (8 * n)));
    const std::size_t size = link::EncodeCobs({body.data(), body.size()}, wire);
    restarted.OnBytes({wire.data(), size});
  }
  ASSERT_EQ(Sent<link::Error>().size(), 1u);
  EXPECT_EQ(Sent<link::Error>()[0].code, static_cast<uint8_t>(link::ErrorCode::kSettingsDamaged));
}

}  // namespace
}  // namespace emojicam::app
