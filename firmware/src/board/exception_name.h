// Names of the core's exceptions that end a program.
#pragma once

#include <cstdint>

namespace emojicam::board {

// number: IPSR's. (Armv7-M ARM B1.5.2; Armv8-M ARM B3.9)
constexpr const char* ExceptionName(uint32_t number) {
  switch (number) {
    case 2:
      return "NMI";
    case 3:
      return "HardFault";
    case 4:
      return "MemManage";
    case 5:
      return "BusFault";
    case 6:
      return "UsageFault";
    case 7:
      return "SecureFault";
    default:
      return "unexpected exception";
  }
}

}  // namespace emojicam::board
