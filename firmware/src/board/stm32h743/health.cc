// RCC_RSR, IWDG1, and a record in memory that startup leaves alone. (RM0433 8.4.4, 44; DDI 0403E B1.5.14)
#include "board/health.h"

#include "board/board.h"
#include "board/cortexm/fault.h"
#include "board/stm32h743/error.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/start.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kMarkFault = 0xFA017EC0;
constexpr uint32_t kMarkStopped = 0x5709FED0;
constexpr uint32_t kMarkStarts = 0xC0DE57A7;

// Kept over a reset. After power-on it holds anything: the marks say what is to be believed.
struct Kept {
  uint32_t mark;
  uint32_t starts_mark;
  uint32_t starts;
  FaultRecord record;
};
[[gnu::section(".noinit")]] Kept kept;

ResetCause cause = ResetCause::kOther;
bool watchdog_runs = false;

constexpr uint32_t kLsiHz = 32000;
// DS12110: up to 5 LSI periods of each prescaler stage.
constexpr uint32_t kWatchdogUs = 50000;

ResetCause CauseFromFlags(uint32_t flags) {
  if ((flags & (RCC_RSR_PORRSTF | RCC_RSR_BORRSTF)) != 0) return ResetCause::kPower;
  if ((flags & (RCC_RSR_IWDG1RSTF | RCC_RSR_WWDG1RSTF)) != 0) return ResetCause::kWatchdog;
  if ((flags & RCC_RSR_SFTRSTF) != 0) return ResetCause::kSoftware;
  if ((flags & RCC_RSR_PINRSTF) != 0) return ResetCause::kPin;
  return ResetCause::kOther;
}

[[noreturn]] void ResetWith(uint32_t mark) {
  kept.mark = mark;
  asm volatile("dsb" ::: "memory");
  Reset();
}

}  // namespace

void ReadResetCause() {
  cause = CauseFromFlags(RCC_RSR.Read());
  RCC_RSR.Set(RCC_RSR_RMVF);  // or they add up
  if (cause == ResetCause::kPower || kept.starts_mark != kMarkStarts) {
    kept.starts = 0;
    kept.starts_mark = kMarkStarts;
  }
  kept.starts = kept.starts + 1;
  if (cause == ResetCause::kSoftware && kept.mark == kMarkFault) cause = ResetCause::kFault;
  if (cause == ResetCause::kSoftware && kept.mark == kMarkStopped) cause = ResetCause::kStopped;
  if (cause != ResetCause::kFault && cause != ResetCause::kStopped) kept.record = FaultRecord();
  kept.mark = 0;
}

ResetCause LastReset() { return cause; }
const FaultRecord& LastFault() { return kept.record; }
uint32_t StartCount() { return kept.starts; }

const char* NameOf(ResetCause which) {
  switch (which) {
    case ResetCause::kPower:
      return "power";
    case ResetCause::kPin:
      return "pin";
    case ResetCause::kSoftware:
      return "software";
    case ResetCause::kWatchdog:
      return "watchdog";
    case ResetCause::kFault:
      return "fault";
    case ResetCause::kStopped:
      return "stopped";
    case ResetCause::kOther:
      break;
  }
  return "other";
}

Error WatchdogStart(uint32_t timeout_ms) {
  DBGMCU_APB4FZ1.Set(DBGMCU_APB4FZ1_DBG_IWDG1);
  IWDG1_KR.Write(0xCCCC);
  IWDG1_KR.Write(0x5555);
  // The smallest prescaler, 4 << code, whose 12 bits of reload reach that far.
  uint32_t code = 0;
  uint32_t reload = timeout_ms * (kLsiHz / 1000) / 4;
  while (reload > 0x1000 && code < 6) {
    ++code;
    reload /= 2;
  }
  IWDG1_PR.Write(code);
  IWDG1_RLR.Write(reload > 0x1000 ? 0xFFF : reload == 0 ? 0 : reload - 1);
  if (!WaitFor([] { return !IWDG1_SR.Any(IWDG_SR_PVU | IWDG_SR_RVU); }, kWatchdogUs)) {
    ShowError(Part::kWatchdog, Error::kWatchdog);
    return Error::kWatchdog;
  }
  watchdog_runs = true;
  WatchdogFeed();
  return Error::kNone;
}

void WatchdogFeed() {
  if (watchdog_runs) IWDG1_KR.Write(0xAAAA);
}

// Called with what stopped us, in whatever state: fills the record and resets.
extern "C" [[noreturn, gnu::used]] void FaultReport(const ExceptionFrame* frame) {
  FaultRecord& record = kept.record;
  record = FaultRecord();
  const FaultStatus fault = ReadFaultStatus();
  record.exception = fault.exception;
  record.cfsr = fault.cfsr;
  record.hfsr = fault.hfsr;
  record.mmfar = fault.mmfar;
  record.bfar = fault.bfar;
  record.sp = reinterpret_cast<uint32_t>(frame);
  record.milliseconds = Milliseconds();
  record.stack_overflow = fault.stack_overflow;
  if (fault.has_frame) {
    record.pc = frame->pc;
    record.lr = frame->lr;
    record.xpsr = frame->xpsr;
  }
  ResetWith(kMarkFault);
}

void FaultHalt(const char* reason) {
  FaultRecord& record = kept.record;
  record = FaultRecord();
  for (uint32_t i = 0; i + 1 < sizeof(record.reason) && reason[i] != '\0'; ++i) record.reason[i] = reason[i];
  record.milliseconds = Milliseconds();
  ResetWith(kMarkStopped);
}

}  // namespace emojicam::board
