// onsemi MT9M114. (Developer guide and register reference; 16-bit addresses, values big-endian)
#include "board/stm32h743/i2c.h"
#include "board/stm32h743/sensor.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

constexpr uint8_t kAddress = 0x48;
constexpr uint16_t kChipIdValue = 0x2481;

enum Address : uint16_t {
  kChipId = 0x0000,
  kResetControl = 0x001A,  // bit 0: soft reset
  kCommand = 0x0080,       // bit 1: set state; bit 15: it went well
  kYStart = 0xC800,        // Y and X start, Y and X end
  kXStart = 0xC802,
  kYEnd = 0xC804,
  kXEnd = 0xC806,
  kPixelClockHigh = 0xC808,
  kPixelClockLow = 0xC80A,
  kFineMin = 0xC80E,  // fine integration time
  kFineMax = 0xC810,
  kFrameLength = 0xC812,
  kLineLength = 0xC814,
  kFineCorrection = 0xC816,
  kLastRow = 0xC818,
  kReadMode = 0xC834,  // mirror 0, flip 1, column binning 5:4, row binning 9:8
  kCropX = 0xC854,
  kCropY = 0xC856,
  kCropWidth = 0xC858,
  kCropHeight = 0xC85A,
  kOutputWidth = 0xC868,
  kOutputHeight = 0xC86A,
  kOutputFormat = 0xC86C,  // bytes swapped 1; format 9:8: 0 is YUV
  kAwbWindowXEnd = 0xC918,
  kAwbWindowYEnd = 0xC91A,
  kAeWindowXEnd = 0xC920,
  kAeWindowYEnd = 0xC922,
  kPllMN = 0xC980,
  kNextState = 0xDC00,
};

constexpr uint16_t kSetState = 0x0002, kHostCommandOk = 0x8000;
constexpr uint8_t kEnterConfigChange = 0x28;
constexpr uint16_t kBinned = 0x0330;

struct Setting {
  uint16_t address;
  uint16_t value;
};

// PLL: 12 MHz / 1 x 32 / 8 = 48 MHz. The whole array of 1280 x 960, binned by 2 to 640 x 480, scaled to QVGA.
constexpr uint32_t kPixelClock = kSensorClockHz * 32 / 8;
static_assert(kPixelClock == 48000000);
constexpr Setting kSettings[] = {
    {kPllMN, 0x0020},
    {kYStart, 0},
    {kXStart, 0},
    {kYEnd, 973},
    {kXEnd, 1293},
    {kPixelClockHigh, kPixelClock >> 16},
    {kPixelClockLow, kPixelClock & 0xFFFF},
    {kFineMin, 451},
    {kFineMax, 1026},
    {kFrameLength, 528},
    {kLineLength, 1183},
    {kFineCorrection, 224},
    {kLastRow, 483},
    {kCropX, 0},
    {kCropY, 0},
    {kCropWidth, 640},
    {kCropHeight, 480},
    {kOutputWidth, kFrameWidth},
    {kOutputHeight, kFrameHeight},
    {kOutputFormat, 0x0002},
    {kAwbWindowXEnd, kFrameWidth - 1},
    {kAwbWindowYEnd, kFrameHeight - 1},
    {kAeWindowXEnd, kFrameWidth / 5 - 1},
    {kAeWindowYEnd, kFrameHeight / 5 - 1},
};

Error Set(uint16_t address, uint16_t value) {
  const uint8_t bytes[] = {static_cast<uint8_t>(address >> 8), static_cast<uint8_t>(address),
                           static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
  return I2cWrite(kAddress, bytes);
}

Error SetByte(uint16_t address, uint8_t value) {
  const uint8_t bytes[] = {static_cast<uint8_t>(address >> 8), static_cast<uint8_t>(address), value};
  return I2cWrite(kAddress, bytes);
}

Error Get(uint16_t address, uint16_t* value) {
  const uint8_t bytes[] = {static_cast<uint8_t>(address >> 8), static_cast<uint8_t>(address)};
  uint8_t read[2] = {};
  const Error error = I2cWriteRead(kAddress, bytes, read);
  *value = static_cast<uint16_t>(read[0] << 8 | read[1]);
  return error;
}

Error Probe() {
  uint16_t id = 0;
  if (const Error error = Get(kChipId, &id); error != Error::kNone) return error;
  return id == kChipIdValue ? Error::kNone : Error::kSensorAbsent;
}

// New settings take effect only so.
Error ChangeConfig() {
  if (const Error error = SetByte(kNextState, kEnterConfigChange); error != Error::kNone) return error;
  if (const Error error = Set(kCommand, kSetState | kHostCommandOk); error != Error::kNone) return error;
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    SleepFor(1);
    uint16_t command = 0;
    if (const Error error = Get(kCommand, &command); error != Error::kNone) return error;
    if ((command & kSetState) == 0) {
      return (command & kHostCommandOk) != 0 ? Error::kNone : Error::kSensorRefused;
    }
  }
  return Error::kSensorRefused;
}

Error SetReadMode(Orientation orientation) {
  return Set(kReadMode,
             static_cast<uint16_t>(kBinned | (orientation.mirror ? 1 : 0) | (orientation.flip ? 2 : 0)));
}

Error Orient(Orientation orientation) {
  if (const Error error = SetReadMode(orientation); error != Error::kNone) return error;
  return ChangeConfig();
}

Error Start(Orientation orientation) {
  if (const Error error = Set(kResetControl, 1); error != Error::kNone) return error;
  SleepFor(1);
  if (const Error error = Set(kResetControl, 0); error != Error::kNone) return error;
  SleepFor(45);  // its own boot (developer guide, start-up)
  for (const Setting& setting : kSettings) {
    if (const Error error = Set(setting.address, setting.value); error != Error::kNone) return error;
  }
  return Orient(orientation);
}

}  // namespace

const Sensor kMt9m114 = {"MT9M114", {false, false, true}, Probe, Start, Orient};

}  // namespace emojicam::board
