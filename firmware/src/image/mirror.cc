#include "image/mirror.h"

#include <cstring>

namespace emojicam {
namespace {

void Swap(int8_t* left, int8_t* right, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const int8_t value = left[i];
    left[i] = right[i];
    right[i] = value;
  }
}

// Four pixels of one channel at each end at a time, as long as there are, then one.
void ReverseBytes(int8_t* begin, int8_t* end) {
  for (; end - begin >= 8; begin += 4, end -= 4) {
    uint32_t left;
    uint32_t right;
    std::memcpy(&left, begin, 4);
    std::memcpy(&right, end - 4, 4);
    left = __builtin_bswap32(left);
    right = __builtin_bswap32(right);
    std::memcpy(begin, &right, 4);
    std::memcpy(end - 4, &left, 4);
  }
  for (; end - begin >= 2; ++begin, --end) Swap(begin, end - 1, 1);
}

void ReversePixels(int8_t* begin, int8_t* end, std::size_t channels) {
  int8_t* right = end - channels;
  for (int8_t* left = begin; left < right; left += channels, right -= channels) Swap(left, right, channels);
}

}  // namespace

void Mirror(uint16_t width, uint8_t channels, Span<int8_t> picture) {
  const std::size_t row = std::size_t{width} * channels;
  int8_t* const end = picture.data() + picture.size();
  for (int8_t* begin = picture.data(); begin < end; begin += row) {
    if (channels == 1) {
      ReverseBytes(begin, begin + row);
    } else {
      ReversePixels(begin, begin + row, channels);
    }
  }
}

}  // namespace emojicam
