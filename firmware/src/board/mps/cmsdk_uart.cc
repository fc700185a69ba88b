#include "board/mps/cmsdk_uart.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kTransmitFull = 1u << 0;
constexpr uint32_t kReceiveFull = 1u << 1;
// At 115200 baud and a few instructions a look, many times what one byte takes.
constexpr uint32_t kMaxLooks = 1000000;

// NVIC: set-enable, clear-enable and clear-pending registers. (Armv7-M ARM B3.4)
void SetNvic(uint32_t register_base, uint32_t interrupt) {
  *reinterpret_cast<volatile uint32_t*>(register_base + interrupt / 32 * 4) = 1u << (interrupt % 32);
}
constexpr uint32_t kNvicSetEnable = 0xE000E100;
constexpr uint32_t kNvicClearEnable = 0xE000E180;
constexpr uint32_t kNvicClearPending = 0xE000E280;

}  // namespace

void CmsdkUart::Init(uint32_t divider) const {
  registers().divider = divider;
  registers().control = 0b1011;
  // Drops what came before anybody listened. And QEMU's multiplexer, where it took bytes before the receiver
  // was on, asks for room again only after a read.
  static_cast<void>(registers().data);
}

std::size_t CmsdkUart::Read(Span<uint8_t> into) const {
  std::size_t count = 0;
  while (count < into.size() && (registers().state & kReceiveFull) != 0) {
    into[count++] = static_cast<uint8_t>(registers().data);
  }
  return count;
}

std::size_t CmsdkUart::Write(Span<const uint8_t> bytes) const {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    uint32_t looks = 0;
    while ((registers().state & kTransmitFull) != 0) {
      if (++looks == kMaxLooks) return i;
    }
    registers().data = bytes[i];
  }
  return bytes.size();
}

bool CmsdkUart::HasByte() const { return (registers().state & kReceiveFull) != 0; }

void CmsdkUart::WakeOnByte(bool wake) const {
  if (!wake) return SetNvic(kNvicClearEnable, receive_interrupt_);
  registers().interrupt = 1u << 1;
  SetNvic(kNvicClearPending, receive_interrupt_);
  SetNvic(kNvicSetEnable, receive_interrupt_);
}

}  // namespace emojicam::board
