// The board layer by itself, driven by a mailbox in DTCM: the test writes a command and reads what came of it.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "board/board.h"
#include "board/camera.h"
#include "board/health.h"
#include "board/stm32h743/camera_counters.h"

namespace {

enum Command : uint32_t {
  kNothing = 0,
  kCameraStart = 1,     // argument: bit 0 mirror, bit 1 flip
  kCameraTake = 2,
  kCameraCheck = 3,
  kStoreErase = 4,
  kStoreWrite = 5,      // argument: offset; 64 bytes of `data`
  kStoreRead = 6,       // argument: offset; 64 bytes into `data`
  kWatchdog = 7,        // argument: timeout in ms
  kFeed = 8,
  kHang = 9,
  kNull = 10,           // reads a null pointer
  kRecurse = 11,        // until the stack is full
  kUndefined = 12,
  kReset = 13,
  kLed = 14,            // argument: 0xRRGGBB
  kProblem = 15,        // argument: an Error
  kCameraRest = 16,     // argument: 1 or 0
};

struct Mailbox {
  volatile uint32_t command;
  volatile uint32_t argument;
  volatile uint32_t done;
  char error[24];
  uint32_t cause;
  uint32_t starts;
  emojicam::board::FaultRecord fault;
  uint32_t frame_number;
  uint32_t frame_address;
  uint32_t milliseconds;
  uint32_t nanoseconds[2];
  uint8_t unique_id[12];
  char sensor[12];
  alignas(4) uint8_t data[64];
  emojicam::board::CameraCounters counters;
};

extern "C" {
[[gnu::section(".noinit.mailbox"), gnu::used]] Mailbox mailbox;
}

template <std::size_t N>
void Say(const char* text, char (&to)[N]) {
  std::size_t n = 0;
  for (; n + 1 < N && text[n] != '\0'; ++n) to[n] = text[n];
  to[n] = '\0';
}

[[gnu::noinline]] uint32_t Recurse(uint32_t depth) {
  volatile uint32_t frame[32];
  frame[depth % 32] = depth;
  if (depth == 0xFFFFFFFF) return 0;
  return Recurse(depth + 1) + frame[depth % 32];
}

void Execute(uint32_t command, uint32_t argument) {
  using namespace emojicam::board;  // NOLINT(google-build-using-namespace)
  using emojicam::Error;
  Error error = Error::kNone;
  emojicam::FlashDevice& flash = *SettingsFlash();
  switch (command) {
    case kCameraStart: error = CameraStart((argument & 1) != 0, (argument & 2) != 0); break;
    case kCameraTake: {
      const CameraFrame frame = CameraTake();
      mailbox.frame_number = frame.pixels.empty() ? 0 : frame.number;
      mailbox.frame_address = reinterpret_cast<uint32_t>(frame.pixels.data());
      break;
    }
    case kCameraCheck: error = CameraCheck(); break;
    case kStoreErase: error = flash.Erase(0); break;
    case kStoreWrite: error = flash.Write(0, argument, mailbox.data); break;
    case kStoreRead: error = flash.Read(0, argument, mailbox.data); break;
    case kWatchdog: error = WatchdogStart(argument); break;
    case kFeed: WatchdogFeed(); break;
    case kHang:
      for (;;) asm volatile("nop");
    case kNull: mailbox.argument = *reinterpret_cast<volatile uint32_t*>(argument); break;
    case kRecurse: mailbox.argument = Recurse(0); break;
    case kUndefined: asm volatile("udf #0"); break;
    case kReset: Reset();
    case kLed:
      SetLed(static_cast<uint8_t>(argument >> 16), static_cast<uint8_t>(argument >> 8),
             static_cast<uint8_t>(argument));
      break;
    case kProblem: ShowProblem(static_cast<Error>(argument)); break;
    case kCameraRest: CameraRest(argument != 0); break;
    default: break;
  }
  Say(NameOf(error), mailbox.error);
  Say(CameraName(), mailbox.sensor);
  mailbox.counters = CameraCount();
}

}  // namespace

// No USB stack here, so its interrupt is never switched on.
extern "C" void UsbInterrupt() {}

int main() {
  using namespace emojicam::board;  // NOLINT(google-build-using-namespace)
  Init();
  mailbox.command = kNothing;
  mailbox.done = 0;
  mailbox.cause = static_cast<uint32_t>(LastReset());
  mailbox.starts = StartCount();
  mailbox.fault = LastFault();
  std::memcpy(mailbox.unique_id, UniqueId().data(), sizeof(mailbox.unique_id));
  for (uint32_t count = 0;;) {
    mailbox.milliseconds = Milliseconds();
    const uint64_t now = Nanoseconds();
    mailbox.nanoseconds[0] = static_cast<uint32_t>(now);
    mailbox.nanoseconds[1] = static_cast<uint32_t>(now >> 32);
    if (mailbox.command != kNothing) {
      const uint32_t command = mailbox.command;
      mailbox.command = kNothing;
      Execute(command, mailbox.argument);
      mailbox.done = ++count;
    }
    Idle();
  }
}
