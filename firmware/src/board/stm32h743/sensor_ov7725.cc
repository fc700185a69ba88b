// OmniVision OV7725. (Data sheet 1.31; its application note for the values that the data sheet leaves open)
#include "board/stm32h743/i2c.h"
#include "board/stm32h743/sensor.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

constexpr uint8_t kAddress = 0x21;
constexpr uint8_t kProductId = 0x77;

enum Address : uint8_t {
  kPid = 0x0A,
  kCom3 = 0x0C,   // vertical flip 7, mirror 6; 4: Y before UV
  kCom4 = 0x0D,   // PLL 7:6: 1 is x4
  kClkRc = 0x11,  // bit 6: no prescaler
  kCom7 = 0x12,   // reset 7, QVGA 6, format 1:0: 0 is YUV
  kCom8 = 0x13,   // automatic exposure 0, white balance 1, gain 2, banding filter 5, fast 7:6
  kHStart = 0x17,
  kHSize = 0x18,
  kVStart = 0x19,
  kVSize = 0x1A,
  kHOutSize = 0x29,  // width / 4
  kExhch = 0x2A,     // their lowest bits
  kVOutSize = 0x2C,  // height / 2
  kHRef = 0x32,      // bit 6: VSTART's lowest bit
  kDspCtrl2 = 0x65,  // scaling down 3:2, windows 1:0
  kDspAuto = 0xAC,
};

struct Setting {
  uint8_t address;
  uint8_t value;
};

// QVGA at 120 frames/s off 12 MHz x 4 would be twice what anyone looks at: CLKRC divides by 2 (bits 5:0 = 0).
constexpr Setting kSettings[] = {
    {kCom7, 0x40},
    {kClkRc, 0x80},
    {kCom4, 0x41},
    {kHStart, 0x3F},
    {kHSize, 0x50},
    {kVSize, 0x78},
    {kHOutSize, kFrameWidth / 4},
    {kVOutSize, kFrameHeight / 2},
    {kExhch, 0},
    {kDspCtrl2, 0x2F},
    {kDspAuto, 0xFF},
    {kCom8, 0xFF},
};

Error Set(uint8_t address, uint8_t value) {
  const uint8_t bytes[] = {address, value};
  return I2cWrite(kAddress, bytes);
}

// SCCB has no repeated START. (OmniVision SCCB specification 3.2.1)
Error Get(uint8_t address, uint8_t* value) {
  const uint8_t bytes[] = {address};
  return I2cWriteRead(kAddress, bytes, {value, 1}, Between::kStop);
}

Error Probe() {
  uint8_t id = 0;
  if (const Error error = Get(kPid, &id); error != Error::kNone) return error;
  return id == kProductId ? Error::kNone : Error::kSensorAbsent;
}

Error Orient(Orientation orientation) {
  // Luma first: DCMI keeps the first byte of two.
  const auto format =
      static_cast<uint8_t>((orientation.flip ? 0x80 : 0) | (orientation.mirror ? 0x40 : 0) | 0x10);
  if (const Error error = Set(kCom3, format); error != Error::kNone) return error;
  // A flipped frame starts one line earlier, at 5 instead of 6: the line's number without its lowest bit, and
  // that bit.
  if (const Error error = Set(kVStart, orientation.flip ? 2 : 3); error != Error::kNone) return error;
  return Set(kHRef, orientation.flip ? 0x40 : 0x00);
}

Error Start(Orientation orientation) {
  if (const Error error = Set(kCom7, 0x80); error != Error::kNone) return error;
  SleepFor(2);
  for (const Setting& setting : kSettings) {
    if (const Error error = Set(setting.address, setting.value); error != Error::kNone) return error;
  }
  if (const Error error = Orient(orientation); error != Error::kNone) return error;
  // It acknowledges whatever it is told, so look whether it did it.
  uint8_t width = 0;
  if (const Error error = Get(kHOutSize, &width); error != Error::kNone) return error;
  return width == kFrameWidth / 4 ? Error::kNone : Error::kSensorRefused;
}

}  // namespace

const Sensor kOv7725 = {"OV7725", 12000000, {true, false, true}, Probe, Start, Orient};

}  // namespace emojicam::board
