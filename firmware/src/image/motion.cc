#include "image/motion.h"

namespace emojicam {

bool MotionGate::Update(Span<const int8_t> picture, uint16_t width, uint16_t height, uint8_t channels,
                        uint32_t time_ms) {
  if (!settings_.gate) return true;
  std::array<int32_t, kGrid * kGrid> sums = {};
  std::array<int32_t, kGrid * kGrid> counts = {};
  const int8_t* value = picture.data();
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t row = y * kGrid / height * kGrid;
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t block = row + x * kGrid / width;
      for (uint8_t channel = 0; channel < channels; ++channel) sums[block] += *value++;
      counts[block] += channels;
    }
  }
  bool moved = !any_;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const int32_t change = sums[i] > sums_[i] ? sums[i] - sums_[i] : sums_[i] - sums[i];
    moved = moved || (counts[i] > 0 && change >= settings_.difference * counts[i]);
  }
  if (moved) {
    sums_ = sums;
    any_ = true;
    moved_ms_ = time_ms;
  }
  resting_ = time_ms - moved_ms_ >= settings_.still_after_ms;
  return !resting_;
}

}  // namespace emojicam
