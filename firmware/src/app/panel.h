// What a person sees and sets on the board: the light, the button that arms, and the settings that are kept.
#pragma once

#include <cstdint>

#include "app/board_settings.h"
#include "app/button.h"
#include "app/computer.h"
#include "app/product.h"
#include "app/typing_task.h"
#include "generated/link_messages.h"
#include "link/sender.h"
#include "storage/slot_store.h"

namespace emojicam::app {

class Panel {
 public:
  // All are the caller's and outlive this.
  Panel(const Product& product, TypingTask& typing, Computer& computer, link::Sender& sender);

  // Takes the settings that were kept, and arms the keyboard if they say so.
  void Start();

  // Looks at the button. Call it often.
  void Poll();

  // Lets gestures type, or stops it, and says so.
  void Arm(bool armed);
  bool armed() const { return typing_.typist().armed(); }

  // The gesture that is held, for the light.
  void Hold(uint8_t gesture);
  // No light while the board rests.
  void Dim();

  const BoardSettings& settings() const { return settings_; }
  link::Settings Described() const { return Describe(settings_); }

  // Other settings, in force at once and kept in flash. False, with nothing changed, if they are out of
  // range.
  bool Set(const link::SettingsSet& message);
  // Those of the build.
  void Reset() { Keep(product_.settings); }

  // At start there was nobody to hear that what was kept could not be used: tells it, once.
  void TellDamage();

 private:
  void Use(const BoardSettings& settings);
  void Keep(const BoardSettings& settings);
  void WaitUntilNothingIsTyped();
  void ShowLight();

  const Product& product_;
  TypingTask& typing_;
  Computer& computer_;
  link::Sender& sender_;
  Button button_;
  BoardSettings settings_;
  SlotStore store_;
  uint8_t held_ = 0;
  bool damaged_ = false;  // and nobody has been told yet
  bool unfit_ = false;    // the same
};

}  // namespace emojicam::app
