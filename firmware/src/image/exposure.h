// Whether a camera's pictures are any use: neither black nor blown out.
//
// Exposure and gain are the sensor's own; this only says when they have not come to anything: a lens cap, a
// dead sensor, a window in the picture. Its Python twin is python/emojicam/image/exposure.py.
#pragma once

#include <cstdint>

#include "base/frame_clock.h"
#include "base/span.h"

namespace emojicam {

enum class Exposure : uint8_t { kFine = 0, kDark = 1, kBlown = 2 };

// At or below this of 0 to 255 a value is black, at or above that it is blown.
inline constexpr uint8_t kDarkLevel = 20;
inline constexpr uint8_t kBlownLevel = 250;
// So many thousandths of a picture have to be black, or blown.
inline constexpr uint32_t kDarkPermille = 980;
inline constexpr uint32_t kBlownPermille = 900;

// One picture, as the model sees it: each value - 128. An empty one is fine.
Exposure ExposureOf(Span<const int8_t> picture);

// Judges a stream of pictures: what one of them looks like counts once it has lasted, as a sensor's own
// exposure takes a while to follow the light.
class ExposureCheck {
 public:
  // For how long pictures must have been alike.
  static constexpr uint32_t kPatienceMs = 2000;

  // One picture's verdict, and when it was taken. Returns true when what counts has changed with it.
  bool Update(Exposure seen, uint32_t time_ms);

  Exposure verdict() const { return verdict_; }

 private:
  Exposure verdict_ = Exposure::kFine;
  Exposure last_ = Exposure::kFine;
  FrameClock clock_;
  uint32_t alike_ms_ = 0;
};

}  // namespace emojicam
