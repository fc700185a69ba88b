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
  kPadSlew = 0x001E,       // 0 to 7 each for data, PIXCLK and the others
  kCommand = 0x0080,       // bit 1: set state; bit 15: it went well
  kSensorReset = 0x301A,   // bit 9: bad frames are masked
  kAeDamping = 0xA80A,
  kLowLightAlgorithm = 0xBC04,
  kYStart = 0xC800,  // Y and X start, Y and X end
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
  kReadMode = 0xC834,  // columns from the other end 0, rows 1, column binning 5:4, row binning 9:8
  kCropX = 0xC854,
  kCropY = 0xC856,
  kCropWidth = 0xC858,
  kCropHeight = 0xC85A,
  kOutputWidth = 0xC868,
  kOutputHeight = 0xC86A,
  kOutputFormat = 0xC86C,  // bytes swapped 1; format 9:8: 0 is YUV
  kAeMode = 0xC878,
  kAeDarkTarget = 0xC87B,
  kAeBlackClipping = 0xC87C,
  kAeMaxAnalogGain = 0xC886,
  kMaxFrameRate = 0xC88C,  // in 1/256 frames a second
  kMinFrameRate = 0xC88E,
  kAeTargetGain = 0xC890,
  kAwbWindowXStart = 0xC914,
  kAwbWindowYStart = 0xC916,
  kAwbWindowXEnd = 0xC918,
  kAwbWindowYEnd = 0xC91A,
  kAeWindowXStart = 0xC91C,
  kAeWindowYStart = 0xC91E,
  kAeWindowXEnd = 0xC920,
  kAeWindowYEnd = 0xC922,
  kPllMN = 0xC980,        // M 7:0, N - 1 13:8
  kPortControl = 0xC984,  // MIPI 0, the port's clock slowed down to what the scaled picture needs 3
  kNextState = 0xDC00,
  kAutoBinning = 0xE801,
};

constexpr uint16_t kSetState = 0x0002, kHostCommandOk = 0x8000;
constexpr uint8_t kEnterConfigChange = 0x28;
constexpr uint16_t kBinned = 0x0330;
constexpr uint16_t kMaskBadFrames = 0x0200;
// The module sits in the camera so that the picture is upright with both ends swapped.
constexpr uint16_t kUpright = 0x0003;

struct Setting {
  uint16_t address;
  uint16_t value;
  uint8_t bytes = 2;
};

// PLL: 24 MHz / 2 x 32 / 8 = 48 MHz. The whole array of 1280 x 960, binned by 2 to 640 x 480, scaled to QVGA.
constexpr uint32_t kClockHz = 24000000;
constexpr uint32_t kPixelClock = kClockHz / 2 * 32 / 8;
static_assert(kPixelClock == 48000000);
constexpr uint16_t kFrameLines = 528, kLinePixels = 1182;
// While the port's clock is slowed down.
static_assert(kLinePixels % 5 != 0);
constexpr uint32_t kFrameRate = kPixelClock * 256ull / (kFrameLines * kLinePixels);
constexpr Setting kSettings[] = {
    {kPllMN, 0x0120},
    // onsemi's values for the analogue part, and against bands of columns.
    {0x316A, 0x8270},
    {0x316C, 0x8270},
    {0x3ED0, 0x2305},
    {0x3ED2, 0x77CF},
    {0x316E, 0x8202},
    {0x3180, 0x87FF},
    {0x30D4, 0x6080},
    {0xA802, 0x0008},
    {0x3E14, 0xFF39},
    {kYStart, 0},
    {kXStart, 0},
    {kYEnd, 973},
    {kXEnd, 1293},
    {kPixelClockHigh, kPixelClock >> 16},
    {kPixelClockLow, kPixelClock & 0xFFFF},
    {kFineMin, 451},
    {kFineMax, 947},
    {kFrameLength, kFrameLines},
    {kLineLength, kLinePixels},
    {kFineCorrection, 224},
    {kLastRow, 483},
    {kCropX, 0},
    {kCropY, 0},
    {kCropWidth, 640},
    {kCropHeight, 480},
    {kOutputWidth, kFrameWidth},
    {kOutputHeight, kFrameHeight},
    {kOutputFormat, 0x0002},
    {kMaxFrameRate, static_cast<uint16_t>(kFrameRate + 1)},
    {kMinFrameRate, static_cast<uint16_t>(kFrameRate / 2)},
    {kAwbWindowXStart, 0},
    {kAwbWindowYStart, 0},
    {kAeWindowXStart, 0},
    {kAeWindowYStart, 0},
    {kAwbWindowXEnd, kFrameWidth - 1},
    {kAwbWindowYEnd, kFrameHeight - 1},
    {kAeWindowXEnd, kFrameWidth / 5 - 1},
    {kAeWindowYEnd, kFrameHeight / 5 - 1},
    {kAeMode, 0, 1},
    {kAeDarkTarget, 0x1B, 1},
    {kAeBlackClipping, 0x5A},
    {kAeMaxAnalogGain, 0x100},
    {kAeTargetGain, 0x80},
    {kAeDamping, 0x20, 1},
    {kAutoBinning, 0, 1},
    {kLowLightAlgorithm, 0},
    {kPortControl, 0x8008},
    {kPadSlew, 0x0777},
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

Error Set(const Setting& setting) {
  if (setting.bytes == 1) return SetByte(setting.address, static_cast<uint8_t>(setting.value));
  return Set(setting.address, setting.value);
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

// Until it has carried out a change of state: ours, or its own boot's.
Error AwaitState() {
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

// New settings take effect only so.
Error ChangeConfig() {
  if (const Error error = SetByte(kNextState, kEnterConfigChange); error != Error::kNone) return error;
  if (const Error error = Set(kCommand, kSetState | kHostCommandOk); error != Error::kNone) return error;
  return AwaitState();
}

Error SetReadMode(Orientation orientation) {
  const int turned = kUpright ^ ((orientation.mirror ? 1 : 0) | (orientation.flip ? 2 : 0));
  return Set(kReadMode, static_cast<uint16_t>(kBinned | turned));
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
  if (const Error error = AwaitState(); error != Error::kNone) return error;
  // onsemi's erratum 2: black frames.
  uint16_t control = 0;
  if (const Error error = Get(kSensorReset, &control); error != Error::kNone) return error;
  const auto masked = static_cast<uint16_t>(control | kMaskBadFrames);
  if (const Error error = Set(kSensorReset, masked); error != Error::kNone) return error;
  for (const Setting& setting : kSettings) {
    if (const Error error = Set(setting); error != Error::kNone) return error;
  }
  return Orient(orientation);
}

}  // namespace

const Sensor kMt9m114 = {"MT9M114", kClockHz, {false, false, false}, Probe, Start, Orient};

}  // namespace emojicam::board
