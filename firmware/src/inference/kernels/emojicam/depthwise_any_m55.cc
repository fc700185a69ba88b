// Depthwise layers of any window on tensors as TFLM has them, for the Cortex-M55: sixteen channels at a time
// are taken apart into the columns of any_kernels.h.
#include <cstring>

#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/memory.h"
#include "inference/kernels/emojicam/tensor_loops.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kGroup = 16;  // channels
constexpr uint32_t kBlock = 8;   // outputs

// How a strip is worked through.
struct Shape {
  uint32_t columns;  // that are read
  uint32_t blocks;   // of outputs a row
  uint32_t row;      // bytes of one output row's columns
  uint32_t plane;    // bytes of a channel
};

Shape ShapeOf(const DepthwiseAnyLayer& layer, uint32_t rows, uint32_t columns) {
  Shape shape = {};
  shape.columns = (columns - 1) * layer.stride_width + layer.window_width;
  shape.blocks = (columns + kBlock - 1) / kBlock;
  shape.row = shape.columns * layer.window_height;
  // The last block's windows reach beyond the last row's columns.
  const uint32_t beyond = (kBlock * shape.blocks - columns) * layer.stride_width * layer.window_height;
  shape.plane = rows * shape.row + beyond + 16 * M55AnyVectors(layer.window_height * layer.window_width);
  return shape;
}

// The part of a strip's columns that lies in the image; what doesn't is padding, for all channels the same.
struct Inside {
  uint32_t before;
  uint32_t count;
  int32_t first;  // column of the image
};

Inside FindInside(const DepthwiseAnyLayer& layer, const Shape& shape, int32_t left) {
  const auto width = static_cast<int32_t>(layer.input.width);
  const int32_t behind = left + static_cast<int32_t>(shape.columns);
  const int32_t begin = left < 0 ? 0 : left;
  const int32_t end = behind < width ? behind : width;
  if (begin >= end) return {0, 0, 0};
  return {static_cast<uint32_t>(begin - left), static_cast<uint32_t>(end - begin), begin};
}

// `count` pixels of up to 16 channels, each channel to a plane of its own and each pixel `height` bytes on.
void TakeApart(const int8_t* pixel, uint32_t pitch, uint32_t count, uint32_t channels, int8_t* place,
               uint32_t height, uint32_t plane) {
#if defined(__ARM_FEATURE_MVE)
  const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), static_cast<uint16_t>(plane));
  if (channels > 8) {
    int8_t* more = place + 8 * plane;
#pragma GCC unroll 4
    for (uint32_t x = 0; x < count; ++x, pixel += pitch, place += height, more += height) {
      vstrbq_scatter_offset_s16(place, places, vldrbq_s16(pixel));
      vstrbq_scatter_offset_s16(more, places, vldrbq_s16(pixel + 8));
    }
  } else {
#pragma GCC unroll 4
    for (uint32_t x = 0; x < count; ++x, pixel += pitch, place += height) {
      vstrbq_scatter_offset_s16(place, places, vldrbq_s16(pixel));
    }
  }
#else
  for (uint32_t x = 0; x < count; ++x, pixel += pitch, place += height) {
    for (uint32_t c = 0; c < channels; ++c) place[c * plane] = pixel[c];
  }
#endif
}

// The columns of `rows` output rows, the first of which begins at row `top` of the image.
void MakeColumns(const DepthwiseAnyLayer& layer, const Shape& shape, const Inside& inside,
                 const int8_t* input, int32_t top, uint32_t rows, uint32_t channels, int8_t* columns) {
  const uint32_t height = layer.window_height;
  const uint32_t pitch = layer.input.channels;
  for (uint32_t row = 0; row < rows; ++row, columns += shape.row) {
    for (uint32_t i = 0; i < height; ++i) {
      const int32_t y = top + static_cast<int32_t>(row * layer.stride_height + i);
      if (y < 0 || y >= static_cast<int32_t>(layer.input.height)) continue;
      const int8_t* pixel =
          input + (y * static_cast<int32_t>(layer.input.width) + inside.first) * static_cast<int32_t>(pitch);
      TakeApart(pixel, pitch, inside.count, channels, columns + inside.before * height + i, height,
                shape.plane);
    }
  }
}

M55AnyKernel* KernelFor(uint32_t vectors) {
  switch (vectors) {
    case 1:
      return &EMOJICAM_M55_KERNEL(Any1);
    case 2:
      return &EMOJICAM_M55_KERNEL(Any2);
    case 3:
      return &EMOJICAM_M55_KERNEL(Any3);
    default:
      return &EMOJICAM_M55_KERNEL(Any4);
  }
}

}  // namespace

uint64_t DepthwiseAnyScratchM55(const DepthwiseAnyLayer& layer) {
  const uint64_t columns = uint64_t{layer.strip_columns} + kBlock - 1;
  const uint64_t most =
      (columns * layer.stride_width + layer.window_width) * layer.window_height * layer.strip_rows;
  if (most > 0xFFFF) return most * kGroup;  // more than there may be, whatever it is
  return uint64_t{kGroup} * ShapeOf(layer, layer.strip_rows, layer.strip_columns).plane;
}

void RunDepthwiseAnyM55(const DepthwiseAnyLayer& layer, const int8_t* input, int8_t* output,
                        uint8_t* scratch) {
  const uint32_t channels = layer.input.channels;
  const uint32_t outputs = layer.output.channels;
  const uint32_t each = outputs / channels;
  const uint32_t vectors = M55AnyVectors(layer.window_height * layer.window_width);
  const uint32_t channel_bytes = sizeof(M55AnyChannel) + 16 * vectors;
  const uint8_t* const constants = reinterpret_cast<const uint8_t*>(&layer) + layer.channels_offset;
  M55AnyKernel* const kernel = KernelFor(vectors);
  auto* const columns_of = reinterpret_cast<int8_t*>(scratch);
  M55AnyRows job = {};
  job.step = layer.stride_width * layer.window_height;
  job.out_step = kBlock * outputs;
  job.out_row_step = layer.output.width * outputs;
  for (uint32_t i = 0; i < 8; ++i) job.scatter[i] = static_cast<uint16_t>((i / 2 + i % 2 * 4) * outputs);
  for (uint32_t y = 0; y < layer.output.height; y += layer.strip_rows) {
    const uint32_t left_over = layer.output.height - y;
    job.rows = left_over < layer.strip_rows ? left_over : layer.strip_rows;
    const int32_t top =
        static_cast<int32_t>(y * layer.stride_height) - static_cast<int32_t>(layer.padding_top);
    for (uint32_t x = 0; x < layer.output.width; x += layer.strip_columns) {
      const uint32_t rest = layer.output.width - x;
      const uint32_t columns = rest < layer.strip_columns ? rest : layer.strip_columns;
      const int32_t left =
          static_cast<int32_t>(x * layer.stride_width) - static_cast<int32_t>(layer.padding_left);
      const Shape shape = ShapeOf(layer, job.rows, columns);
      job.blocks = shape.blocks;
      job.row_step = shape.row;
      job.lanes = 0;
      const uint32_t in_last = columns - (shape.blocks - 1) * kBlock;
      for (uint32_t i = 0; i < 8; ++i) {
        if (i / 2 + i % 2 * 4 < in_last) job.lanes |= 3u << (2 * i);
      }
      // Whatever of it is image is written over, channel group by channel group.
      FillBytes(scratch, static_cast<uint8_t>(layer.padding), kGroup * shape.plane);
      const Inside inside = FindInside(layer, shape, left);
      for (uint32_t c = 0; c < channels; c += kGroup) {
        const uint32_t group = channels - c < kGroup ? channels - c : kGroup;
        MakeColumns(layer, shape, inside, input + c, top, job.rows, group, columns_of);
        for (uint32_t n = c * each; n < (c + group) * each; ++n) {
          job.columns = columns_of + (n / each - c) * shape.plane;
          kernel(&job, reinterpret_cast<const M55AnyChannel*>(constants + n * channel_bytes),
                 output + (y * layer.output.width + x) * outputs + n);
        }
      }
    }
  }
  Clamp(output, layer.header.output_bytes, layer.activation_min, layer.activation_max);
}

}  // namespace emojicam::kernels
