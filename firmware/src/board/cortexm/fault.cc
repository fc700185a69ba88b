#include "board/cortexm/fault.h"

#include <cstdint>

#include "board/exception_name.h"

namespace emojicam::board {
namespace {

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
  const FaultStatus fault = ReadFaultStatus();
  FaultBegin();
  FaultWrite(fault.stack_overflow ? "stack overflow" : ExceptionName(fault.exception));
  if (fault.has_frame) {
    WriteHex(" pc=", frame->pc);
    WriteHex(" lr=", frame->lr);
  }
  WriteHex(" cfsr=", fault.cfsr);
  WriteHex(" hfsr=", fault.hfsr);
  WriteHex(" mmfar=", fault.mmfar);
  WriteHex(" bfar=", fault.bfar);
  FaultEnd();
}

void FaultHalt(const char* reason) {
  FaultBegin();
  FaultWrite(reason);
  FaultEnd();
}

}  // namespace emojicam::board
