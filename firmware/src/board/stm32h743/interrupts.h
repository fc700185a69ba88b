// Interrupt lines and priorities: 16 levels, 0 the most urgent, in the top four bits. (DDI 0403E B3.4)
#pragma once

#include <cstdint>

#include "board/stm32h743/registers.h"

namespace emojicam::board {

inline constexpr uint32_t kTickPriority = 0;
inline constexpr uint32_t kCameraPriority = 2;
inline constexpr uint32_t kUsbPriority = 4;

inline void EnableInterrupt(uint32_t line, uint32_t priority) {
  *reinterpret_cast<volatile uint8_t*>(NVIC_IPR0.address() + line) = static_cast<uint8_t>(priority << 4);
  NVIC_ISER0[4 * (line / 32)].Write(Bit(line % 32));
}

inline void DisableInterrupt(uint32_t line) {
  NVIC_ICER0[4 * (line / 32)].Write(Bit(line % 32));
  asm volatile("dsb; isb" ::: "memory");
}

// Interrupts are off while it lives.
class InterruptLock {
 public:
  InterruptLock() {
    asm volatile("mrs %0, primask" : "=r"(before_));
    asm volatile("cpsid i" ::: "memory");
  }
  ~InterruptLock() { asm volatile("msr primask, %0" ::"r"(before_) : "memory"); }
  InterruptLock(const InterruptLock&) = delete;
  InterruptLock& operator=(const InterruptLock&) = delete;

 private:
  uint32_t before_ = 0;
};

}  // namespace emojicam::board
