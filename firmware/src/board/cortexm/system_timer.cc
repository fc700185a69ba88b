#include "board/cortexm/system_timer.h"

namespace emojicam::board {
namespace {

struct SysTick {
  volatile uint32_t control;  // CSR: enable 0, interrupt 1, processor clock 2, wrapped 16
  volatile uint32_t reload;   // RVR
  volatile uint32_t current;  // CVR, counts down
};
SysTick& Registers() { return *reinterpret_cast<SysTick*>(0xE000E010u); }

constexpr uint32_t kReload = 0xFFFFFF;
volatile uint32_t wraps = 0;

}  // namespace

void SystemTimerHandler() { wraps = wraps + 1; }

void SystemTimerStart() {
  wraps = 0;
  Registers().reload = kReload;
  Registers().current = 0;
  Registers().control = 0b111;
}

uint64_t SystemTimerTicks() {
  // Read again where the timer wrapped between the two reads.
  uint32_t before = 0;
  uint32_t current = 0;
  do {
    before = wraps;
    current = Registers().current;
  } while (before != wraps);
  return uint64_t{before} * (kReload + 1) + (kReload - current);
}

}  // namespace emojicam::board
