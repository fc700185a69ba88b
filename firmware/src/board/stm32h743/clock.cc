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
constexpr uint32_t kFromHse = 2;                 // RCC_PLLCKSELR.PLLSRC

bool SwitchTo(uint32_t source) {
  RCC_CFGR.Modify(RCC_CFGR_SW.mask(), RCC_CFGR_SW(source));
  return WaitFor([source] { return RCC_CFGR_SWS.Of(RCC_CFGR.Read()) == source; }, kSwitchUs);
}

// Back to how reset leaves it: a bootloader has left its PLLs running, OpenMV's all three. None can be set up
// while it does, nor the source that they share.
Error ToHsi() {
  constexpr uint32_t kPlls = RCC_CR_PLL1ON | RCC_CR_PLL2ON | RCC_CR_PLL3ON;
  constexpr uint32_t kPllsReady = RCC_CR_PLL1RDY | RCC_CR_PLL2RDY | RCC_CR_PLL3RDY;
  RCC_CR.Set(RCC_CR_HSION);
  if (!WaitFor([] { return RCC_CR.All(RCC_CR_HSIRDY); }, kOscillatorUs)) return Error::kOscillator;
  if (!SwitchTo(kFromHsi)) return Error::kClockSwitch;
  RCC_CR.Clear(kPlls | RCC_CR_CSION);
  return WaitFor([] { return !RCC_CR.Any(kPllsReady); }, kPllUs) ? Error::kNone : Error::kPll;
}

Error RaiseVoltage() {
  const auto ready = [] { return PWR_D3CR.All(PWR_D3CR_VOSRDY); };
  // LDO; the bypass off. The other bits keep what option and bootloader set.
  PWR_CR3.Modify(PWR_CR3_BYPASS, PWR_CR3_LDOEN);
  if (!WaitFor([] { return PWR_CSR1.All(PWR_CSR1_ACTVOSRDY); }, kSupplyUs)) return Error::kSupply;
  RCC_APB4ENR.Set(RCC_APB4ENR_SYSCFGEN);
  RCC_APB4ENR.Read();  // the clock is there two cycles after the write (8.5.11)
  if (speed->overdrive) SYSCFG_PWRCR.Clear(SYSCFG_PWRCR_ODEN);
  PWR_D3CR.Modify(PWR_D3CR_VOS.mask(), PWR_D3CR_VOS(3));  // VOS1
  if (!WaitFor(ready, kSupplyUs)) return Error::kSupply;
  if (!speed->overdrive) return Error::kNone;
  SYSCFG_PWRCR.Set(SYSCFG_PWRCR_ODEN);  // VOS0
  return WaitFor(ready, kSupplyUs) ? Error::kNone : Error::kSupply;
}

Error StartPll() {
  // A crystal is driven, a clock from outside only taken: that is told before HSE is on. (8.5.2) One that
  // runs already as it should is left alone.
  constexpr uint32_t kBypass = kHseIsCrystal ? 0 : RCC_CR_HSEBYP;
  if ((RCC_CR.Read() & (RCC_CR_HSEBYP | RCC_CR_HSERDY)) != (kBypass | RCC_CR_HSERDY)) {
    RCC_CR.Clear(RCC_CR_HSEON);
    if (!WaitFor([] { return !RCC_CR.Any(RCC_CR_HSERDY); }, kOscillatorUs)) return Error::kOscillator;
    RCC_CR.Modify(RCC_CR_HSEBYP, kBypass);
    RCC_CR.Set(RCC_CR_HSEON);
    if (!WaitFor([] { return RCC_CR.All(RCC_CR_HSERDY); }, kOscillatorUs)) return Error::kOscillator;
  }
  // HSE, and 4 MHz for PLL1 and PLL3.
  RCC_PLLCKSELR.Modify(
      RCC_PLLCKSELR_DIVM3.mask() | RCC_PLLCKSELR_DIVM1.mask() | RCC_PLLCKSELR_PLLSRC.mask(),
      RCC_PLLCKSELR_DIVM3(kHseDivider) | RCC_PLLCKSELR_DIVM1(kHseDivider) | RCC_PLLCKSELR_PLLSRC(kFromHse));
  // Of each: fractional part off, wide VCO range, 4 to 8 MHz in. Of the outputs PLL1's P and PLL3's Q.
  constexpr uint32_t kPll1 = RCC_PLLCFGR_PLL1FRACEN | RCC_PLLCFGR_PLL1VCOSEL | RCC_PLLCFGR_PLL1RGE.mask();
  constexpr uint32_t kPll3 = RCC_PLLCFGR_PLL3FRACEN | RCC_PLLCFGR_PLL3VCOSEL | RCC_PLLCFGR_PLL3RGE.mask();
  constexpr uint32_t kOutputs = 2 * RCC_PLLCFGR_DIVR3EN - RCC_PLLCFGR_DIVP1EN;  // these and all between
  RCC_PLLCFGR.Modify(kOutputs | kPll3 | kPll1, RCC_PLLCFGR_DIVQ3EN | RCC_PLLCFGR_DIVP1EN |
                                                   RCC_PLLCFGR_PLL3RGE(2) | RCC_PLLCFGR_PLL1RGE(2));
  const uint32_t n = speed->core_hz * kP / kReferenceHz;
  RCC_PLL1DIVR.Write(RCC_PLL1DIVR_R1(1) | RCC_PLL1DIVR_Q1(1) | RCC_PLL1DIVR_P1(kP - 1) |
                     RCC_PLL1DIVR_N1(n - 1));
  RCC_PLL3DIVR.Write(RCC_PLL3DIVR_R3(1) | RCC_PLL3DIVR_Q3(kUsbQ - 1) | RCC_PLL3DIVR_P3(1) |
                     RCC_PLL3DIVR_N3(kUsbN - 1));
  RCC_CR.Set(RCC_CR_PLL1ON);
  return WaitFor([] { return RCC_CR.All(RCC_CR_PLL1RDY); }, kPllUs) ? Error::kNone : Error::kPll;
}

}  // namespace

uint32_t CoreHz() { return speed->core_hz; }

Error StartClocks() {
  speed = LimitedTo400MHz() ? &kSlow : &kFast;
  if (const Error error = ToHsi(); error != Error::kNone) return error;
  if (const Error error = RaiseVoltage(); error != Error::kNone) return error;
  if (const Error error = StartPll(); error != Error::kNone) return error;
  const uint32_t latency = FLASH_ACR_WRHIGHFREQ(2) | FLASH_ACR_LATENCY(speed->wait_states);
  FLASH_ACR.Write(latency);
  if (!WaitFor([latency] { return FLASH_ACR.Read() == latency; }, kSwitchUs)) return Error::kFlashLatency;
  // Dividers before the switch: AHB by 2 and every APB by 2 again.
  RCC_D1CFGR.Write(RCC_D1CFGR_D1CPRE(0) | RCC_D1CFGR_D1PPRE(4) | RCC_D1CFGR_HPRE(8));
  RCC_D2CFGR.Write(RCC_D2CFGR_D2PPRE2(4) | RCC_D2CFGR_D2PPRE1(4));
  RCC_D3CFGR.Write(RCC_D3CFGR_D3PPRE(4));
  return SwitchTo(kFromPll1) ? Error::kNone : Error::kClockSwitch;
}

Error StartUsbClock() {
  PWR_CR3.Set(PWR_CR3_USB33DEN);
  if (!WaitFor([] { return PWR_CR3.All(PWR_CR3_USB33RDY); }, kSupplyUs)) return Error::kUsbSupply;
  RCC_CR.Set(RCC_CR_PLL3ON);
  if (!WaitFor([] { return RCC_CR.All(RCC_CR_PLL3RDY); }, kPllUs)) return Error::kUsbClock;
  RCC_D2CCIP2R.Modify(RCC_D2CCIP2R_USBSEL.mask(), RCC_D2CCIP2R_USBSEL(UsbClockFromCrystal()));
  RCC_CR.Clear(RCC_CR_HSI48ON);  // on which OpenMV's bootloader ran USB
  return Error::kNone;
}

}  // namespace emojicam::board
