// Two erasable slots of flash, as the store sees them. Implemented by a board.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/span.h"

namespace emojicam {

class FlashDevice {
 public:
  // Bytes that are programmed at once, each of them once after an erase: 32 on an STM32H743 (RM0433, 4.3.9).
  static constexpr std::size_t kWord = 32;

  // Bytes in a slot, a multiple of kWord.
  virtual std::size_t slot_size() const = 0;
  // All calls: slot is 0 or 1, offset and size are multiples of kWord and within the slot. Where the flash
  // says that it failed the bytes are, as after a power cut in the middle, anything.
  virtual Error Erase(uint8_t slot) = 0;
  virtual Error Write(uint8_t slot, std::size_t offset, Span<const uint8_t> bytes) = 0;
  // An error also where a word cannot be read, as one with two wrong bits after a power cut (RM0433, 4.3.12).
  virtual Error Read(uint8_t slot, std::size_t offset, Span<uint8_t> bytes) = 0;

 protected:
  ~FlashDevice() = default;
};

}  // namespace emojicam
