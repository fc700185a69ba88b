// The settings that can be changed while the board runs, and outlive it: what emojicam.toml built in, until
// somebody has set others over the link.
#pragma once

#include "generated/link_messages.h"
#include "gesture/decision.h"
#include "keyboard/typist.h"
#include "storage/slot_store.h"

namespace emojicam::app {

struct BoardSettings {
  TypistSettings typist;
  DecisionSettings decision;
  bool armed_at_start = false;
};

// Takes over what a message says, if all of it is in range and for as many classes as `*settings` has; else
// leaves `*settings` as it is and returns false.
bool Apply(const link::SettingsSet& message, BoardSettings* settings);

// What is in force.
link::Settings Describe(const BoardSettings& settings);

// What was in flash.
enum class Kept : uint8_t {
  kNothing,
  kTaken,  // also what a firmware kept that smoothed by frames, as at 25 of them a second
  kUnfit,  // of a firmware with other gestures, or newer than this one
};

// Reads what was kept over `*settings`; leaves them as they are where that does not fit.
Kept LoadSettings(SlotStore& store, BoardSettings* settings);

// False if the flash fails; what was kept before is then still there.
Error SaveSettings(SlotStore& store, const BoardSettings& settings);

}  // namespace emojicam::app
