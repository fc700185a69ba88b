#include "board/stm32h743/errata.h"

#include "board/health.h"
#include "board/stm32h743/registers.h"

namespace emojicam::board {
namespace {

struct Erratum {
  uint32_t before;  // revisions before this one; 0: all
  const char* line;
};

// In the order of errata.h.
constexpr Erratum kErrata[] = {
    {kRevisionV, "erratum ES0392 2.2.21: 400 MHz instead of 480"},
    {kRevisionV, "erratum ES0392 2.2.10: AXI SRAM is read one by one"},
    {kRevisionX, "erratum ES0392 2.2.3: USB from the crystal, not from HSI48"},
    {0, "erratum ES0392 2.19.4: I2C bus errors are ignored"},
    {0, "erratum ES0392 2.1.1: settings are not cached"},
    {0, "erratum ES0392 2.1.5: a barrier after cache maintenance"},
};

bool Concerns(const Erratum& erratum) { return erratum.before == 0 || ChipRevision() < erratum.before; }

const char* NameOfRevision() {
  switch (ChipRevision()) {
    case kRevisionZ:
      return "chip: STM32H743 revision Z, 400 MHz";
    case kRevisionY:
      return "chip: STM32H743 revision Y or W, 400 MHz";
    case kRevisionX:
      return "chip: STM32H743 revision X, 400 MHz";
    case kRevisionV:
      return "chip: STM32H743 revision V, 480 MHz";
    default:
      return LimitedTo400MHz() ? "chip: STM32H743 of an unknown early revision, 400 MHz"
                               : "chip: STM32H743 of an unknown late revision, 480 MHz";
  }
}

}  // namespace

uint32_t ChipRevision() { return DBGMCU_IDCODE_REV_ID.Of(DBGMCU_IDC.Read()); }

bool LimitedTo400MHz() { return ChipRevision() < kRevisionV; }

void ReadAxiSramOneByOne() {
  if (ChipRevision() < kRevisionV) AXI_TARG7_FN_MOD.Set(AXI_TARG7_FN_MOD_READ_ISS_OVERRIDE);
}

uint32_t UsbClockFromCrystal() { return 2; }

void ForgetI2cBusError() { I2C1_ICR.Write(I2C_ICR_BERRCF); }

void KeepCachesOffSettings(uint32_t region, uint32_t base) {
  constexpr uint32_t kFullAccess = 3, kSizeLog2 = 18;
  // TEX 0, C 0, B 1, S 1: shareable device memory. (DDI 0403E table B3-13)
  constexpr uint32_t kDevice = MPU_RASR_B | MPU_RASR_S;
  MPU_RNR.Write(region);
  MPU_RBAR.Write(base);
  MPU_RASR.Write(MPU_RASR_AP(kFullAccess) | MPU_RASR_XN | kDevice | MPU_RASR_SIZE(kSizeLog2 - 1) |
                 MPU_RASR_ENABLE);
}

void FinishCacheMaintenance() { asm volatile("dsb; isb" ::: "memory"); }

const char* ChipLine(uint32_t index) {
  if (index == 0) return NameOfRevision();
  for (const Erratum& erratum : kErrata) {
    if (Concerns(erratum) && --index == 0) return erratum.line;
  }
  return "";
}

}  // namespace emojicam::board
