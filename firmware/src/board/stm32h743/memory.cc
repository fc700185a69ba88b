// What code may touch, and what is cached. (DDI 0403E B3.5; DDI 0489 chapter 4; RM0433 2.3.2)
//
//   0x00000000  ITCM    first 1 KiB without access: null pointers fault
//   0x20000000  DTCM    1 KiB below the stack without access: it faults before it overwrites data
//   0x24000000  AXI SRAM, flash: cached, by the default map
//   0x081C0000  settings in flash: not cached, nothing speculated into them (errata.h)
//   0x30000000  SRAM1/2 256 KiB not cached: DMA2 writes frames there
//   0x60000000 to 0xDFFFFFFF  no access: the core would speculate into memory controllers that are off
#include "board/stm32h743/clock.h"
#include "board/stm32h743/errata.h"
#include "board/stm32h743/registers.h"

extern "C" {
extern uint32_t __stack_guard;
extern uint32_t __dma_start;
extern uint32_t __settings_start;
}

namespace emojicam::board {
namespace {

constexpr uint32_t kNoAccess = 0, kFullAccess = 3;
// TEX 1, C 0, B 0, S 1: normal memory, not cached.
constexpr uint32_t kUncached = MPU_RASR_TEX(1) | MPU_RASR_S;

// size_log2: 5 to 32. The base is a multiple of the size.
void Protect(uint32_t region, uint32_t base, uint32_t size_log2, uint32_t access, uint32_t attributes) {
  MPU_RNR.Write(region);
  MPU_RBAR.Write(base);
  MPU_RASR.Write(MPU_RASR_AP(access) | attributes | MPU_RASR_SIZE(size_log2 - 1) | MPU_RASR_ENABLE);
}

void Synchronise() { FinishCacheMaintenance(); }

// By set and way: CCSIDR has the numbers of the data cache. (B2.2.7; 16 KiB: 128 sets, 4 ways of 32 bytes)
void ForEachDataCacheLine(const Register& operation) {
  SCB_CSSELR.Write(0);
  Synchronise();
  const uint32_t geometry = SCB_CCSIDR.Read();
  const uint32_t sets = SCB_CCSIDR_NUMSETS.Of(geometry) + 1;
  const uint32_t ways = SCB_CCSIDR_ASSOCIATIVITY.Of(geometry) + 1;
  for (uint32_t set = 0; set < sets; ++set) {
    for (uint32_t way = 0; way < ways; ++way) operation.Write(DCISW_WAY(way) | DCISW_SET(set));
  }
  Synchronise();
}

}  // namespace

void StartMemory() {
  // A bootloader may have left the caches on.
  if (SCB_CCR.Any(SCB_CCR_DC)) {
    SCB_CCR.Clear(SCB_CCR_DC);
    ForEachDataCacheLine(DCCISW);
  }
  SCB_CCR.Clear(SCB_CCR_IC);
  Synchronise();
  MPU_CTRL.Write(0);
  for (uint32_t region = 0; region < 16; ++region) {
    MPU_RNR.Write(region);
    MPU_RASR.Write(0);
  }
  // 4 GiB without access, of which eighths 0 to 2 and 7 are left out.
  Protect(0, 0, 32, kNoAccess, MPU_RASR_XN | MPU_RASR_SRD(0x87));
  Protect(1, reinterpret_cast<uint32_t>(&__dma_start), 18, kFullAccess, MPU_RASR_XN | kUncached);
  Protect(2, reinterpret_cast<uint32_t>(&__stack_guard), 10, kNoAccess, MPU_RASR_XN);
  Protect(3, 0, 10, kNoAccess, MPU_RASR_XN);
  KeepCachesOffSettings(4, reinterpret_cast<uint32_t>(&__settings_start));
  MPU_CTRL.Write(MPU_CTRL_PRIVDEFENA | MPU_CTRL_ENABLE);
  Synchronise();

  ICIALLU.Write(0);
  ForEachDataCacheLine(DCISW);
  SCB_CCR.Set(SCB_CCR_IC | SCB_CCR_DC);
  Synchronise();
}

}  // namespace emojicam::board
