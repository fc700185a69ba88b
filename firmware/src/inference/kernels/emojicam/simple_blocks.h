// Blocks that are the same on every core, by whatever reads a pixel: small, so plain C++.
#pragma once

#include "inference/kernels/emojicam/block_format.h"

namespace emojicam::kernels {

// AVERAGE_POOL_2D over the whole image: rounded half away from zero (reference_integer_ops::AveragePool).
// pixel(channel, y, x) gives int8.
template <typename Pixel>
void Average(const SimpleBlock& block, Pixel pixel, uint8_t* output) {
  const auto count = static_cast<int32_t>(block.input.height * block.input.width);
  for (uint32_t c = 0; c < block.input.channels; ++c) {
    int32_t sum = 0;
    for (uint32_t y = 0; y < block.input.height; ++y) {
      for (uint32_t x = 0; x < block.input.width; ++x) sum += pixel(c, y, x);
    }
    int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
    if (mean < block.activation_min) mean = block.activation_min;
    if (mean > block.activation_max) mean = block.activation_max;
    output[c] = static_cast<uint8_t>(mean);
  }
}

// To int8 NHWC.
template <typename Pixel>
void Export(const SimpleBlock& block, Pixel pixel, uint8_t* output) {
  for (uint32_t y = 0; y < block.input.height; ++y) {
    for (uint32_t x = 0; x < block.input.width; ++x) {
      for (uint32_t c = 0; c < block.input.channels; ++c) *output++ = static_cast<uint8_t>(pixel(c, y, x));
    }
  }
}

}  // namespace emojicam::kernels
