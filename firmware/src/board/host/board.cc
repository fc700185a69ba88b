// This computer as a board: the link on standard input and output, USB tokens on the open descriptor whose
// number EMOJICAM_USB holds, where whoever started it has set that. It ends when the link does.
//
// Nothing is counted here: Nanoseconds() stays 0, and time is what the link says.
#include "board/board.h"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "usb/tunnel/port.h"

namespace emojicam::board {
namespace {

constexpr char kName[] = "host";
// For how long the other side may take nothing.
constexpr int kPatienceMs = 2000;

// The USB line, or -1.
int tunnel = -1;

// 0 if nothing has arrived, -1 at the end.
ssize_t ReadWhatIsThere(int descriptor, Span<uint8_t> into) {
  pollfd input{descriptor, POLLIN, 0};
  if (poll(&input, 1, 0) != 1) return 0;
  const ssize_t count = read(descriptor, into.data(), into.size());
  return count > 0 ? count : -1;
}

std::size_t WritePatiently(int descriptor, Span<const uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    pollfd output{descriptor, POLLOUT, 0};
    if (poll(&output, 1, kPatienceMs) != 1 || (output.revents & POLLOUT) == 0) break;
    const ssize_t count = write(descriptor, bytes.data() + done, bytes.size() - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace

const char* Name() { return kName; }

void Init() {
  // Whoever has gone does not end us by a signal: the link's end does.
  std::signal(SIGPIPE, SIG_IGN);
  if (const char* const descriptor = std::getenv("EMOJICAM_USB")) tunnel = std::atoi(descriptor);
}

uint64_t Nanoseconds() { return 0; }
bool TimeComesFromHost() { return true; }

std::size_t LinkRead(Span<uint8_t> into) {
  const ssize_t count = ReadWhatIsThere(STDIN_FILENO, into);
  if (count < 0) std::_Exit(EXIT_SUCCESS);
  return static_cast<std::size_t>(count);
}

std::size_t LinkWrite(Span<const uint8_t> bytes) { return WritePatiently(STDOUT_FILENO, bytes); }

FlashDevice* SettingsFlash() { return nullptr; }

Span<const uint8_t> UniqueId() { return {reinterpret_cast<const uint8_t*>(kName), sizeof(kName) - 1}; }

// A negative descriptor is passed over. (poll(2))
void Idle() {
  pollfd inputs[] = {{STDIN_FILENO, POLLIN, 0}, {tunnel, POLLIN, 0}};
  poll(inputs, 2, -1);
}

bool ButtonDown() { return false; }
void SetLed(uint8_t, uint8_t, uint8_t) {}
void ShowProblem(Error) {}

void FaultHalt(const char* reason) {
  std::fprintf(stderr, "stopped: %s\n", reason);
  std::_Exit(EXIT_FAILURE);
}

void Reset() { std::_Exit(EXIT_SUCCESS); }

}  // namespace emojicam::board

namespace emojicam::usb {

std::size_t TunnelRead(Span<uint8_t> into) {
  const ssize_t count = board::ReadWhatIsThere(board::tunnel, into);
  if (count >= 0) return static_cast<std::size_t>(count);
  board::tunnel = -1;  // the cable has been pulled for good
  return 0;
}

bool TunnelWrite(Span<const uint8_t> bytes) {
  return board::WritePatiently(board::tunnel, bytes) == bytes.size();
}

}  // namespace emojicam::usb
