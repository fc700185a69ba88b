// OmniVision OV7725. (Data sheet 1.31; its application note for the values that the data sheet leaves open)
#include "board/stm32h743/sensor.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

// SCCB has no repeated START. (OmniVision SCCB specification 3.2.1)
constexpr SensorBus kBus = {0x21, 1, Between::kStop};

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

// QVGA off 12 MHz x 4 would be twice the frames that anyone looks at: CLKRC divides by 2 (bits 5:0 = 0).
constexpr SensorSetting kSettings[] = {
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

Error Start(uint32_t, Orientation orientation) {
  if (const Error error = Write(kBus, {kCom7, 0x80}); error != Error::kNone) return error;
  SleepFor(2);
  if (const Error error = Write(kBus, kSettings); error != Error::kNone) return error;
  const bool flip = orientation.flip;
  const SensorSetting turned[] = {
      // Luma first: DCMI keeps the first byte of two.
      {kCom3, static_cast<uint16_t>((flip ? 0x80 : 0) | (orientation.mirror ? 0x40 : 0) | 0x10)},
      // A flipped frame starts one line earlier, at 5 instead of 6: the line's number without its lowest bit,
      // and that bit.
      {kVStart, static_cast<uint16_t>(flip ? 2 : 3)},
      {kHRef, static_cast<uint16_t>(flip ? 0x40 : 0x00)},
  };
  if (const Error error = Write(kBus, turned); error != Error::kNone) return error;
  // It acknowledges whatever it is told, so look whether it did it.
  uint16_t width = 0;
  if (const Error error = Read(kBus, kHOutSize, 1, &width); error != Error::kNone) return error;
  return width == kFrameWidth / 4 ? Error::kNone : Error::kSensorRefused;
}

}  // namespace

const Sensor kOv7725 = {"OV7725", kBus, {kPid, 0x77}, 12000000, {true, false, true}, Start};

}  // namespace emojicam::board
