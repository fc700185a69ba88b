// For emulated boards: each run is the first, and whoever started the emulator sees what it dies of.
#include "board/health.h"

namespace emojicam {

// Nothing of these boards fails in a way that has a name.
const char* NameOf(Error) { return ""; }

}  // namespace emojicam

namespace emojicam::board {

ResetCause LastReset() { return ResetCause::kPower; }
const char* NameOf(ResetCause) { return "power"; }

const FaultRecord& LastFault() {
  static constexpr FaultRecord kNone = {};
  return kNone;
}

uint32_t StartCount() { return 1; }
const char* ChipLine(uint32_t) { return ""; }
Error WatchdogStart(uint32_t) { return Error::kNone; }
void WatchdogFeed() {}

}  // namespace emojicam::board
