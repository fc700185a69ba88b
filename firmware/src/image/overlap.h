// Which input pixels lie under an output pixel, and by how much.
#pragma once

#include <cstdint>

namespace emojicam {

// What lies under one output pixel in one direction: `count` input pixels from `first` on, the ends by their
// part, those between in full. In units of 1 / out of an input pixel, so that all weights are whole numbers
// that add up to `in`: input pixel i covers [i * out, (i + 1) * out), output pixel o [o * in, (o + 1) * in).
struct Overlap {
  uint16_t first;
  uint16_t count;
  uint16_t first_weight;
  uint16_t last_weight;  // where count is above 1

  // Of input pixel first + i. full: out.
  uint32_t weight(uint32_t i, uint32_t full) const {
    return i == 0 ? first_weight : i + 1 < count ? full : last_weight;
  }
};

inline Overlap OverlapOf(uint32_t o, uint32_t in, uint32_t out) {
  const uint32_t begin = o * in;
  const uint32_t end = begin + in;
  const uint32_t first = begin / out;
  const uint32_t last = (end - 1) / out;
  const uint32_t first_end = (first + 1) * out;
  return {static_cast<uint16_t>(first), static_cast<uint16_t>(last - first + 1),
          static_cast<uint16_t>((first_end < end ? first_end : end) - begin),
          static_cast<uint16_t>(end - last * out)};
}

}  // namespace emojicam
