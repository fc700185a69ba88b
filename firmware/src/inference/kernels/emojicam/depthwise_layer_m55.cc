// Depthwise 3x3 on tensors as TFLM has them, for the Cortex-M55: sixteen channels at a time are taken apart
// into rows of one channel each for the kernels of m55_kernels.h, and their outputs are put together again.
#include <cstring>

#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/m55_kernels.h"
#include "inference/kernels/emojicam/memory.h"
#include "inference/kernels/emojicam/tensor_loops.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kGroup = 16;  // channels

// How a strip is worked through.
struct Shape {
  uint32_t blocks;         // of 8 outputs a row of windows
  uint32_t channel_pitch;  // columns that are read
  uint32_t rows;           // that are read
  uint32_t windows;        // rows of windows
  uint32_t outputs;        // pixels that are written, and a spare one
};

Shape ShapeOf(const DepthwiseLayer& layer, uint32_t rows, uint32_t columns) {
  Shape shape = {};
  const bool single = layer.stride == 1;
  shape.blocks = single ? (columns + 3) / 4 : (columns + 7) / 8;
  shape.channel_pitch = (single ? 4 : 16) * shape.blocks + 2;
  shape.windows = single ? (rows + 1) / 2 : rows;
  shape.rows = 2 * shape.windows + 2;
  shape.outputs = rows * columns + 1;
  return shape;
}

uint32_t Up4(uint32_t bytes) { return (bytes + 3) / 4 * 4; }

// The part of a strip's rows that lies in the image; what doesn't is padding, for all channels the same.
struct Inside {
  uint32_t first_row;
  uint32_t rows;
  uint32_t before;  // columns
  uint32_t columns;
  const int8_t* pixel;  // of channel 0
};

Inside FindInside(const DepthwiseLayer& layer, const Shape& shape, const int8_t* input, int32_t top,
                  int32_t left) {
  const auto height = static_cast<int32_t>(layer.input.height);
  const auto width = static_cast<int32_t>(layer.input.width);
  const int32_t below = top + static_cast<int32_t>(shape.rows);
  const int32_t behind = left + static_cast<int32_t>(shape.channel_pitch);
  const int32_t first = top < 0 ? 0 : top;
  const int32_t bottom = below < height ? below : height;
  const int32_t begin = left < 0 ? 0 : left;
  const int32_t end = behind < width ? behind : width;
  if (first >= bottom || begin >= end) return {0, 0, 0, 0, input};
  return {static_cast<uint32_t>(first - top), static_cast<uint32_t>(bottom - first),
          static_cast<uint32_t>(begin - left), static_cast<uint32_t>(end - begin),
          input + (first * width + begin) * static_cast<int32_t>(layer.input.channels)};
}

void MakeRows(const DepthwiseLayer& layer, const Shape& shape, const Inside& inside, uint32_t channel,
              uint32_t channels, int8_t* rows) {
  const uint32_t pitch = layer.input.channels;
  for (uint32_t y = 0; y < inside.rows; ++y) {
    const int8_t* pixel = inside.pixel + y * layer.input.width * pitch + channel;
    int8_t* place = rows + (inside.first_row + y) * kGroup * shape.channel_pitch + inside.before;
#if defined(__ARM_FEATURE_MVE)
    const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), static_cast<uint16_t>(shape.channel_pitch));
    int8_t* more = place + 8 * shape.channel_pitch;
    if (channels > 8) {
#pragma GCC unroll 4
      for (uint32_t x = 0; x < inside.columns; ++x, pixel += pitch) {
        vstrbq_scatter_offset_s16(place++, places, vldrbq_s16(pixel));
        vstrbq_scatter_offset_s16(more++, places, vldrbq_s16(pixel + 8));
      }
    } else {
#pragma GCC unroll 4
      for (uint32_t x = 0; x < inside.columns; ++x, pixel += pitch) {
        vstrbq_scatter_offset_s16(place++, places, vldrbq_s16(pixel));
      }
    }
#else
    for (uint32_t x = 0; x < inside.columns; ++x, pixel += pitch, ++place) {
      for (uint32_t c = 0; c < channels; ++c) place[c * shape.channel_pitch] = pixel[c];
    }
#endif
  }
}

// Where the kernels put their lanes: [pixel][channel of the group], what is no pixel behind all.
void MakeTable(const DepthwiseLayer& layer, const Shape& shape, uint32_t rows, uint32_t columns,
               uint16_t* table) {
  const auto spare = static_cast<uint16_t>(rows * columns * kGroup);
  const bool single = layer.stride == 1;
  for (uint32_t window = 0; window < shape.windows; ++window) {
    for (uint32_t block = 0; block < shape.blocks; ++block) {
      for (uint32_t i = 0; i < 8; ++i) {
        const uint32_t row = single ? 2 * window + i % 2 : window;
        const uint32_t column = single ? 4 * block + i / 2 : 8 * block + i / 2 + i % 2 * 4;
        const bool there = row < rows && column < columns;
        *table++ = there ? static_cast<uint16_t>((row * columns + column) * kGroup) : spare;
      }
    }
  }
}

inline void PutTogether(const int8_t* group, uint32_t channels, int8_t* pixel) {
#if defined(__ARM_FEATURE_MVE)
  vst1q_p_s8(pixel, vld1q_s8(group), vctp8q(channels));
#else
  std::memcpy(pixel, group, channels);
#endif
}

}  // namespace

uint64_t DepthwiseScratchM55(const DepthwiseLayer& layer) {
  const uint32_t rows = layer.strip_rows < layer.output.height ? layer.strip_rows : layer.output.height;
  const Shape shape = ShapeOf(layer, rows, layer.strip_columns);
  return uint64_t{shape.rows} * kGroup * shape.channel_pitch + 4 + uint64_t{shape.outputs} * kGroup +
         uint64_t{16} * shape.blocks * shape.windows;
}

void RunDepthwiseM55(const DepthwiseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch) {
  const bool single = layer.stride == 1;
  const uint32_t channels = layer.input.channels;
  const auto* constants = reinterpret_cast<const M55WindowChannel*>(reinterpret_cast<const uint8_t*>(&layer) +
                                                                    layer.channels_offset);
  for (uint32_t y = 0; y < layer.output.height; y += layer.strip_rows) {
    const uint32_t count =
        layer.output.height - y < layer.strip_rows ? layer.output.height - y : layer.strip_rows;
    const int32_t top = static_cast<int32_t>(y * layer.stride) - static_cast<int32_t>(layer.padding_top);
    for (uint32_t x = 0; x < layer.output.width; x += layer.strip_columns) {
      const uint32_t left_over = layer.output.width - x;
      const uint32_t columns = left_over < layer.strip_columns ? left_over : layer.strip_columns;
      const int32_t left = static_cast<int32_t>(x * layer.stride) - static_cast<int32_t>(layer.padding_left);
      const Shape shape = ShapeOf(layer, count, columns);
      auto* const rows = reinterpret_cast<int8_t*>(scratch);
      int8_t* const made = rows + Up4(shape.rows * kGroup * shape.channel_pitch);
      auto* const table = reinterpret_cast<uint16_t*>(made + shape.outputs * kGroup);
      MakeTable(layer, shape, count, columns, table);
      M55WindowStrip strip = {};
      const uint32_t row_pitch = kGroup * shape.channel_pitch;
      strip.row_step = 2 * row_pitch;
      strip.channel_pitch = shape.channel_pitch;
      strip.rows = shape.windows;
      strip.blocks = shape.blocks;
      strip.table = table;
      for (uint32_t i = 0; i < 8; ++i) strip.gather[i] = static_cast<uint16_t>(i / 2 * row_pitch + i % 2 * 2);
      const Inside inside = FindInside(layer, shape, input, top, left);
      if (inside.rows != shape.rows || inside.columns != shape.channel_pitch) {
        FillBytes(scratch, static_cast<uint8_t>(layer.padding), shape.rows * row_pitch);
      }
      for (uint32_t c = 0; c < channels; c += kGroup) {
        const uint32_t group = channels - c < kGroup ? channels - c : kGroup;
        MakeRows(layer, shape, inside, c, group, rows);
        strip.input = rows;
        strip.channels = group;
        (single ? EMOJICAM_M55_KERNEL(Depthwise1) : EMOJICAM_M55_KERNEL(Depthwise2))(&strip, constants + c,
                                                                                     made);
        const int8_t* from = made;
        for (uint32_t row = 0; row < count; ++row) {
          int8_t* pixel = output + ((y + row) * layer.output.width + x) * channels + c;
#pragma GCC unroll 4
          for (uint32_t i = 0; i < columns; ++i, from += kGroup, pixel += channels)
            PutTogether(from, group, pixel);
        }
      }
    }
  }
  Clamp(output, layer.header.output_bytes, -128, layer.activation_max);
}

}  // namespace emojicam::kernels
