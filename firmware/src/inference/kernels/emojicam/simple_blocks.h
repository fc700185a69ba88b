// Blocks that are the same on every core, by whatever reads a row of pixels: small, so plain C++.
#pragma once

#include "inference/kernels/emojicam/block_format.h"

namespace emojicam::kernels {

// AVERAGE_POOL_2D over the whole image, to int8: rounded half away from zero
// (reference_integer_ops::AveragePool). Sums(image)(channel) is the sum of a channel's pixels as int8, from
// where its first one is.
template <typename Sums>
void Average(const SimpleBlock& block, const uint8_t* input, uint8_t* output) {
  const Sums sums(block.input);
  const auto count = static_cast<int32_t>(block.input.height * block.input.width);
  // What is written could be the block, for all that the compiler knows.
  const uint32_t pitch = block.input.channel_pitch;
  const int32_t low = block.activation_min;
  const int32_t high = block.activation_max;
  const uint8_t* const end = output + block.input.channels;
  for (; output != end; ++output, input += pitch) {
    const int32_t sum = sums(input);
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): a map has at least one value
    const int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
    *output = static_cast<uint8_t>(mean < low ? low : mean > high ? high : mean);
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
