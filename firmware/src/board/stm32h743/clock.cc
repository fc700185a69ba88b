#include "board/stm32h743/clock.h"

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

constexpr uint32_t kM = kHseDivider, kN = 240, kP = 2, kQ = 20, kR = 2;
static_assert(kHseHz / kM == 4000000 && kHseHz / kM * kN / kP == kCoreHz);

constexpr uint32_t kFromHsi = 0, kFromPll1 = 3;  // RCC_CFGR.SW

bool SwitchTo(uint32_t source) {
  RCC_CFGR.Modify(7, source);
  return WaitFor([source] { return (RCC_CFGR.Read() >> 3 & 7) == source; }, kSwitchUs);
}

// Back to how reset leaves it: a bootloader may have left PLL1 running, and it can't be set up while it does.
Error ToHsi() {
  RCC_CR.Set(Bit(0));
  if (!WaitFor([] { return RCC_CR.All(Bit(2)); }, kOscillatorUs)) return Error::kOscillator;
  if (!SwitchTo(kFromHsi)) return Error::kClockSwitch;
  RCC_CR.Clear(Bit(24));
  if (!WaitFor([] { return !RCC_CR.Any(Bit(25)); }, kPllUs)) return Error::kPll;
  return Error::kNone;
}

Error RaiseVoltage() {
  const auto ready = [] { return PWR_D3CR.All(Bit(13)); };
  PWR_CR3.Modify(Bit(0), Bit(1));  // LDO; the bypass off. The other bits keep what option and bootloader set.
  if (!WaitFor([] { return PWR_CSR1.All(Bit(13)); }, kSupplyUs)) return Error::kSupply;
  RCC_APB4ENR.Set(Bit(1));
  RCC_APB4ENR.Read();  // the clock is there two cycles after the write (8.5.11)
  SYSCFG_PWRCR.Clear(Bit(0));
  PWR_D3CR.Modify(Field(3, 14), Field(3, 14));  // VOS1
  if (!WaitFor(ready, kSupplyUs)) return Error::kSupply;
  SYSCFG_PWRCR.Set(Bit(0));  // overdrive: VOS0
  return WaitFor(ready, kSupplyUs) ? Error::kNone : Error::kSupply;
}

Error StartPll() {
  // A crystal is driven, a clock from outside only taken: that is told before HSE is on. (8.5.2)
  RCC_CR.Clear(Bit(16));
  if (!WaitFor([] { return !RCC_CR.Any(Bit(17)); }, kOscillatorUs)) return Error::kOscillator;
  RCC_CR.Modify(Bit(18), kHseIsCrystal ? 0 : Bit(18));
  RCC_CR.Set(Bit(16));
  if (!WaitFor([] { return RCC_CR.All(Bit(17)); }, kOscillatorUs)) return Error::kOscillator;
  RCC_PLLCKSELR.Modify(Field(0x3F, 4) | 3, Field(kM, 4) | 2);  // 4 MHz
  // Fractional part off, wide VCO range, 4 to 8 MHz in, outputs P and Q on.
  RCC_PLLCFGR.Modify(Bit(0) | Bit(1) | Field(3, 2) | Bit(18), Field(2, 2) | Bit(16) | Bit(17));
  RCC_PLL1DIVR.Write(Field(kR - 1, 24) | Field(kQ - 1, 16) | Field(kP - 1, 9) | (kN - 1));
  RCC_CR.Set(Bit(24));
  return WaitFor([] { return RCC_CR.All(Bit(25)); }, kPllUs) ? Error::kNone : Error::kPll;
}

}  // namespace

Error StartClocks() {
  if (const Error error = ToHsi(); error != Error::kNone) return error;
  if (const Error error = RaiseVoltage(); error != Error::kNone) return error;
  if (const Error error = StartPll(); error != Error::kNone) return error;
  // 4 wait states and WRHIGHFREQ 2 for 240 MHz on AXI at VOS0. (4.3.8, table 17)
  constexpr uint32_t kLatency = Field(2, 4) | 4;
  FLASH_ACR.Write(kLatency);
  if (!WaitFor([] { return FLASH_ACR.Read() == kLatency; }, kSwitchUs)) return Error::kFlashLatency;
  // Dividers before the switch: AHB by 2 and every APB by 2 again.
  RCC_D1CFGR.Write(Field(0, 8) | Field(4, 4) | 8);
  RCC_D2CFGR.Write(Field(4, 8) | Field(4, 4));
  RCC_D3CFGR.Write(Field(4, 4));
  return SwitchTo(kFromPll1) ? Error::kNone : Error::kClockSwitch;
}

Error StartUsbClock() {
  PWR_CR3.Set(Bit(24));
  if (!WaitFor([] { return PWR_CR3.All(Bit(26)); }, kSupplyUs)) return Error::kUsbSupply;
  RCC_CR.Set(Bit(12));
  if (!WaitFor([] { return RCC_CR.All(Bit(13)); }, kOscillatorUs)) return Error::kUsbClock;
  RCC_D2CCIP2R.Modify(Field(3, 20), Field(3, 20));  // USB from HSI48
  RCC_APB1HENR.Set(Bit(1));
  RCC_APB1HENR.Read();
  // 48000 periods a frame, limit 34, synchronised to USB2's frames. (10.5.3)
  CRS_CFGR.Write(Field(2, 28) | Field(34, 16) | (48000 - 1));
  CRS_CR.Set(Bit(5) | Bit(6));
  return Error::kNone;
}

}  // namespace emojicam::board
