// Takes a fuzzer's input apart, from the front. Past its end everything is 0 and empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam {

class Input {
 public:
  Input(const uint8_t* data, std::size_t size) : left_(data, size) {}

  bool empty() const { return left_.empty(); }
  uint8_t Byte() {
    const Span<const uint8_t> one = Bytes(1);
    return one.empty() ? uint8_t{0} : one[0];
  }
  uint8_t Below(uint8_t limit) { return static_cast<uint8_t>(Byte() % limit); }
  Span<const uint8_t> Bytes(std::size_t count) {
    const Span<const uint8_t> taken = left_.first(count);
    left_ = left_.subspan(taken.size());
    return taken;
  }
  Span<const uint8_t> Rest() { return Bytes(left_.size()); }

 private:
  Span<const uint8_t> left_;
};

}  // namespace emojicam
