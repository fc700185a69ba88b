// Whether anything moves in front of the camera: where nothing has for a while, frames need not be classified.
//
//   picture --8 x 8 blocks--> sums --against those of the last picture that had moved--> moved?
//           --none for still_after_ms?--> at rest
//
// All in integers; its Python twin is python/emojicam/image/motion.py. As the picture compared with stays the
// same until something has moved, slow changes add up until they count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam {

struct MotionSettings {
  bool gate = false;             // off: never at rest
  uint8_t difference = 6;        // by how much a block's mean must change to have moved, 1 to 255
  uint16_t still_after_ms = 3000;  // at rest after so long without, above 0
};

class MotionGate {
 public:
  static constexpr std::size_t kGrid = 8;

  // settings: the caller's, outlives this.
  explicit MotionGate(const MotionSettings& settings) : settings_(settings) {}

  // One picture, as the model sees it: height rows of width pixels with `channels` values each; all pictures
  // of one gate have the same size. time_ms: when it was taken.
  //
  // Returns whether the board is awake; false where this picture need not be classified.
  bool Update(Span<const int8_t> picture, uint16_t width, uint16_t height, uint8_t channels, uint32_t time_ms);

  bool resting() const { return resting_; }

 private:
  const MotionSettings& settings_;
  std::array<int32_t, kGrid * kGrid> sums_ = {};
  bool any_ = false;
  bool resting_ = false;
  uint32_t moved_ms_ = 0;
};

}  // namespace emojicam
