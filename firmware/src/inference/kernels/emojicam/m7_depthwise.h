// The depthwise layers of the Cortex-M7's chains.
#pragma once

#include "inference/kernels/emojicam/block_format.h"

namespace emojicam::kernels {

// Output rows y .. y + count of a block's layer, to the interleaved layout of m7_kernels.h. `input` is where
// row 0 is or would be; an output without gaps between its rows is made at once. `scratch` is the layer's.
void RunDepthwise(const SeparableBlock& block, const SeparableLayer& layer, const uint8_t* input,
                  uint8_t* scratch, uint8_t* interleaved, uint32_t y, uint32_t count);

}  // namespace emojicam::kernels
