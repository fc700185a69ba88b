// The USB device as a process of this computer, for tests of everything that is on the other end: tokens come
// on standard input and answers go to standard output. What is written to its serial port it types, and
// echoes. Ends when standard input does.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "keyboard/typist.h"
#include "usb/device.h"
#include "usb/tunnel/port.h"

namespace emojicam::usb {

std::size_t TunnelRead(Span<uint8_t> into) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) != 1) return 0;
  const ssize_t count = read(STDIN_FILENO, into.data(), into.size());
  if (count <= 0) std::_Exit(0);
  return static_cast<std::size_t>(count);
}

bool TunnelWrite(Span<const uint8_t> bytes) {
  return write(STDOUT_FILENO, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

}  // namespace emojicam::usb

namespace {

using namespace emojicam;  // NOLINT(google-build-using-namespace)

class UsbSink : public Sink {
 public:
  bool Ready() override { return usb::KeyboardReady(); }
  bool Send(const Report& report) override { return usb::SendReport(report); }
};

uint32_t Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);  // the end of standard input says that it is over
  constexpr uint8_t kUniqueId[] = {0xE3, 0x0A, 0x0C, 0xA3};
  if (!usb::Init(kUniqueId)) return 1;
  UsbSink sink;
  Typist typist(&sink);
  TypistSettings settings;
  settings.min_interval_ms = 0;
  settings.stale_ms = 60000;
  typist.Configure(settings);
  typist.Arm(true);
  for (;;) {
    usb::Poll(Now());
    typist.OnLeds(usb::Leds());
    if (usb::TakeInterruption()) typist.Reset();
    typist.Poll(Now());
    uint8_t text[kMaxTextBytes];
    const std::size_t size = usb::SerialRead(text);
    if (size != 0) {
      typist.Type({text, size}, 0, Now());
      usb::SerialWrite({text, size});
    }
    pollfd input{STDIN_FILENO, POLLIN, 0};
    poll(&input, 1, 1);
  }
}
