// A camera sensor: what each has to provide. A sensor is a file with its tables and what is peculiar to its
// start; sensor.cc does the rest, camera.cc asks for them in the order of kSensors. (docs/add-a-sensor.md)
#pragma once

#include <cstdint>

#include "base/span.h"
#include "board/stm32h743/error.h"
#include "board/stm32h743/i2c.h"

namespace emojicam::board {

// What a sensor is set to: QVGA, YUV 4:2:2 with luma first, exposure, gain and white balance automatic.
inline constexpr uint16_t kFrameWidth = 320;
inline constexpr uint16_t kFrameHeight = 240;

// What the user wants, of a picture that is upright without either.
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

// How its registers are reached.
struct SensorBus {
  uint8_t address;         // 7 bits
  uint8_t register_bytes;  // of a register's address, the high one first: 1 or 2
  Between between;         // what is between a register's address and its value that is read
};

// One register's value; the high byte first where it has two.
struct SensorSetting {
  uint16_t address;
  uint16_t value;
  uint8_t bytes = 1;
};

struct Sensor {
  const char* name;
  SensorBus bus;
  // What tells it from others.
  SensorSetting identity;
  // The master clock that its settings are for: it may get one that is up to a tenth slower.
  uint32_t clock_hz;
  SensorSignals signals;
  // From reset to streaming, on a clock of clock_hz.
  Error (*start)(uint32_t clock_hz, Orientation orientation);
};

Error Write(const SensorBus& bus, const SensorSetting& setting);
Error Write(const SensorBus& bus, Span<const SensorSetting> settings);
// bytes: 1 or 2.
Error Read(const SensorBus& bus, uint16_t address, uint8_t bytes, uint16_t* value);

// Whether it answers with its identity. kI2cNack if nobody does, kSensorAbsent if somebody else does.
Error Probe(const Sensor& sensor);

// What all run on until it is known which one is there.
inline constexpr uint32_t kProbeClockHz = 12000000;

extern const Sensor kOv7725;
extern const Sensor kMt9m114;
inline constexpr const Sensor* kSensors[] = {&kMt9m114, &kOv7725};

}  // namespace emojicam::board
