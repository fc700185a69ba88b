#include "app/computer.h"

#include "board/board.h"
#include "generated/keyboard_tables.h"
#include "link/packet.h"
#include "usb/device.h"

namespace emojicam::app {
namespace {

// For how long a program may take to read what the link has for it, on the board's clock.
constexpr uint32_t kSerialPatienceMs = 100;
// On the board's clock: how long the computer on the bus gets for every millisecond of the link's, and at
// most for taking a report.
constexpr uint64_t kBreathNs = 100000;
constexpr uint32_t kReportPatienceMs = 20;

}  // namespace

bool Computer::Start() { return usb::Init(board::UniqueId()); }

void Computer::Poll() {
  usb::Poll(board::Milliseconds());
  // Reports that were on their way to Python have no end on USB, and the other way round. Being woken up is
  // no interruption: going to sleep was, and what woke the computer is still to be typed.
  const bool mounted = usb::Mounted();
  interrupted_ = interrupted_ || usb::TakeInterruption() || mounted != was_mounted_;
  was_mounted_ = mounted;
}

void Computer::Wake() { usb::WakeHost(); }

void Computer::Breathe() {
  if (!board::TimeComesFromHost()) return;
  const uint64_t start = board::Nanoseconds();
  while (usb::Mounted() && board::Nanoseconds() - start < kBreathNs) Poll();
}

uint8_t Computer::leds() const { return was_mounted_ ? usb::Leds() : led::kNumLock; }

bool Computer::TakeInterruption() {
  const bool taken = interrupted_;
  interrupted_ = false;
  return taken;
}

bool Computer::Ready() {
  if (!usb::Mounted()) return board::TimeComesFromHost();
  if (!usb::Active()) return false;
  if (board::TimeComesFromHost() && reads_) {
    const uint32_t start = board::Milliseconds();
    while (usb::Active() && !usb::KeyboardReady()) {
      usb::Poll(board::Milliseconds());
      if (board::Milliseconds() - start < kReportPatienceMs) continue;
      reads_ = false;
      break;
    }
  }
  if (!usb::KeyboardReady()) return false;
  reads_ = true;
  return true;
}

bool Computer::Send(const Report& report) {
  if (usb::Mounted() && !usb::SendReport(report)) return false;
  link::KeyReport message;
  message.report = {reinterpret_cast<const uint8_t*>(&report), sizeof(report)};
  sender_.Send(message);
  return true;
}

std::size_t Computer::LinkRead(Span<uint8_t> into) {
  return usb::SerialOpen() ? usb::SerialRead(into) : board::LinkRead(into);
}

bool Computer::LinkWrite(Span<const uint8_t> bytes) {
  if (!usb::SerialOpen()) return board::LinkWrite(bytes) == bytes.size();
  if (!program_reads_ && usb::SerialRoom() < bytes.size()) return false;
  const uint32_t start = board::Milliseconds();
  while (!bytes.empty() && usb::SerialOpen() && board::Milliseconds() - start < kSerialPatienceMs) {
    bytes = bytes.subspan(usb::SerialWrite(bytes));
    if (!bytes.empty()) usb::Poll(board::Milliseconds());
  }
  program_reads_ = bytes.empty();
  return program_reads_;
}

bool Computer::LinkHasRoom() { return !usb::SerialOpen() || usb::SerialRoom() >= link::kMaxPacket; }

}  // namespace emojicam::app
