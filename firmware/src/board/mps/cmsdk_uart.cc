#include "board/mps/cmsdk_uart.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kTransmitFull = 1u << 0;
constexpr uint32_t kReceiveFull = 1u << 1;
// At 115200 baud and a few instructions a look, many times what one byte takes.
constexpr uint32_t kMaxLooks = 1000000;
// After the first byte: emulators deliver one byte for each look at the register, at the price of a thread
// switch, but many at once where they are given a moment in which nobody looks.
constexpr uint32_t kFillInstructions = 5000;

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
}

std::size_t CmsdkUart::Read(Span<uint8_t> into) const {
  std::size_t count = 0;
  while (count < into.size() && (registers().state & kReceiveFull) != 0) {
    into[count++] = static_cast<uint8_t>(registers().data);
  }
  return count;
}

bool CmsdkUart::Write(Span<const uint8_t> bytes) const {
  for (const uint8_t byte : bytes) {
    uint32_t looks = 0;
    while ((registers().state & kTransmitFull) != 0) {
      if (++looks == kMaxLooks) return false;
    }
    registers().data = byte;
  }
  return true;
}

bool CmsdkUart::HasByte() const { return (registers().state & kReceiveFull) != 0; }

void CmsdkUart::ArmWakeup() const {
  registers().interrupt = 1u << 1;
  SetNvic(kNvicClearPending, receive_interrupt_);
  SetNvic(kNvicSetEnable, receive_interrupt_);
}

void CmsdkUart::DisarmWakeup() const { SetNvic(kNvicClearEnable, receive_interrupt_); }

void CmsdkUart::WaitForByte(const CmsdkUart& one, const CmsdkUart& other) {
  // A pending interrupt ends WFI even while PRIMASK keeps it from being taken. (Armv7-M ARM B1.5.19)
  asm volatile("cpsid i" ::: "memory");
  one.ArmWakeup();
  other.ArmWakeup();
  if (!one.HasByte() && !other.HasByte()) asm volatile("dsb; wfi" ::: "memory");
  one.DisarmWakeup();
  other.DisarmWakeup();
  asm volatile("cpsie i" ::: "memory");
  for (uint32_t i = 0; i < kFillInstructions / 2; ++i) asm volatile("" ::: "memory");
}

}  // namespace emojicam::board
