// A block does the work of several layers of the original model. Whoever counts layers can have a block say
// when it has finished each of them: layer by layer of the block, depthwise and pointwise apart.
#pragma once

#include <cstdint>

namespace emojicam::kernels {

// Called, if set, after each piece of work on a layer: `part` is 2 * its number in the block for a depthwise
// layer and 2 * number + 1 for the pointwise layer behind it. Strips bring each part several times.
inline void (*part_done)(uint32_t part) = nullptr;

inline void PartDone(uint32_t part) {
  if (part_done != nullptr) part_done(part);
}

}  // namespace emojicam::kernels
