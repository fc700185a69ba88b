// From reset to main() on a Cortex-M: FPU, .data, .bss, constructors, vector table.
// (Armv7-M ARM B1.5.5 and Armv8-M ARM B3.30; CPACR is B3.2.20 in the former)
#include <cstdint>

#include "board/cortexm/fault.h"
#include "board/cortexm/semihosting.h"
#include "board/cortexm/start.h"
#include "board/cortexm/system_timer.h"

extern "C" {
extern uint32_t __stack_top, __stack_limit, __stack_guard;

[[noreturn]] void ResetHandler();
}

namespace {

// Runs before .data is there, so everything that it uses is a constant.
void EnableFpu() {
  auto* const cpacr = reinterpret_cast<volatile uint32_t*>(0xE000ED88u);
  *cpacr = *cpacr | (0xFu << 20);  // CP10 and CP11: FPU, and MVE on the Cortex-M55
  asm volatile("dsb; isb" ::: "memory");
}

// A stack that grows too far faults instead of overwriting data.
void GuardStack() {
#if __ARM_ARCH >= 8
  // Armv8-M: the stack pointer limit register. (Armv8-M ARM B3.8)
  asm volatile("msr msplim, %0" ::"r"(&__stack_limit));
#else
  // Armv7-M: a 256-byte MPU region without access; the default map stays for all else. (B3.5)
  auto* const mpu = reinterpret_cast<volatile uint32_t*>(0xE000ED90u);  // TYPE, CTRL, RNR, RBAR, RASR
  mpu[2] = 0;
  mpu[3] = reinterpret_cast<uint32_t>(&__stack_guard);
  mpu[4] = (1u << 28) | (7u << 1) | 1u;  // XN, no access, 2^(7+1) bytes, enable
  mpu[1] = 0b101;                        // PRIVDEFENA, ENABLE
#endif
  // MemManage, BusFault and UsageFault under their own names instead of as HardFault. (SHCSR)
  auto* const shcsr = reinterpret_cast<volatile uint32_t*>(0xE000ED24u);
  *shcsr = *shcsr | (0b111u << 16);
  asm volatile("dsb; isb" ::: "memory");
}

}  // namespace

extern "C" [[gnu::naked, noreturn]] void ResetHandler() {
  // An emulator that starts an ELF at its entry point need not have loaded the stack pointer.
  asm volatile(
      "ldr r0, =__stack_top \n"
      "mov sp, r0           \n"
      "b   StartFromReset   \n");
}

extern "C" [[noreturn, gnu::used]] void StartFromReset() {
  EnableFpu();
  GuardStack();
  emojicam::board::LoadData();
  emojicam::board::RunMain();
}

// The 16 system exceptions: no device interrupt of the emulated boards is ever taken.
using Handler = void (*)();
[[gnu::section(".vectors"), gnu::used]] extern const Handler kVectors[16] = {
    reinterpret_cast<Handler>(&__stack_top),
    ResetHandler,
    emojicam::board::FaultEntry,  // NMI
    emojicam::board::HardFaultEntry,
    emojicam::board::FaultEntry,  // MemManage
    emojicam::board::FaultEntry,  // BusFault
    emojicam::board::FaultEntry,  // UsageFault
    emojicam::board::FaultEntry,  // SecureFault (Armv8-M)
    nullptr,
    nullptr,
    nullptr,
    emojicam::board::FaultEntry,  // SVCall
    emojicam::board::FaultEntry,  // DebugMonitor
    nullptr,
    emojicam::board::FaultEntry,  // PendSV
    emojicam::board::SystemTimerHandler,
};
