// How every board comes to know of a fault.
#include "board/cortexm/fault.h"

extern "C" uint32_t __stack_guard, __stack_limit;

namespace emojicam::board {
namespace {

// CFSR (B3.2.15; STKOF is Armv8-M's)
constexpr uint32_t kStackingFailed = 1u << 4 | 1u << 12 | 1u << 20;  // MSTKERR, STKERR, STKOF
constexpr uint32_t kMmfarValid = 1u << 7;

uint32_t Register(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

}  // namespace

FaultStatus ReadFaultStatus() {
  uint32_t exception = 0;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  FaultStatus fault = {};
  fault.exception = exception & 0x1FF;
  fault.cfsr = Register(0xE000ED28);
  fault.hfsr = Register(0xE000ED2C);
  fault.mmfar = Register(0xE000ED34);
  fault.bfar = Register(0xE000ED38);
  fault.has_frame = (fault.cfsr & kStackingFailed) == 0;
  // The frame did not fit any more, or the access that failed was into the guard below the stack.
  const bool in_guard = (fault.cfsr & kMmfarValid) != 0 &&
                        fault.mmfar >= reinterpret_cast<uint32_t>(&__stack_guard) &&
                        fault.mmfar < reinterpret_cast<uint32_t>(&__stack_limit);
  fault.stack_overflow = !fault.has_frame || in_guard;
  return fault;
}

[[gnu::naked]] void FaultEntry() {
  // EXC_RETURN bit 2: which stack holds the frame. The report runs on a stack of its own: the other may
  // be what overflowed.
  asm volatile(
      "tst   lr, #4                \n"
      "ite   eq                    \n"
      "mrseq r0, msp               \n"
      "mrsne r0, psp               \n"
      "ldr   r1, =__fault_stack_top\n"
      "mov   sp, r1                \n"
      "b     FaultReport           \n");
}

}  // namespace emojicam::board
