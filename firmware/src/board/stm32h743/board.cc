// Boards with an STM32H743: what board.h asks for.
#include "board/board.h"

#include "board/health.h"
#include "board/stm32h743/clock.h"
#include "board/stm32h743/errata.h"
#include "board/stm32h743/error.h"
#include "board/stm32h743/interrupts.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/start.h"
#include "board/stm32h743/wait.h"
#include "pins.h"

namespace emojicam::board {
namespace {

volatile uint32_t milliseconds = 0;
uint32_t CyclesPerMillisecond() { return CoreHz() / 1000; }

struct Led {
  Pin pin;
  uint8_t level;
};
Led leds[] = {{kRedLed, 0}, {kGreenLed, 0}, {kBlueLed, 0}};

// Brightness by pulse density: one step of 16 a millisecond, the whole pattern 62 times a second.
constexpr uint32_t kSteps = 16;

volatile uint8_t shown_errors[kParts] = {};
// Starts that a crystal gets.
constexpr uint32_t kOscillatorStarts = 3;

constexpr uint32_t kBlinkMs = 500, kBlinkOnMs = 200;

// The error's number of flashes, then as long a pause as three.
bool ErrorFlash(uint32_t tick, uint32_t code) {
  const uint32_t at = tick % ((code + 3) * kBlinkMs);
  return at / kBlinkMs < code && at % kBlinkMs < kBlinkOnMs;
}

void Light(Pin led, bool on) { Write(led, on == kLedOn); }

void RefreshLeds(uint32_t tick) {
  for (const uint8_t error : shown_errors) {
    if (error == 0) continue;
    for (const Led& led : leds) Light(led.pin, &led == leds && ErrorFlash(tick, error));
    return;
  }
  const uint32_t step = tick % kSteps;
  for (const Led& led : leds) Light(led.pin, step * 256 / kSteps < led.level);
}

}  // namespace

const char* Name() { return kBoardName; }

void Init() {
  ReadResetCause();
  StartCycleCounter();
  StartPorts();
  for (const Led& led : leds) MakeOutput(led.pin, !kLedOn);
  MakeInput(kArmButton, kArmButtonDown ? Pull::kDown : Pull::kUp);
  if (const Error error = StartClocks(); error != Error::kNone) {
    // On some chips HSE does not become ready once in a while; another start helps where waiting does not.
    if (error == Error::kOscillator && StartCount() < kOscillatorStarts) Reset();
    BlinkForEver(error);
  }
  ReadAxiSramOneByOne();
  StartMemory();
  StartTick();
  if (const Error error = StartUsbClock(); error != Error::kNone) BlinkForEver(error);
  StartUsbPort();
}

void StartTick() {
  milliseconds = 0;
  SYST_RVR.Write(CyclesPerMillisecond() - 1);
  SYST_CVR.Write(0);
  SCB_SHPR3.Modify(SCB_SHPR3_PRI_15.mask(), SCB_SHPR3_PRI_15(kTickPriority << 4));
  SYST_CSR.Write(SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE);
}

void TickHandler() {
  milliseconds = milliseconds + 1;
  RefreshLeds(milliseconds);
}

uint64_t Nanoseconds() {
  // Read again where the timer wrapped between the two reads; with the tick masked, count what is pending.
  uint32_t before = 0;
  uint32_t current = 0;
  uint32_t pending = 0;
  do {
    before = milliseconds;
    current = SYST_CVR.Read();
    pending = SCB_ICSR.Any(SCB_ICSR_PENDSTSET) ? 1 : 0;
    if (pending != 0) current = SYST_CVR.Read();
  } while (before != milliseconds);
  const uint32_t cycles = CyclesPerMillisecond() - 1 - current;
  return (uint64_t{before} + pending) * 1000000 + uint64_t{cycles} * 1000 / (CoreHz() / 1000000);
}

void SleepFor(uint32_t duration_ms) {
  const uint32_t start = Milliseconds();
  while (Milliseconds() - start <= duration_ms) Idle();
}

bool TimeComesFromHost() { return false; }

// This board's only line is USB's serial port, which is usb/'s.
std::size_t LinkRead(Span<uint8_t>) { return 0; }
std::size_t LinkWrite(Span<const uint8_t>) { return 0; }

Span<const uint8_t> UniqueId() {
  return {reinterpret_cast<const uint8_t*>(kUniqueIdAddress), kUniqueIdBytes};
}

void Idle() { asm volatile("dsb; wfi" ::: "memory"); }

bool ButtonDown() { return Read(kArmButton) == kArmButtonDown; }

void SetLed(uint8_t red, uint8_t green, uint8_t blue) {
  leds[0].level = red;
  leds[1].level = green;
  leds[2].level = blue;
}

void Reset() {
  constexpr uint32_t kKey = 0x05FA;
  asm volatile("dsb" ::: "memory");
  SCB_AIRCR.Write(SCB_AIRCR_VECTKEY(kKey) | SCB_AIRCR_SYSRESETREQ);
  asm volatile("dsb" ::: "memory");
  for (;;) asm volatile("nop");
}

void ShowError(Part part, Error error) {
  shown_errors[static_cast<uint8_t>(part)] = static_cast<uint8_t>(error);
}

void ShowProblem(Error problem) { ShowError(Part::kApp, problem); }

void BlinkForEver(Error error) {
  constexpr uint32_t kOnUs = 200000, kOffUs = 300000, kPauseUs = 1500000;
  for (;;) {
    for (uint8_t n = 0; n < static_cast<uint8_t>(error); ++n) {
      Light(kRedLed, true);
      DelayMicroseconds(kOnUs);
      Light(kRedLed, false);
      DelayMicroseconds(kOffUs);
      WatchdogFeed();
    }
    DelayMicroseconds(kPauseUs);
  }
}

}  // namespace emojicam::board
