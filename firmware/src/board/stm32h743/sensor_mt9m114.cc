// onsemi MT9M114. (Developer guide and register reference; 16-bit addresses, values big-endian)
#include "board/stm32h743/sensor.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

constexpr SensorBus kBus = {0x48, 2, Between::kRepeatedStart};

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

// PLL: 24 MHz / 2 x 32 / 8 = 48 MHz. The whole array of 1280 x 960, binned by 2 to 640 x 480, scaled to QVGA.
constexpr uint32_t kClockHz = 24000000;
constexpr uint32_t PixelClock(uint32_t clock_hz) { return clock_hz / 2 * 32 / 8; }
static_assert(PixelClock(kClockHz) == 48000000);
constexpr uint16_t kFrameLines = 528, kLinePixels = 1182;
// While the port's clock is slowed down.
static_assert(kLinePixels % 5 != 0);
constexpr uint32_t kFrameRate = PixelClock(kClockHz) * 256ull / (kFrameLines * kLinePixels);
constexpr SensorSetting kSettings[] = {
    {kPllMN, 0x0120, 2},
    // onsemi's values for the analogue part, and against bands of columns.
    {0x316A, 0x8270, 2},
    {0x316C, 0x8270, 2},
    {0x3ED0, 0x2305, 2},
    {0x3ED2, 0x77CF, 2},
    {0x316E, 0x8202, 2},
    {0x3180, 0x87FF, 2},
    {0x30D4, 0x6080, 2},
    {0xA802, 0x0008, 2},
    {0x3E14, 0xFF39, 2},
    {kYStart, 0, 2},
    {kXStart, 0, 2},
    {kYEnd, 973, 2},
    {kXEnd, 1293, 2},
    {kFineMin, 451, 2},
    {kFineMax, 947, 2},
    {kFrameLength, kFrameLines, 2},
    {kLineLength, kLinePixels, 2},
    {kFineCorrection, 224, 2},
    {kLastRow, 483, 2},
    {kCropX, 0, 2},
    {kCropY, 0, 2},
    {kCropWidth, 640, 2},
    {kCropHeight, 480, 2},
    {kOutputWidth, kFrameWidth, 2},
    {kOutputHeight, kFrameHeight, 2},
    {kOutputFormat, 0x0002, 2},
    {kMaxFrameRate, static_cast<uint16_t>(kFrameRate + 1), 2},
    {kMinFrameRate, static_cast<uint16_t>(kFrameRate / 2), 2},
    {kAwbWindowXStart, 0, 2},
    {kAwbWindowYStart, 0, 2},
    {kAeWindowXStart, 0, 2},
    {kAeWindowYStart, 0, 2},
    {kAwbWindowXEnd, kFrameWidth - 1, 2},
    {kAwbWindowYEnd, kFrameHeight - 1, 2},
    {kAeWindowXEnd, kFrameWidth / 5 - 1, 2},
    {kAeWindowYEnd, kFrameHeight / 5 - 1, 2},
    {kAeMode, 0, 1},
    {kAeDarkTarget, 0x1B, 1},
    {kAeBlackClipping, 0x5A, 2},
    {kAeMaxAnalogGain, 0x100, 2},
    {kAeTargetGain, 0x80, 2},
    {kAeDamping, 0x20, 1},
    {kAutoBinning, 0, 1},
    {kLowLightAlgorithm, 0, 2},
    {kPortControl, 0x8008, 2},
    {kPadSlew, 0x0777, 2},
};

// Until it has carried out a change of state: ours, or its own boot's.
Error AwaitState() {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    SleepFor(1);
    uint16_t command = 0;
    if (const Error error = Read(kBus, kCommand, 2, &command); error != Error::kNone) return error;
    if ((command & kSetState) == 0) {
      return (command & kHostCommandOk) != 0 ? Error::kNone : Error::kSensorRefused;
    }
  }
  return Error::kSensorRefused;
}

// New settings take effect only so.
Error ChangeConfig() {
  constexpr SensorSetting kChange[] = {{kNextState, kEnterConfigChange, 1},
                                       {kCommand, kSetState | kHostCommandOk, 2}};
  if (const Error error = Write(kBus, kChange); error != Error::kNone) return error;
  return AwaitState();
}

Error Start(uint32_t clock_hz, Orientation orientation) {
  if (const Error error = Write(kBus, {kResetControl, 1, 2}); error != Error::kNone) return error;
  SleepFor(1);
  if (const Error error = Write(kBus, {kResetControl, 0, 2}); error != Error::kNone) return error;
  SleepFor(45);  // its own boot (developer guide, start-up)
  if (const Error error = AwaitState(); error != Error::kNone) return error;
  // onsemi's erratum 2: black frames.
  uint16_t control = 0;
  if (const Error error = Read(kBus, kSensorReset, 2, &control); error != Error::kNone) return error;
  const int turned = kUpright ^ ((orientation.mirror ? 1 : 0) | (orientation.flip ? 2 : 0));
  const uint32_t pixel_clock = PixelClock(clock_hz);
  const SensorSetting computed[] = {
      {kSensorReset, static_cast<uint16_t>(control | kMaskBadFrames), 2},
      {kPixelClockHigh, static_cast<uint16_t>(pixel_clock >> 16), 2},
      {kPixelClockLow, static_cast<uint16_t>(pixel_clock), 2},
      {kReadMode, static_cast<uint16_t>(kBinned | turned), 2},
  };
  if (const Error error = Write(kBus, kSettings); error != Error::kNone) return error;
  if (const Error error = Write(kBus, computed); error != Error::kNone) return error;
  return ChangeConfig();
}

}  // namespace

const Sensor kMt9m114 = {"MT9M114", kBus, {kChipId, 0x2481, 2}, kClockHz, {false, false, false}, Start};

}  // namespace emojicam::board
