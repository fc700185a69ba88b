// A boot keyboard's input report: Device Class Definition for HID 1.11, appendix B.1.
#pragma once

#include <cstdint>

namespace emojicam {

struct Report {
  uint8_t modifiers;
  uint8_t reserved;
  uint8_t keys[6];  // HID usages of page 0x07, 0 where none
};
static_assert(sizeof(Report) == 8, "goes onto the bus as it is");

// Nothing down.
inline constexpr Report kAllUp{};

constexpr bool IsAllUp(const Report& report) {
  uint8_t down = report.modifiers;
  for (const uint8_t key : report.keys) down = static_cast<uint8_t>(down | key);
  return down == 0;
}

// A report, and for how long the next one has to wait.
struct TimedReport {
  Report report;
  uint8_t hold_ms;
};

// How long reports stay, in ms. Keyboards in the field use 10 to 20.
struct Timing {
  uint8_t press_ms = 10;    // a key is down
  uint8_t release_ms = 10;  // a key went up, or the modifiers changed
  uint8_t gap_ms = 20;      // the last report of a character
};

}  // namespace emojicam
