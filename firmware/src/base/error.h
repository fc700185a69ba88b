// What can go wrong in this firmware: each with a name for the link, and a code for the LED where it is
// shown.
#pragma once

#include <cstdint>

namespace emojicam {

enum class Error : uint8_t {
  kNone = 0,
  kSupply = 1,          // PWR: the regulator or voltage scaling does not become ready
  kOscillator = 2,      // HSE does not start
  kPll = 3,             // PLL1 does not lock
  kClockSwitch = 4,     // SWS does not follow SW
  kFlashLatency = 5,    // FLASH_ACR does not take the wait states
  kUsbSupply = 6,       // PWR_CR3.USB33RDY stays away
  kUsbClock = 7,        // HSI48 does not start
  kWatchdog = 8,        // IWDG registers stay busy
  kI2cBusy = 9,         // a slave holds SDA or SCL, nine clock pulses did not help
  kI2cNack = 10,        // nobody acknowledges
  kI2cTimeout = 11,     // a byte takes longer than a stretched clock may
  kI2cBus = 12,         // arbitration lost
  kSensorAbsent = 13,   // neither sensor answers with its ID
  kSensorRefused = 14,  // it answers, but does not take its settings
  kDmaStuck = 15,       // the stream does not stop
  kNoFrame = 16,        // the camera has stopped sending
  kFlashBusy = 17,      // an operation on flash takes too long
  kFlashFailed = 18,    // flash reports an error, or holds something else than was written
  kOutOfRange = 19,     // not within the settings' sector
  kImageDark = 20,      // what the camera sees has been black for a while
  kImageBlown = 21,     // what the camera sees has been white for a while
  kModelRefused = 22,   // the interpreter does not take the model
  kUsbStack = 23,       // TinyUSB does not start
  kOverrun = 24,        // frames lost as DMA2 was too slow: passing, told over the link only
  kShortFrame = 25,     // frames lost as lines were missing: the same
  kDmaError = 26,       // frames lost as DMA2 met a bus error: the same
  kArenaTooSmall = 27,  // the model loads with a larger arena only
  kWrongShape = 28,     // the model's input or output is not what the firmware was built for
};

// One word, as it is sent over the link; "" for kNone. A board has it: only those with a camera, a watchdog
// or flash have errors to name.
const char* NameOf(Error error);

}  // namespace emojicam
