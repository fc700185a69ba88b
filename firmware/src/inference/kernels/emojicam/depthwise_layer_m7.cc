// Depthwise 3x3 on tensors as TFLM has them, for the Cortex-M7: four channels at a time are taken apart into
// planes for the kernels of m7_kernels.h, and their outputs are put together again.
#include <cstring>

#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/m7_kernels.h"
#include "inference/kernels/emojicam/tensor_loops.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kGroup = 4;                            // channels
constexpr uint32_t kTile = 16;                            // bytes: 2 pixels of a group, as halfwords
constexpr uint32_t kTilesARow = (kM7Widest + 5) / 6 * 3;  // of whole blocks
constexpr uint32_t kRowHalves = kM7Pitch64 / 2;

uint32_t RowsNeeded(const DepthwiseLayer& layer, uint32_t count) { return (count - 1) * layer.stride + 3; }

// A plane's rows, the halfword before them and what a kernel reads behind them.
uint32_t PlaneBytes(const DepthwiseLayer& layer) {
  return (RowsNeeded(layer, layer.strip_rows) + 1) * kM7Pitch64;
}

void Store(uint16_t* halves, uint32_t word) { std::memcpy(halves, &word, sizeof(word)); }

// `count` pixels of four channels to a row of each plane.
void TakeApart(const int8_t* pixel, uint32_t pitch, uint32_t count, uint16_t* row, uint32_t plane) {
  uint16_t* const row1 = row + plane;
  uint16_t* const row2 = row1 + plane;
  uint16_t* const row3 = row2 + plane;
  uint32_t x = 0;
#pragma GCC unroll 2
  for (; x + 2 <= count; x += 2, pixel += 2 * pitch) {
    const uint32_t a = Word(pixel);
    const uint32_t b = Word(pixel + pitch);
    const uint32_t even_a = EvenBytes(a);
    const uint32_t even_b = EvenBytes(b);
    const uint32_t odd_a = OddBytes(a);
    const uint32_t odd_b = OddBytes(b);
    Store(row + x, Low(even_a, even_b));
    Store(row1 + x, Low(odd_a, odd_b));
    Store(row2 + x, High(even_a, even_b));
    Store(row3 + x, High(odd_a, odd_b));
  }
  if (x < count) {
    const uint32_t a = Word(pixel);
    row[x] = static_cast<uint16_t>(EvenBytes(a));
    row1[x] = static_cast<uint16_t>(OddBytes(a));
    row2[x] = static_cast<uint16_t>(EvenBytes(a) >> 16);
    row3[x] = static_cast<uint16_t>(OddBytes(a) >> 16);
  }
}

// The part of a strip's planes that lies in the image; what doesn't is padding, for all channels the same.
struct Inside {
  uint32_t first_row;
  uint32_t rows;
  uint32_t before;  // columns
  uint32_t columns;
  const int8_t* pixel;  // of channel 0
};

Inside FindInside(const DepthwiseLayer& layer, const int8_t* input, int32_t top, uint32_t rows, int32_t left,
                  uint32_t columns) {
  const auto height = static_cast<int32_t>(layer.input.height);
  const auto width = static_cast<int32_t>(layer.input.width);
  const int32_t first = top < 0 ? 0 : top;
  const int32_t bottom =
      top + static_cast<int32_t>(rows) < height ? top + static_cast<int32_t>(rows) : height;
  const int32_t begin = left < 0 ? 0 : left;
  const int32_t end =
      left + static_cast<int32_t>(columns) < width ? left + static_cast<int32_t>(columns) : width;
  if (first >= bottom || begin >= end) return {0, 0, 0, 0, input};
  return {static_cast<uint32_t>(first - top), static_cast<uint32_t>(bottom - first),
          static_cast<uint32_t>(begin - left), static_cast<uint32_t>(end - begin),
          input + (first * width + begin) * static_cast<int32_t>(layer.input.channels)};
}

// Fills the planes with padding where they aren't all image.
void FillPadding(const DepthwiseLayer& layer, const Inside& inside, uint32_t rows, uint32_t columns,
                 uint16_t* planes, uint32_t plane) {
  if (inside.rows == rows && inside.columns == columns) return;
  const auto padding = static_cast<uint16_t>(layer.padding);
  for (uint32_t c = 0; c < kGroup; ++c) {
    for (uint32_t i = 0; i < rows * kRowHalves; ++i) planes[c * plane + i] = padding;
  }
}

// Four channels of a pixel from the two words that a tile has of it.
inline uint32_t Pixel(uint32_t low, uint32_t high) {
  return Low(low | low >> 8, high | high >> 8) ^ 0x80808080;
}

// Tiles of a row back to pixels. Fewer than four channels at the tensor's end.
void PutTogether(const uint8_t* tiles, uint32_t columns, uint32_t channels, int8_t* pixel, uint32_t pitch) {
  const auto* words = reinterpret_cast<const uint32_t*>(tiles);
  if (channels != kGroup) {
    for (uint32_t x = 0; x < columns; ++x, pixel += pitch) {
      const uint32_t word = Pixel(words[x / 2 * 4 + x % 2], words[x / 2 * 4 + x % 2 + 2]);
      std::memcpy(pixel, &word, channels);
    }
    return;
  }
  uint32_t x = 0;
  for (; x + 2 <= columns; x += 2, words += 4, pixel += 2 * pitch) {
    const uint32_t first = Pixel(words[0], words[2]);
    const uint32_t second = Pixel(words[1], words[3]);
    std::memcpy(pixel, &first, sizeof(first));
    std::memcpy(pixel + pitch, &second, sizeof(second));
  }
  if (x < columns) {
    const uint32_t last = Pixel(words[0], words[2]);
    std::memcpy(pixel, &last, sizeof(last));
  }
}

}  // namespace

uint64_t DepthwiseScratchM7(const DepthwiseLayer& layer) {
  const uint64_t rows = uint64_t{layer.strip_rows - 1} * layer.stride + 4;
  return kGroup * rows * kM7Pitch64 + uint64_t{layer.strip_rows} * kTilesARow * kTile;
}

void RunDepthwiseM7(const DepthwiseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch) {
  const bool single = layer.stride == 1;
  const uint32_t channels = layer.input.channels;
  const uint32_t plane_bytes = PlaneBytes(layer);
  uint8_t* const tiles = scratch + kGroup * plane_bytes;
  // With stride 1 a window begins in the second halfword of the word before the pixels.
  const uint32_t lead = single ? 1 : 0;
  const auto* constants = reinterpret_cast<const M7WindowChannel*>(reinterpret_cast<const uint8_t*>(&layer) +
                                                                   layer.channels_offset);
  for (uint32_t y = 0; y < layer.output.height; y += layer.strip_rows) {
    const uint32_t count =
        layer.output.height - y < layer.strip_rows ? layer.output.height - y : layer.strip_rows;
    const int32_t top = static_cast<int32_t>(y * layer.stride) - static_cast<int32_t>(layer.padding_top);
    for (uint32_t x = 0; x < layer.output.width; x += layer.strip_columns) {
      const uint32_t left_over = layer.output.width - x;
      const uint32_t columns = left_over < layer.strip_columns ? left_over : layer.strip_columns;
      const int32_t left = static_cast<int32_t>(x * layer.stride) - static_cast<int32_t>(layer.padding_left);
      const uint32_t blocks = single ? (columns + 5) / 6 : (columns + 3) / 4;
      const uint32_t rows = RowsNeeded(layer, count);
      const uint32_t needed = (columns - 1) * layer.stride + 3;
      auto* const planes = reinterpret_cast<uint16_t*>(scratch) + lead;
      const Inside inside = FindInside(layer, input, top, rows, left, needed);
      FillPadding(layer, inside, rows, needed, planes, plane_bytes / 2);
      const M7WindowStrip strip = {nullptr, count, blocks, kTile, kTilesARow * kTile};
      for (uint32_t c = 0; c < channels; c += kGroup) {
        const uint32_t group = channels - c < kGroup ? channels - c : kGroup;
        for (uint32_t row = 0; row < inside.rows; ++row) {
          TakeApart(inside.pixel + row * layer.input.width * channels + c, channels, inside.columns,
                    planes + (inside.first_row + row) * kRowHalves + inside.before, plane_bytes / 2);
        }
        for (uint32_t i = 0; i < group; ++i) {
          M7WindowStrip one = strip;
          one.rows = scratch + i * plane_bytes;
          const M7WindowChannel* channel = constants + c + i;
          uint8_t* out = tiles + i / 2 * 8 + i % 2 * 2;
          if (single) {
            (channel->shift == 0 ? EMOJICAM_M7_KERNEL(Depthwise1Fold64)
                                 : EMOJICAM_M7_KERNEL(Depthwise1Any64))(&one, channel, out);
          } else {
            (channel->shift == 0 ? EMOJICAM_M7_KERNEL(Depthwise2Fold64)
                                 : EMOJICAM_M7_KERNEL(Depthwise2Any64))(&one, channel, out);
          }
        }
        for (uint32_t row = 0; row < count; ++row) {
          PutTogether(tiles + row * kTilesARow * kTile, columns, group,
                      output + ((y + row) * layer.output.width + x) * channels + c, channels);
        }
      }
    }
  }
  Clamp(output, layer.header.output_bytes, -128, layer.activation_max);
}

}  // namespace emojicam::kernels
