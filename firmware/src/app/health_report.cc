#include "app/health_report.h"

#include <cstddef>
#include <cstdint>

#include "board/exception_name.h"
#include "board/health.h"

namespace emojicam::app {
namespace {

// Text of bounded length, cut where it gets too long.
class Line {
 public:
  Line& Add(const char* text) {
    while (*text != '\0' && size_ + 1 < sizeof(text_)) text_[size_++] = *text++;
    text_[size_] = '\0';
    return *this;
  }
  Line& AddHex(const char* name, uint32_t value) {
    char digits[9] = {};
    for (uint32_t n = 0; n < 8; ++n) digits[n] = "0123456789abcdef"[value >> (28 - 4 * n) & 0xF];
    return Add(name).Add(digits);
  }
  Line& AddNumber(uint32_t value) {
    char digits[11] = {};
    std::size_t n = sizeof(digits) - 1;
    do {
      digits[--n] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    return Add(digits + n);
  }
  const char* text() const { return text_; }

 private:
  char text_[120] = {};
  std::size_t size_ = 0;
};

void Log(link::Sender& sender, const char* line) {
  link::Log message;
  message.line = link::Text(line);
  sender.Send(message);
}

constexpr bool Same(board::ResetCause ours, link::StartCause theirs) {
  return static_cast<uint8_t>(ours) == static_cast<uint8_t>(theirs);
}
static_assert(Same(board::ResetCause::kPower, link::StartCause::kPower) &&
              Same(board::ResetCause::kPin, link::StartCause::kPin) &&
              Same(board::ResetCause::kSoftware, link::StartCause::kSoftware) &&
              Same(board::ResetCause::kWatchdog, link::StartCause::kWatchdog) &&
              Same(board::ResetCause::kFault, link::StartCause::kFault) &&
              Same(board::ResetCause::kStopped, link::StartCause::kStopped) &&
              Same(board::ResetCause::kOther, link::StartCause::kOther));

void TellFault(link::Sender& sender, board::ResetCause cause) {
  const board::FaultRecord& fault = board::LastFault();
  Line line;
  if (cause == board::ResetCause::kStopped) {
    line.Add("stopped: ").Add(fault.reason);
  } else {
    line.Add("fault: ").Add(fault.stack_overflow ? "stack overflow" : board::ExceptionName(fault.exception));
    line.AddHex(" pc=", fault.pc).AddHex(" lr=", fault.lr).AddHex(" cfsr=", fault.cfsr);
    line.AddHex(" mmfar=", fault.mmfar).AddHex(" bfar=", fault.bfar);
  }
  line.Add(" after ").AddNumber(fault.milliseconds).Add(" ms");
  Log(sender, line.text());
}

}  // namespace

void LogPair(link::Sender& sender, const char* first, const char* second) {
  Log(sender, Line().Add(first).Add(second).text());
}

link::Fault DescribeStart() {
  const board::ResetCause cause = board::LastReset();
  link::Fault message;
  message.starts = board::StartCount();
  message.cause = static_cast<uint8_t>(cause);
  if (cause != board::ResetCause::kFault && cause != board::ResetCause::kStopped) return message;
  const board::FaultRecord& fault = board::LastFault();
  message.exception = fault.exception;
  message.pc = fault.pc;
  message.lr = fault.lr;
  message.xpsr = fault.xpsr;
  message.sp = fault.sp;
  message.cfsr = fault.cfsr;
  message.hfsr = fault.hfsr;
  message.mmfar = fault.mmfar;
  message.bfar = fault.bfar;
  message.milliseconds = fault.milliseconds;
  message.stack_overflow = fault.stack_overflow ? 1 : 0;
  if (cause == board::ResetCause::kStopped) message.reason = link::Text(fault.reason);
  return message;
}

bool HealthReport::TellOnce() {
  if (told_) return false;
  told_ = true;
  TellStart();
  for (uint32_t n = 0; board::ChipLine(n)[0] != '\0'; ++n) Log(sender_, board::ChipLine(n));
  return true;
}

void HealthReport::TellStart() {
  const board::ResetCause cause = board::LastReset();
  // Nothing to tell of a start that somebody wanted.
  if (cause == board::ResetCause::kPower || cause == board::ResetCause::kPin) return;
  Log(sender_,
      Line().Add("start ").AddNumber(board::StartCount()).Add(": ").Add(board::NameOf(cause)).text());
  if (cause == board::ResetCause::kFault || cause == board::ResetCause::kStopped) TellFault(sender_, cause);
}

}  // namespace emojicam::app
