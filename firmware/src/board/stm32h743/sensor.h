// A camera sensor: what the two that the board is sold with have in common.
#pragma once

#include <cstdint>

#include "board/stm32h743/error.h"

namespace emojicam::board {

// What the sensor is set to: QVGA, YUV 4:2:2 with luma first, exposure, gain and white balance automatic.
inline constexpr uint16_t kFrameWidth = 320;
inline constexpr uint16_t kFrameHeight = 240;

struct Orientation {
  bool mirror = false;  // left and right
  bool flip = false;    // top and bottom
};

// Levels and edges of its signals, for DCMI_CR.
struct SensorSignals {
  bool vsync_high;     // VSYNC is high while there are no lines
  bool hsync_high;     // HSYNC is high while there is no data
  bool pixclk_rising;  // data is stable at PIXCLK's rising edge
};

struct Sensor {
  const char* name;
  // The master clock that its settings are for.
  uint32_t clock_hz;
  SensorSignals signals;
  // Whether it answers with its ID. kI2cNack if nobody does.
  Error (*probe)();
  // From reset to streaming, with its clock running.
  Error (*start)(Orientation orientation);
  // Changes it while it streams.
  Error (*orient)(Orientation orientation);
};

// What both run on until it is known which one is there.
inline constexpr uint32_t kProbeClockHz = 12000000;

extern const Sensor kOv7725;
extern const Sensor kMt9m114;

}  // namespace emojicam::board
