// Where things are on the NUCLEO-H743ZI. (ST UM1974, 6.5 LEDs, 6.6 push-buttons, 6.7.1 OSC clock supply, 6.9 USB OTG FS)
#pragma once

#include <cstdint>

#include "board/stm32h743/gpio.h"

namespace emojicam::board {

inline constexpr char kBoardName[] = "nucleo_h743zi";

// The ST-LINK's 8 MHz on OSC_IN, no crystal. PLL1 gets kHseHz / kHseDivider, which is to be 4 MHz.
inline constexpr uint32_t kHseHz = 8000000;
inline constexpr bool kHseIsCrystal = false;
inline constexpr uint32_t kHseDivider = 2;

// LD3, LD1, LD2, and the level at which they are on. On the newer NUCLEO-H743ZI2 (MB1364, UM2407) LD2 is
// yellow, and on PE1.
inline constexpr bool kLedOn = true;
inline constexpr Pin kRedLed = {Port::kB, 14};
inline constexpr Pin kGreenLed = {Port::kB, 0};
inline constexpr Pin kBlueLed = {Port::kB, 7};

// B1, the user's button.
inline constexpr Pin kArmButton = {Port::kC, 13};
inline constexpr bool kArmButtonDown = true;  // the level while it is pressed

// USB on AF10: the connector CN13.
inline constexpr uint8_t kUsbFunction = 10;
inline constexpr Pin kUsbMinus = {Port::kA, 11};
inline constexpr Pin kUsbPlus = {Port::kA, 12};

}  // namespace emojicam::board
