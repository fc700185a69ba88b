// The UART of Arm's CMSDK, on both emulated boards. (Arm Cortex-M System Design Kit TRM 4.3)
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam::board {

class CmsdkUart {
 public:
  // base: the address of its DATA register. receive_interrupt: its number in the NVIC.
  constexpr CmsdkUart(uint32_t base, uint32_t receive_interrupt)
      : base_(base), receive_interrupt_(receive_interrupt) {}

  // Enables both directions. divider: processor clock / baud rate, at least 16.
  void Init(uint32_t divider) const;

  // What has arrived, without waiting; the receive buffer holds one byte.
  std::size_t Read(Span<uint8_t> into) const;

  // Waits for room before each byte, but not for ever: returns how many went out before the transmitter
  // stayed full.
  std::size_t Write(Span<const uint8_t> bytes) const;

  bool HasByte() const;

  // Whether a byte makes its interrupt pending, which is enough to end a WFI. No handler is needed as long as
  // PRIMASK is set.
  void WakeOnByte(bool wake) const;

 private:
  struct Registers {
    volatile uint32_t data;
    volatile uint32_t state;      // transmit full 0, receive full 1
    volatile uint32_t control;    // transmit enable 0, receive enable 1, receive interrupt enable 3
    volatile uint32_t interrupt;  // receive 1: write 1 to clear
    volatile uint32_t divider;
  };
  Registers& registers() const { return *reinterpret_cast<Registers*>(base_); }

  uint32_t base_;
  uint32_t receive_interrupt_;
};

}  // namespace emojicam::board
