// The serial number as a string descriptor (USB 2.0, 9.6.7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam::usb {

class SerialNumber {
 public:
  static constexpr std::size_t kMaxBytes = 16;

  // Without digits: hosts then tell two cameras apart by the port that they are plugged into.
  SerialNumber() = default;

  // `id` in hexadecimal, its first kMaxBytes bytes.
  explicit SerialNumber(Span<const uint8_t> id) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::size_t size = 1;
    for (const uint8_t byte : id.first(kMaxBytes)) {
      words_[size++] = static_cast<uint8_t>(kDigits[byte >> 4]);
      words_[size++] = static_cast<uint8_t>(kDigits[byte & 0xF]);
    }
    words_[0] = static_cast<uint16_t>(kStringType << 8 | 2 * size);
  }

  // Length and type in the first word, then UTF-16.
  const uint16_t* descriptor() const { return words_.data(); }

 private:
  static constexpr std::size_t kStringType = 3;
  std::array<uint16_t, 1 + 2 * kMaxBytes> words_ = {kStringType << 8 | 2};
};

}  // namespace emojicam::usb
