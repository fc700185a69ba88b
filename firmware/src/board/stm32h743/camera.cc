// Sensor, DCMI and DMA2 stream 1. (RM0433 sections 15, 17, 33)
#include "board/camera.h"

#include "board/board.h"
#include "board/stm32h743/camera_counters.h"
#include "board/stm32h743/clock.h"
#include "board/stm32h743/error.h"
#include "board/stm32h743/i2c.h"
#include "board/stm32h743/interrupts.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/sensor.h"
#include "board/stm32h743/wait.h"
#include "pins.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kFrameBytes = uint32_t{kFrameWidth} * kFrameHeight;
constexpr uint32_t kFrameWords = kFrameBytes / 4;
static_assert(kFrameWords <= 0xFFFF, "DMA_SxNDTR has 16 bits");

// Every other byte, from the first on: luma without the chroma between. (33.5.1: BSM 01, OEBS 0)
constexpr uint32_t kLumaOnly = DCMI_CR_BSM(1);
constexpr uint32_t kSnapshot = DCMI_CR_CM;
constexpr uint32_t kDcmiFlags =
    DCMI_ICR_FRAME_ISC | DCMI_ICR_OVR_ISC | DCMI_ICR_ERR_ISC | DCMI_ICR_VSYNC_ISC | DCMI_ICR_LINE_ISC;
constexpr uint32_t kStreamFlags =
    DMA_LIFCR_CFEIF1 | DMA_LIFCR_CDMEIF1 | DMA_LIFCR_CTEIF1 | DMA_LIFCR_CHTIF1 | DMA_LIFCR_CTCIF1;
constexpr uint32_t kDcmiRequest = 75;  // DMAMUX1 (18.3.2, table 121)

constexpr uint32_t kFrameTimeoutMs = 500;
constexpr uint32_t kTellLossesMs = 1000;
constexpr uint32_t kRestMs = 200;  // between two frames at rest
static_assert(2 * kRestMs < kFrameTimeoutMs);
constexpr uint32_t kAbsentRetryMs = 2000;
constexpr uint32_t kStreamStopUs = 1000;

// DMA2 does not reach DTCM, and the data cache does not look at what it writes: SRAM1 and 2, not cached.
[[gnu::section(".dma")]] alignas(32) uint8_t buffers[3][kFrameBytes];

// Buffer indices. `filling` and `newest` belong to the interrupt once it is on.
struct Buffers {
  volatile uint8_t filling = 0;
  volatile uint8_t newest = 1;
  uint8_t taken = 2;
  volatile bool fresh = false;
};

Buffers roles;
CameraCounters counts;
CameraCounters told;  // of counts, over the link
uint32_t told_ms = 0;
const Sensor* sensor = nullptr;
Orientation orientation;
bool wanted = false;
volatile uint32_t newest_number = 0;
volatile uint32_t newest_ms = 0;
volatile uint32_t last_frame_ms = 0;
volatile bool resting = false;
volatile bool paused = false;  // nothing is captured, and no interrupt comes, until PauseIsOver()

Error StopCapture() {
  DCMI_IER.Write(0);
  DCMI_CR.Clear(DCMI_CR_CAPTURE | DCMI_CR_ENABLE);
  DMA2_S1CR.Clear(DMA_SxCR_EN);
  const bool stopped = WaitFor([] { return !DMA2_S1CR.Any(DMA_SxCR_EN); }, kStreamStopUs);
  DMA2_LIFCR.Write(kStreamFlags);
  DCMI_ICR.Write(kDcmiFlags);
  return stopped ? Error::kNone : Error::kDmaStuck;
}

// The stream of one frame: words from DCMI_DR to the buffer that is being filled.
void ArmStream() {
  DMA2_S1M0AR.Write(reinterpret_cast<uint32_t>(buffers[roles.filling]));
  DMA2_S1NDTR.Write(kFrameWords);
  // 32 bits on both sides, memory address incremented, very high priority, transfer error interrupt.
  DMA2_S1CR.Write(DMA_SxCR_PL(3) | DMA_SxCR_MSIZE(2) | DMA_SxCR_PSIZE(2) | DMA_SxCR_MINC | DMA_SxCR_TEIE);
  DMA2_S1CR.Set(DMA_SxCR_EN);
}

void StartCapture() {
  const SensorSignals& signals = sensor->signals;
  DMAMUX1_C9CR.Write(kDcmiRequest);
  DMA2_S1PAR.Write(DCMI_DR.address());
  DMA2_S1FCR.Write(DMA_SxFCR_DMDIS | DMA_SxFCR_FTH(3));  // through the stream's FIFO, full threshold
  ArmStream();
  DCMI_CR.Write((signals.pixclk_rising ? DCMI_CR_PCKPOL : 0) | (signals.hsync_high ? DCMI_CR_HSPOL : 0) |
                (signals.vsync_high ? DCMI_CR_VSPOL : 0) | kLumaOnly | kSnapshot);
  DCMI_CR.Set(DCMI_CR_ENABLE);
  DCMI_IER.Write(DCMI_IER_FRAME_IE | DCMI_IER_OVR_IE);
  DCMI_CR.Set(DCMI_CR_CAPTURE);
}

void Again() {
  // What the interrupt does is bounded: a stream that does not stop shows as kNoFrame.
  StopCapture();
  StartCapture();
}

// At rest the next frame waits.
void AfterFrame() {
  if (!resting) return Again();
  StopCapture();
  paused = true;
}

void PauseIsOver() {
  if (!paused || (resting && Milliseconds() - last_frame_ms < kRestMs)) return;
  paused = false;
  // The camera's patience begins anew: whoever asks may have been busy for longer than that, with an erase.
  last_frame_ms = Milliseconds();
  StartCapture();
}

void FrameIsIn() {
  const uint8_t full = roles.filling;
  if (roles.fresh) counts.dropped = counts.dropped + 1;
  roles.filling = roles.newest;
  roles.newest = full;
  roles.fresh = true;
  counts.captured = counts.captured + 1;
  newest_number = counts.captured;
  last_frame_ms = newest_ms = Milliseconds();
}

// The sensor's clock on PA8, with half duty: as asked for, or the next slower one that the timer has.
// Returns what it is.
uint32_t ClockSensor(uint32_t hertz) {
  const uint32_t period = (Timer1Hz() + hertz - 1) / hertz;
  RCC_APB2ENR.Set(RCC_APB2ENR_TIM1EN);
  RCC_APB2ENR.Read();
  TIM1_CR1.Write(0);
  TIM1_PSC.Write(0);
  TIM1_ARR.Write(period - 1);
  TIM1_CCR1.Write(period / 2);
  TIM1_CCMR1.Write(TIM_CCMR1_OC1M_2 | TIM_CCMR1_OC1M_1 | TIM_CCMR1_OC1PE);  // PWM mode 1, preloaded
  TIM1_CCER.Write(TIM_CCER_CC1E);
  TIM1_BDTR.Write(TIM_BDTR_MOE);
  TIM1_EGR.Write(TIM_EGR_UG);
  TIM1_CR1.Write(TIM_CR1_ARPE | TIM_CR1_CEN);
  MakeFunction(kSensorClock, kTimerFunction);
  return Timer1Hz() / period;
}

Error PowerUpSensor() {
  MakeOutput(kSensorFrameSync, false);
  MakeOutput(kSensorPowerDown, true);
  MakeOutput(kSensorReset, false);
  ClockSensor(kProbeClockHz);
  SleepFor(10);
  Write(kSensorPowerDown, false);
  SleepFor(10);
  Write(kSensorReset, true);
  SleepFor(50);
  return StartI2c();
}

Error FindSensor() {
  Error last = Error::kSensorAbsent;
  for (const Sensor* candidate : kSensors) {
    const Error error = Probe(*candidate);
    if (error == Error::kNone) {
      sensor = candidate;
      return error;
    }
    if (error != Error::kI2cNack) last = error;
  }
  return last;
}

Error Start() {
  RCC_AHB1ENR.Set(RCC_AHB1ENR_DMA2EN);
  RCC_AHB2ENR.Set(RCC_AHB2ENR_DCMIEN | RCC_AHB2ENR_SRAM1EN | RCC_AHB2ENR_SRAM2EN);
  RCC_AHB2ENR.Read();
  DisableInterrupt(kDcmiIrq);
  DisableInterrupt(kDma2Stream1Irq);
  RCC_AHB2RSTR.Set(RCC_AHB2RSTR_DCMIRST);
  RCC_AHB2RSTR.Clear(RCC_AHB2RSTR_DCMIRST);
  for (const Pin& pin : kDcmiPins) MakeFunction(pin, kDcmiFunction);
  if (const Error error = PowerUpSensor(); error != Error::kNone) return error;
  if (const Error error = FindSensor(); error != Error::kNone) return error;
  const uint32_t clock_hz = ClockSensor(sensor->clock_hz);
  if (const Error error = sensor->start(clock_hz, orientation); error != Error::kNone) return error;
  if (const Error error = StopCapture(); error != Error::kNone) return error;
  paused = false;
  StartCapture();
  last_frame_ms = Milliseconds();
  EnableInterrupt(kDcmiIrq, kCameraPriority);
  EnableInterrupt(kDma2Stream1Irq, kCameraPriority);
  return Error::kNone;
}

// Why frames have been lost since this was last asked; once a second at most, and one after the other.
Error NewLoss() {
  struct Loss {
    uint32_t CameraCounters::*counter;
    Error error;
  };
  static constexpr Loss kLosses[] = {{&CameraCounters::overruns, Error::kOverrun},
                                     {&CameraCounters::short_frames, Error::kShortFrame},
                                     {&CameraCounters::dma_errors, Error::kDmaError}};
  if (told_ms != 0 && Milliseconds() - told_ms < kTellLossesMs) return Error::kNone;
  for (const Loss& loss : kLosses) {
    if (counts.*loss.counter == told.*loss.counter) continue;
    told.*loss.counter = counts.*loss.counter;
    told_ms = Milliseconds();
    return loss.error;
  }
  return Error::kNone;
}

}  // namespace

Error CameraStart(bool mirror, bool flip) {
  orientation = {mirror, flip};
  wanted = true;
  sensor = nullptr;
  const Error error = Start();
  last_frame_ms = Milliseconds();
  ShowError(Part::kCamera, error);
  return error;
}

const char* CameraName() { return sensor == nullptr ? "" : sensor->name; }

void CameraRest(bool rest) {
  resting = rest;
  PauseIsOver();
}

CameraFrame CameraTake() {
  PauseIsOver();
  CameraFrame frame;
  const InterruptLock lock;
  if (!roles.fresh) return frame;
  roles.fresh = false;
  const uint8_t old = roles.taken;
  roles.taken = roles.newest;
  roles.newest = old;
  frame.pixels = {buffers[roles.taken], kFrameBytes};
  frame.width = kFrameWidth;
  frame.height = kFrameHeight;
  frame.number = newest_number;
  frame.time_ms = newest_ms;
  return frame;
}

Error CameraCheck() {
  const uint32_t patience = sensor == nullptr ? kAbsentRetryMs : kFrameTimeoutMs;
  if (!wanted || Milliseconds() - last_frame_ms < patience) return NewLoss();
  counts.restarts = counts.restarts + 1;
  sensor = nullptr;
  const Error error = Start();
  last_frame_ms = Milliseconds();
  ShowError(Part::kCamera, error);
  return error == Error::kNone ? Error::kNoFrame : error;
}

const CameraCounters& CameraCount() { return counts; }

}  // namespace emojicam::board

extern "C" {

void DcmiHandler() {
  using namespace emojicam::board;  // NOLINT(google-build-using-namespace)
  const uint32_t raised = DCMI_RIS.Read();
  DCMI_ICR.Write(raised);
  if ((raised & DCMI_RIS_OVR_RIS) != 0) {
    counts.overruns = counts.overruns + 1;
  } else if ((raised & DCMI_RIS_FRAME_RIS) != 0) {
    // The FIFO's last words may still be on their way: 16 bytes, some bus cycles.
    if (WaitFor([] { return DMA2_LISR.Any(DMA_LISR_TCIF1); }, 10)) {
      FrameIsIn();
      return AfterFrame();
    }
    counts.short_frames = counts.short_frames + 1;
  } else {
    return;
  }
  Again();
}

void Dma2Stream1Handler() {
  using namespace emojicam::board;  // NOLINT(google-build-using-namespace)
  if (!DMA2_LISR.Any(DMA_LISR_TEIF1)) return;
  counts.dma_errors = counts.dma_errors + 1;
  Again();
}

}  // extern "C"
