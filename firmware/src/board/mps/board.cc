// The emulated boards: Arm's MPS peripherals, told apart by mps_config.h in each board's folder.
#include "board/board.h"

#include "board/cortexm/fault.h"
#include "board/cortexm/semihosting.h"
#include "board/cortexm/system_timer.h"
#include "board/mps/block_link.h"
#include "board/mps/cmsdk_uart.h"
#include "mps_config.h"
#include "usb/tunnel/port.h"

namespace emojicam::board {
namespace {

constexpr CmsdkUart kUart0(kUart0Base, kUart0ReceiveInterrupt);
constexpr CmsdkUart kUart1(kUart1Base, kUart1ReceiveInterrupt);
constexpr uint32_t kBaudRate = 115200;
// After the first byte, where the link goes by UART: emulators deliver one byte for each look at the
// register, at the price of a thread switch, but many at once where they are given a moment in which nobody
// looks.
constexpr uint32_t kFillInstructions = 5000;

uint8_t block_buffer[4096];
BlockLink blocks(kUart0, block_buffer);

}  // namespace

const char* Name() { return kBoardName; }

void Init() {
  kUart0.Init(kClockHz / kBaudRate);
  kUart1.Init(kClockHz / kBaudRate);
  SystemTimerStart();
  blocks.Start();
}

uint64_t Nanoseconds() { return SystemTimerTicks() * kTickNsNumerator / kTickNsDenominator; }

bool TimeComesFromHost() { return true; }

std::size_t LinkRead(Span<uint8_t> into) { return blocks.reads() ? blocks.Read(into) : kUart0.Read(into); }
std::size_t LinkWrite(Span<const uint8_t> bytes) {
  return blocks.writes() ? blocks.Write(bytes) : kUart0.Write(bytes);
}

// These boards have memory only.
FlashDevice* SettingsFlash() { return nullptr; }

// Emulated chips are all the same one.
Span<const uint8_t> UniqueId() {
  return {reinterpret_cast<const uint8_t*>(kBoardName), sizeof(kBoardName) - 1};
}

// Sleeps until one of the UARTs has a byte. Their interrupts only end the sleep: no handler runs, so that
// nothing disturbs what is being counted.
void Idle() {
  // A pending interrupt ends WFI even while PRIMASK keeps it from being taken. (Armv7-M ARM B1.5.19)
  asm volatile("cpsid i" ::: "memory");
  kUart0.WakeOnByte(true);
  kUart1.WakeOnByte(true);
  if (!kUart0.HasByte() && !kUart1.HasByte()) asm volatile("dsb; wfi" ::: "memory");
  kUart0.WakeOnByte(false);
  kUart1.WakeOnByte(false);
  asm volatile("cpsie i" ::: "memory");
  if (blocks.reads()) return;
  for (uint32_t i = 0; i < kFillInstructions / 2; ++i) asm volatile("" ::: "memory");
}

// These boards' buttons and lights are not modelled.
bool ButtonDown() { return false; }
void SetLed(uint8_t, uint8_t, uint8_t) {}
void ShowProblem(Error) {}

void Reset() { SystemReset(); }

void FaultWriteByte(uint8_t byte) { kUart0.Write({&byte, 1}); }

void FaultStop() { SemihostingExit(false); }

}  // namespace emojicam::board

// UART1 carries USB tokens: these boards have no USB device.
namespace emojicam::usb {

std::size_t TunnelRead(Span<uint8_t> into) { return board::kUart1.Read(into); }
bool TunnelWrite(Span<const uint8_t> bytes) { return board::kUart1.Write(bytes) == bytes.size(); }

}  // namespace emojicam::usb
