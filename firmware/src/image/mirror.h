// A picture and its mirror image, in turn: two views of a gesture at the cost of one.
//
// A model is unsure of other frames where left and right are swapped, and the decision's smoothing (gesture/)
// takes the mean. Which of the two is seen follows from the time alone: not from the rate, from frames that
// were dropped, or from where a recording begins. Its Python twin is python/emojicam/image/mirror.py.
#pragma once

#include <cstdint>

#include "base/span.h"

namespace emojicam {

// For how long each of the two is seen, in milliseconds: short beside the smoothing's time constant, and
// twice as long is no usual camera's gap between two frames.
inline constexpr uint32_t kMirrorSlotMs = 64;

// Whether a frame that was taken then is seen mirrored. time_ms wraps around, of which this takes no notice.
constexpr bool MirroredAt(uint32_t time_ms) { return time_ms / kMirrorSlotMs % 2 != 0; }

// Swaps left and right, in place. picture: as ToModelInput() writes it, whole rows of `width` pixels of
// `channels` values.
void Mirror(uint16_t width, uint8_t channels, Span<int8_t> picture);

}  // namespace emojicam
