// For emulated boards: each run is the first, and whoever started the emulator sees what it dies of.
#include "board/health.h"

namespace emojicam::board {

ResetCause LastReset() { return ResetCause::kPower; }
const char* NameOf(ResetCause) { return "power"; }

const FaultRecord& LastFault() {
  static constexpr FaultRecord kNone = {};
  return kNone;
}

uint32_t StartCount() { return 1; }
const char* ChipLine(uint32_t) { return ""; }
const char* WatchdogStart(uint32_t) { return ""; }
void WatchdogFeed() {}

}  // namespace emojicam::board
