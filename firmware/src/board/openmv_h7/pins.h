// Where things are on the OpenMV Cam H7. (openmv/openmv, boards/OPENMV4; MicroPython, boards/OPENMV4)
#pragma once

#include <cstdint>

#include "board/stm32h743/gpio.h"

namespace emojicam::board {

inline constexpr char kBoardName[] = "openmv_h7";

// A crystal. PLL1 gets kHseHz / kHseDivider, which is to be 4 MHz.
inline constexpr uint32_t kHseHz = 12000000;
inline constexpr bool kHseIsCrystal = true;
inline constexpr uint32_t kHseDivider = 3;

// The level at which they are on.
inline constexpr bool kLedOn = false;
inline constexpr Pin kRedLed = {Port::kC, 0};
inline constexpr Pin kGreenLed = {Port::kC, 1};
inline constexpr Pin kBlueLed = {Port::kC, 2};

// The camera has no button of its own: P9 of its header, which one pulls to ground.
inline constexpr Pin kArmButton = {Port::kD, 14};
inline constexpr bool kArmButtonDown = false;  // the level while it is pressed

// The sensor: I2C1 on AF4, its clock from TIM1 channel 1 on AF1.
inline constexpr Pin kSensorScl = {Port::kB, 8};
inline constexpr Pin kSensorSda = {Port::kB, 9};
inline constexpr uint8_t kI2cFunction = 4;
inline constexpr Pin kSensorClock = {Port::kA, 8};
inline constexpr uint8_t kTimerFunction = 1;
inline constexpr Pin kSensorReset = {Port::kA, 10};     // low resets
inline constexpr Pin kSensorPowerDown = {Port::kD, 7};  // high powers down
inline constexpr Pin kSensorFrameSync = {Port::kB, 4};  // low: free running

// DCMI on AF13: HSYNC, PIXCLK, VSYNC, D0 to D7.
inline constexpr uint8_t kDcmiFunction = 13;
inline constexpr Pin kDcmiPins[] = {
    {Port::kA, 4}, {Port::kA, 6}, {Port::kB, 7}, {Port::kC, 6}, {Port::kC, 7}, {Port::kE, 0},
    {Port::kE, 1}, {Port::kE, 4}, {Port::kB, 6}, {Port::kE, 5}, {Port::kE, 6},
};

// USB on AF10.
inline constexpr uint8_t kUsbFunction = 10;
inline constexpr Pin kUsbMinus = {Port::kA, 11};
inline constexpr Pin kUsbPlus = {Port::kA, 12};

}  // namespace emojicam::board
