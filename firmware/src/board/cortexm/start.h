// What is the same in every way from reset to main().
#pragma once

#include <cstdint>

#include "board/cortexm/fault.h"

extern "C" {
extern uint32_t __data_start, __data_end, __data_load;
extern uint32_t __bss_start, __bss_end;
using Constructor = void (*)();
extern Constructor __init_array_start, __init_array_end;

int main();
}

namespace emojicam::board {

// Whole words, as linker scripts align sections.
inline void CopyWords(uint32_t* to, const uint32_t* end, const uint32_t* from) {
  while (to < end) *to++ = *from++;
}

inline void LoadData() {
  CopyWords(&__data_start, &__data_end, &__data_load);
  for (uint32_t* to = &__bss_start; to < &__bss_end;) *to++ = 0;
}

[[noreturn]] inline void RunMain() {
  for (Constructor* constructor = &__init_array_start; constructor < &__init_array_end; ++constructor) {
    (*constructor)();
  }
  main();
  FaultHalt("main returned");
}

}  // namespace emojicam::board
