// From reset to main(), and the vector table. (DDI 0403E B1.5.5; RM0433 19.1.2)
#include <cstdint>

#include "board/cortexm/fault.h"
#include "board/cortexm/start.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/start.h"

extern "C" {
extern uint32_t __vectors;
extern uint32_t __itcm_start, __itcm_end, __itcm_load;

[[noreturn]] void ResetHandler();
void DcmiHandler();
void Dma2Stream1Handler();
void OtgFsHandler();
}

namespace emojicam::board {
namespace {

using Handler = void (*)();

constexpr uint32_t kSystemExceptions = 16;
// From vector 1 on: word 0, the stack pointer, is the linker script's.
struct VectorTable {
  Handler handlers[kSystemExceptions - 1 + kIrqLines];
};
constexpr uint32_t kIrq0 = kSystemExceptions - 1;

constexpr VectorTable MakeVectors() {
  VectorTable table = {};
  for (Handler& handler : table.handlers) handler = FaultEntry;  // whatever nobody expects
  table.handlers[0] = ResetHandler;
  table.handlers[14] = TickHandler;
  table.handlers[kIrq0 + kDma2Stream1Irq] = Dma2Stream1Handler;
  table.handlers[kIrq0 + kDcmiIrq] = DcmiHandler;
  table.handlers[kIrq0 + kOtgFsIrq] = OtgFsHandler;
  return table;
}

}  // namespace

[[gnu::section(".vectors"), gnu::used]] extern const VectorTable kVectors = MakeVectors();

extern "C" [[noreturn, gnu::used]] void StartFromReset() {
  // A bootloader has run: its interrupts and its tick are not ours.
  SYST_CSR.Write(0);
  SCB_ICSR.Write(SCB_ICSR_PENDSTCLR);
  for (uint32_t n = 0; n < (kIrqLines + 31) / 32; ++n) {
    NVIC_ICER0[4 * n].Write(0xFFFFFFFF);
    NVIC_ICPR0[4 * n].Write(0xFFFFFFFF);
  }
  SCB_VTOR.Write(reinterpret_cast<uint32_t>(&__vectors));
  SCB_CPACR.Set(SCB_CPACR_CP10(3) | SCB_CPACR_CP11(3));  // the FPU
  // Faults under their own names instead of as HardFault.
  SCB_SHCSR.Set(SCB_SHCSR_MEMFAULTENA | SCB_SHCSR_BUSFAULTENA | SCB_SHCSR_USGFAULTENA);
  asm volatile("dsb; isb" ::: "memory");
  CopyWords(&__itcm_start, &__itcm_end, &__itcm_load);
  LoadData();
  asm volatile("dsb; isb; cpsie i" ::: "memory");
  RunMain();
}

}  // namespace emojicam::board

// For a board without a camera.
extern "C" [[gnu::weak]] void DcmiHandler() { emojicam::board::FaultHalt("unexpected DCMI"); }
extern "C" [[gnu::weak]] void Dma2Stream1Handler() { emojicam::board::FaultHalt("unexpected DMA2"); }

extern "C" [[gnu::naked, noreturn]] void ResetHandler() {
  // The bootloader's stack may be anything.
  asm volatile(
      "cpsid i              \n"
      "movs r0, #0          \n"
      "msr  control, r0     \n"
      "isb                  \n"
      "ldr  r0, =__stack_top\n"
      "msr  msp, r0         \n"
      "b    StartFromReset  \n");
}
