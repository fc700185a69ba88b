#include "board/cortexm/semihosting.h"

#include <cstdint>

namespace emojicam::board {
namespace {

constexpr uint32_t kSysExit = 0x18;
constexpr uint32_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit: status 0
constexpr uint32_t kRunTimeError = 0x20023;     // ADP_Stopped_RunTimeErrorUnknown: status 1

}  // namespace

void SemihostingExit(bool success) {
  register uint32_t operation asm("r0") = kSysExit;
  register uint32_t reason asm("r1") = success ? kApplicationExit : kRunTimeError;
  asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(reason) : "memory");
  SystemReset();
}

void SystemReset() {
  auto* const aircr = reinterpret_cast<volatile uint32_t*>(0xE000ED0Cu);
  constexpr uint32_t kKey = 0x05FAu << 16;
  asm volatile("dsb" ::: "memory");
  *aircr = kKey | (1u << 2);
  asm volatile("dsb" ::: "memory");
  for (;;) asm volatile("nop");
}

}  // namespace emojicam::board
