// Why the board started, what stopped it the last time, and the watchdog that makes it start again.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/error.h"

namespace emojicam::board {

enum class ResetCause : uint8_t {
  kPower = 0,     // supply on, or a brown-out
  kPin = 1,       // the reset button or a debugger
  kSoftware = 2,  // Reset()
  kWatchdog = 3,  // nobody fed it
  kFault = 4,     // a processor fault, of which there is a record
  kStopped = 5,   // the firmware gave up by itself: see the record's reason
  kOther = 6,
};

// What a fault leaves behind. It lies in memory that a reset keeps.
struct FaultRecord {
  uint32_t exception;     // its number: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault; 0 for kStopped
  uint32_t pc, lr, xpsr;  // 0 where the stack had overflowed and there was no frame
  uint32_t sp;
  uint32_t cfsr, hfsr, mmfar, bfar;
  uint32_t milliseconds;  // since start
  bool stack_overflow;
  char reason[24];  // for kStopped
};
static_assert(std::is_trivial_v<FaultRecord>, "a constructor would wipe it at every start");

// Of the start that brought us here; the same for as long as we run.
ResetCause LastReset();
const char* NameOf(ResetCause cause);

// The record, where LastReset() is kFault or kStopped.
const FaultRecord& LastFault();

// How often the board has started since it was last switched on, this time included.
uint32_t StartCount();

// What the chip is and what is done about its errata, a line each for the log; "" behind the last.
const char* ChipLine(uint32_t index);

// Starts the independent watchdog; it can't be stopped again. timeout_ms: 1 to 30000.
Error WatchdogStart(uint32_t timeout_ms);
void WatchdogFeed();

}  // namespace emojicam::board
