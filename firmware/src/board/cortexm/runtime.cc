// What the C and C++ libraries expect of a system: nothing here allocates, exits or waits for input.
#include <cstddef>

#include "board/cortexm/fault.h"

extern "C" {

void __cxa_pure_virtual() { emojicam::board::FaultHalt("pure virtual call"); }
void __register_exitproc() {}  // nothing of ours ever exits
void* __dso_handle = nullptr;
void abort() { emojicam::board::FaultHalt("abort"); }
// libm sets errno; newlib keeps it in a structure that wants a heap.
int* __errno() {
  static int value = 0;
  return &value;
}
}

// Virtual destructors refer to them; nothing is ever deleted.
void operator delete(void*) noexcept { emojicam::board::FaultHalt("delete"); }
void operator delete(void*, std::size_t) noexcept { emojicam::board::FaultHalt("delete"); }
