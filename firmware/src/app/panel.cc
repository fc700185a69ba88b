#include "app/panel.h"

#include "app/tell.h"
#include "board/board.h"

namespace emojicam::app {
namespace {

// The light of a gesture that would type nothing is so many times weaker; armed, and nothing held, is a faint
// white.
constexpr uint8_t kDisarmedLight = 8;
constexpr uint8_t kArmedLight = 16;

// For how long keys that are down may take to go up before flash is written.
constexpr uint32_t kSettleMs = 200;

}  // namespace

Panel::Panel(const Product& product, TypingTask& typing, Computer& computer, link::Sender& sender)
    : product_(product),
      typing_(typing),
      computer_(computer),
      sender_(sender),
      settings_(product.settings),
      store_(board::SettingsFlash()) {}

void Panel::Start() {
  if (board::SettingsFlash() != nullptr) {
    unfit_ = LoadSettings(store_, &settings_) == Kept::kUnfit;
    damaged_ = store_.damaged();
  }
  Use(settings_);
  typing_.typist().Arm(settings_.armed_at_start);
  ShowLight();
}

void Panel::Poll() {
  if (button_.Pressed(board::ButtonDown(), board::Milliseconds())) Arm(!armed());
}

void Panel::Arm(bool armed) {
  typing_.typist().Arm(armed);
  ShowLight();
  link::Armed told;
  told.armed = armed ? 1 : 0;
  sender_.Send(told);
}

void Panel::Hold(uint8_t gesture) {
  held_ = gesture;
  ShowLight();
}

void Panel::Dim() { board::SetLed(0, 0, 0); }

// Off: nothing would be typed. Faint white: it would be. The held gesture's colour, strong or weak, the same.
void Panel::ShowLight() {
  const uint8_t* const led = product_.gestures[held_].led;
  const bool dark = led[0] == 0 && led[1] == 0 && led[2] == 0;
  const auto level = [this, led, dark](int channel) {
    if (!armed()) return static_cast<uint8_t>(led[channel] / kDisarmedLight);
    return dark ? kArmedLight : led[channel];
  };
  board::SetLed(level(0), level(1), level(2));
}

bool Panel::Set(const link::SettingsSet& message) {
  BoardSettings changed = settings_;
  if (!Apply(message, &changed)) return false;
  Keep(changed);
  return true;
}

void Panel::Use(const BoardSettings& settings) {
  settings_ = settings;
  typing_.typist().Configure(settings_.typist);
  Hold(0);
}

void Panel::Keep(const BoardSettings& settings) {
  Use(settings);
  WaitUntilNothingIsTyped();
  const bool no_flash = board::SettingsFlash() == nullptr;
  const Error error = no_flash ? Error::kNone : SaveSettings(store_, settings_);
  if (no_flash || error != Error::kNone) {
    TellError(sender_, link::ErrorCode::kSettingsNotKept, 0, NameOf(error));
  }
}

// An erase takes a second or more, in which nothing is sent: not with a key down.
void Panel::WaitUntilNothingIsTyped() {
  const uint32_t start = board::Milliseconds();
  while (!board::TimeComesFromHost() && !typing_.typist().idle() &&
         board::Milliseconds() - start < kSettleMs) {
    computer_.Poll();
    typing_.AdvanceTo(board::Milliseconds());
  }
}

void Panel::TellDamage() {
  if (damaged_ || unfit_) {
    TellError(sender_, link::ErrorCode::kSettingsDamaged, 0, unfit_ ? "kept by another firmware" : "");
  }
  damaged_ = unfit_ = false;
}

}  // namespace emojicam::app
