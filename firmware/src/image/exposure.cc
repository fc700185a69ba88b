#include "image/exposure.h"

#include <algorithm>

namespace emojicam {

Exposure ExposureOf(Span<const int8_t> picture) {
  uint32_t dark = 0;
  uint32_t blown = 0;
  for (const int8_t value : picture) {
    dark += value + 128 <= kDarkLevel ? 1 : 0;
    blown += value + 128 >= kBlownLevel ? 1 : 0;
  }
  const auto size = static_cast<uint32_t>(picture.size());
  if (size == 0) return Exposure::kFine;
  if (dark * 1000 >= size * kDarkPermille) return Exposure::kDark;
  if (blown * 1000 >= size * kBlownPermille) return Exposure::kBlown;
  return Exposure::kFine;
}

bool ExposureCheck::Update(Exposure seen, uint32_t time_ms) {
  const uint32_t gap = clock_.Gap(time_ms);
  // No further than needed: it must not wrap around.
  alike_ms_ = seen == last_ ? std::min(alike_ms_ + gap, kPatienceMs) : 0;
  last_ = seen;
  if (seen == verdict_ || alike_ms_ < kPatienceMs) return false;
  verdict_ = seen;
  return true;
}

}  // namespace emojicam
