#include "board/cortexm/fault.h"

#include <cstdint>

#include "board/exception_name.h"

extern "C" uint32_t __stack_guard, __stack_limit;

namespace emojicam::board {
namespace {

// What the core pushes on exception entry. (Armv7-M ARM B1.5.6)
struct ExceptionFrame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

uint32_t Register(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

void FaultWrite(const char* text) {
  for (; *text != '\0'; ++text) FaultWriteByte(static_cast<uint8_t>(*text));
}

void WriteHex(const char* name, uint32_t value) {
  char text[9];
  for (int digit = 0; digit < 8; ++digit) {
    text[digit] = "0123456789abcdef"[(value >> (28 - 4 * digit)) & 0xF];
  }
  text[8] = '\0';
  FaultWrite(name);
  FaultWrite(text);
}

// A zero byte on either side: it ends whatever link message was on its way, and the text itself.
void FaultBegin() {
  FaultWriteByte(0);
  FaultWrite("FAULT: ");
}

[[noreturn]] void FaultEnd() {
  FaultWriteByte(0);
  FaultStop();
}

}  // namespace

extern "C" [[noreturn, gnu::used]] void FaultReport(const ExceptionFrame* frame) {
  uint32_t exception = 0;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  const uint32_t cfsr = Register(0xE000ED28);  // UsageFault, BusFault and MemManage status
  // MMFSR.MSTKERR or UFSR.STKOF: the frame could not be pushed, so there is none to read.
  const bool not_pushed = (cfsr & ((1u << 4) | (1u << 20))) != 0;
  // MMFSR.MMARVALID, and the address lies in the guard below the stack.
  const uint32_t address = Register(0xE000ED34);
  const auto guard = reinterpret_cast<uint32_t>(&__stack_guard);
  const auto limit = reinterpret_cast<uint32_t>(&__stack_limit);
  const bool in_guard = (cfsr & (1u << 7)) != 0 && address >= guard && address < limit;
  const bool overflow = not_pushed || in_guard;
  FaultBegin();
  FaultWrite(overflow ? "stack overflow" : ExceptionName(exception & 0x1FF));
  if (!not_pushed) {
    WriteHex(" pc=", frame->pc);
    WriteHex(" lr=", frame->lr);
  }
  WriteHex(" cfsr=", cfsr);
  WriteHex(" hfsr=", Register(0xE000ED2C));
  WriteHex(" mmfar=", address);
  WriteHex(" bfar=", Register(0xE000ED38));
  FaultEnd();
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

void FaultHalt(const char* reason) {
  FaultBegin();
  FaultWrite(reason);
  FaultEnd();
}

}  // namespace emojicam::board
