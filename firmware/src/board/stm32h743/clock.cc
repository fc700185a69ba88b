#include "board/stm32h743/clock.h"

#include "board/stm32h743/errata.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/wait.h"
#include "pins.h"

namespace emojicam::board {
namespace {

// Data sheet DS12110: regulator 1 ms, HSE start-up 2 ms, PLL lock 0.15 ms. Five times that, at least.
constexpr uint32_t kSupplyUs = 10000;
constexpr uint32_t kOscillatorUs = 100000;
constexpr uint32_t kPllUs = 10000;
constexpr uint32_t kSwitchUs = 1000;

constexpr uint32_t kReferenceHz = kHseHz / kHseDivider;
static_assert(kReferenceHz == 4000000);
constexpr uint32_t kP = 2;
// PLL3: 240 MHz by 5.
constexpr uint32_t kUsbN = 60, kUsbQ = 5;
static_assert(kReferenceHz * kUsbN / kUsbQ == 48000000);

// What a revision of the chip runs at. Wait states: 4.3.8, table 17, with AXI at half the core's clock.
struct Speed {
  uint32_t core_hz;
  bool overdrive;  // VOS0
  uint32_t wait_states;
};
constexpr Speed kFast = {480000000, true, 4};
constexpr Speed kSlow = {400000000, false, 2};
static_assert(kFast.core_hz == kCoreHz, "the fastest is what wait.h reckons with");

const Speed* speed = &kSlow;

constexpr uint32_t kFromHsi = 0, kFromPll1 = 3;  // RCC_CFGR.SW

bool SwitchTo(uint32_t source) {
  RCC_CFGR.Modify(7, source);
  return WaitFor([source] { return (RCC_CFGR.Read() >> 3 & 7) == source; }, kSwitchUs);
}

// Back to how reset leaves it: a bootloader has left its PLLs running, OpenMV's all three. None can be set up
// while it does, nor the source that they share.
Error ToHsi() {
  constexpr uint32_t kCsi = Bit(7), kPlls = Bit(24) | Bit(26) | Bit(28);
  RCC_CR.Set(Bit(0));
  if (!WaitFor([] { return RCC_CR.All(Bit(2)); }, kOscillatorUs)) return Error::kOscillator;
  if (!SwitchTo(kFromHsi)) return Error::kClockSwitch;
  RCC_CR.Clear(kPlls | kCsi);
  // Each has its ready bit beside it.
  return WaitFor([] { return !RCC_CR.Any(kPlls << 1); }, kPllUs) ? Error::kNone : Error::kPll;
}

Error RaiseVoltage() {
  const auto ready = [] { return PWR_D3CR.All(Bit(13)); };
  PWR_CR3.Modify(Bit(0), Bit(1));  // LDO; the bypass off. The other bits keep what option and bootloader set.
  if (!WaitFor([] { return PWR_CSR1.All(Bit(13)); }, kSupplyUs)) return Error::kSupply;
  RCC_APB4ENR.Set(Bit(1));
  RCC_APB4ENR.Read();  // the clock is there two cycles after the write (8.5.11)
  if (speed->overdrive) SYSCFG_PWRCR.Clear(Bit(0));
  PWR_D3CR.Modify(Field(3, 14), Field(3, 14));  // VOS1
  if (!WaitFor(ready, kSupplyUs)) return Error::kSupply;
  if (!speed->overdrive) return Error::kNone;
  SYSCFG_PWRCR.Set(Bit(0));  // overdrive: VOS0
  return WaitFor(ready, kSupplyUs) ? Error::kNone : Error::kSupply;
}

Error StartPll() {
  // A crystal is driven, a clock from outside only taken: that is told before HSE is on. (8.5.2) One that
  // runs already as it should is left alone.
  constexpr uint32_t kBypass = kHseIsCrystal ? 0 : Bit(18);
  if ((RCC_CR.Read() & (Bit(18) | Bit(17))) != (kBypass | Bit(17))) {
    RCC_CR.Clear(Bit(16));
    if (!WaitFor([] { return !RCC_CR.Any(Bit(17)); }, kOscillatorUs)) return Error::kOscillator;
    RCC_CR.Modify(Bit(18), kBypass);
    RCC_CR.Set(Bit(16));
    if (!WaitFor([] { return RCC_CR.All(Bit(17)); }, kOscillatorUs)) return Error::kOscillator;
  }
  // HSE, and 4 MHz for PLL1 and PLL3.
  RCC_PLLCKSELR.Modify(Field(0x3F, 20) | Field(0x3F, 4) | 3,
                       Field(kHseDivider, 20) | Field(kHseDivider, 4) | 2);
  // Of each: fractional part off, wide VCO range, 4 to 8 MHz in. Of the outputs PLL1's P and PLL3's Q.
  constexpr uint32_t kOfEach = Bit(0) | Bit(1) | Field(3, 2);
  RCC_PLLCFGR.Modify(Field(0x1FF, 16) | kOfEach << 8 | kOfEach,
                     Bit(23) | Bit(16) | Field(2, 2) << 8 | Field(2, 2));
  const uint32_t n = speed->core_hz * kP / kReferenceHz;
  RCC_PLL1DIVR.Write(Field(1, 24) | Field(1, 16) | Field(kP - 1, 9) | (n - 1));
  RCC_PLL3DIVR.Write(Field(1, 24) | Field(kUsbQ - 1, 16) | Field(1, 9) | (kUsbN - 1));
  RCC_CR.Set(Bit(24));
  return WaitFor([] { return RCC_CR.All(Bit(25)); }, kPllUs) ? Error::kNone : Error::kPll;
}

}  // namespace

uint32_t CoreHz() { return speed->core_hz; }

Error StartClocks() {
  speed = LimitedTo400MHz() ? &kSlow : &kFast;
  if (const Error error = ToHsi(); error != Error::kNone) return error;
  if (const Error error = RaiseVoltage(); error != Error::kNone) return error;
  if (const Error error = StartPll(); error != Error::kNone) return error;
  const uint32_t latency = Field(2, 4) | speed->wait_states;
  FLASH_ACR.Write(latency);
  if (!WaitFor([latency] { return FLASH_ACR.Read() == latency; }, kSwitchUs)) return Error::kFlashLatency;
  // Dividers before the switch: AHB by 2 and every APB by 2 again.
  RCC_D1CFGR.Write(Field(0, 8) | Field(4, 4) | 8);
  RCC_D2CFGR.Write(Field(4, 8) | Field(4, 4));
  RCC_D3CFGR.Write(Field(4, 4));
  return SwitchTo(kFromPll1) ? Error::kNone : Error::kClockSwitch;
}

Error StartUsbClock() {
  PWR_CR3.Set(Bit(24));
  if (!WaitFor([] { return PWR_CR3.All(Bit(26)); }, kSupplyUs)) return Error::kUsbSupply;
  RCC_CR.Set(Bit(28));
  if (!WaitFor([] { return RCC_CR.All(Bit(29)); }, kPllUs)) return Error::kUsbClock;
  RCC_D2CCIP2R.Modify(Field(3, 20), Field(UsbClockFromCrystal(), 20));
  RCC_CR.Clear(Bit(12));  // HSI48, on which OpenMV's bootloader ran USB
  return Error::kNone;
}

}  // namespace emojicam::board
