// Blocks that are the same on every core, by whatever reads a row of pixels: small, so plain C++.
#pragma once

#include "inference/kernels/emojicam/block_format.h"

namespace emojicam::kernels {

// AVERAGE_POOL_2D over the whole image, to int8: rounded half away from zero
// (reference_integer_ops::AveragePool). Row(image, first pixel, channel, y): [x] is a pixel as int8,
// Sum(count) the sum of the first ones.
template <typename Row>
void Average(const SimpleBlock& block, const uint8_t* input, uint8_t* output) {
  // Without gaps between them all rows are one.
  const bool gapless = block.input.layout == Layout::kFlat;
  const uint32_t height = gapless ? 1 : block.input.height;
  const uint32_t width = gapless ? block.input.height * block.input.width : block.input.width;
  const auto count = static_cast<int32_t>(height * width);
  for (uint32_t c = 0; c < block.input.channels; ++c) {
    int32_t sum = 0;
    for (uint32_t y = 0; y < height; ++y) sum += Row(block.input, input, c, y).Sum(width);
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): a map has at least one value
    int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
    if (mean < block.activation_min) mean = block.activation_min;
    if (mean > block.activation_max) mean = block.activation_max;
    output[c] = static_cast<uint8_t>(mean);
  }
}

// To int8 NHWC.
template <typename Row>
void Export(const SimpleBlock& block, const uint8_t* input, uint8_t* output) {
  const uint32_t channels = block.input.channels;
  for (uint32_t y = 0; y < block.input.height; ++y) {
    for (uint32_t c = 0; c < channels; ++c) {
      const Row row(block.input, input, c, y);
      uint8_t* pixel = output + y * block.input.width * channels + c;
      for (uint32_t x = 0; x < block.input.width; ++x, pixel += channels)
        *pixel = static_cast<uint8_t>(row[x]);
    }
  }
}

}  // namespace emojicam::kernels
