// The emulated boards: Arm's MPS peripherals, told apart by mps_config.h in each board's folder.
#include "board/board.h"

#include "board/cortexm/fault.h"
#include "board/cortexm/semihosting.h"
#include "board/cortexm/system_timer.h"
#include "board/mps/cmsdk_uart.h"
#include "mps_config.h"

namespace emojicam::board {
namespace {

constexpr CmsdkUart kUart0(kUart0Base, kUart0ReceiveInterrupt);
constexpr uint32_t kBaudRate = 115200;

}  // namespace

const char* Name() { return kBoardName; }

void Init() {
  kUart0.Init(kClockHz / kBaudRate);
  SystemTimerStart();
}

uint64_t Nanoseconds() { return SystemTimerTicks() * kTickNsNumerator / kTickNsDenominator; }

bool TimeComesFromHost() { return true; }

std::size_t LinkRead(Span<uint8_t> into) { return kUart0.Read(into); }
bool LinkWrite(Span<const uint8_t> bytes) { return kUart0.Write(bytes); }

void Idle() { kUart0.WaitForByte(); }

// These boards' lights are not modelled.
void SetLed(uint8_t, uint8_t, uint8_t) {}

void Reset() { SystemReset(); }

void FaultWriteByte(uint8_t byte) { kUart0.Write({&byte, 1}); }

void FaultStop() { SemihostingExit(false); }

}  // namespace emojicam::board
