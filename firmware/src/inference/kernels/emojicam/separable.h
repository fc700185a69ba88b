// A block of one or two separable layers, strip by strip: what is the same on every core.
//
// What differs, a core's file has in a type:
//   RunLayer(block, number, pool, input, output, y, count): output rows y .. y + count of a layer of the
//     block. `input` and `output` are where row 0 is or would be.
//   BeginWindow(block, base): before anything is written into the window whose row 0 is at `base`.
//   MoveRows(rows, base, from, count): so many rows of the window, all channels, to its beginning.
//   PadRows(rows, base, row, count): makes padding of so many rows from `row` on.
//   PadAround(layer, output): the padding that belongs to the block's output.
#pragma once

#include "inference/kernels/emojicam/block_format.h"

namespace emojicam::kernels {

inline constexpr uint32_t kWindow = 3;  // rows and columns of a depthwise window

template <typename T>
const T* Constants(const BlockHeader& block, uint32_t offset) {
  return reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(&block) + offset);
}

// Two layers: the first one's output exists only as the window of rows that the second one needs next.
template <typename Core>
class Window {
 public:
  Window(const SeparableBlock& block, uint8_t* pool)
      : block_(block), pool_(pool), rows_(block.layers[1].input), base_(pool + block.window_offset) {
    Core::BeginWindow(block, base_);
  }

  // Makes rows first .. first + count of the first layer's output, in image coordinates, those outside of the
  // image as padding. Returns where row 0 of the image is or would be.
  uint8_t* Advance(const uint8_t* input, int32_t first, uint32_t count) {
    const auto height = static_cast<int32_t>(rows_.height);
    const int32_t end = first + static_cast<int32_t>(count);
    if (next_ > first) {
      Core::MoveRows(rows_, base_, static_cast<uint32_t>(first - first_),
                     static_cast<uint32_t>(next_ - first));
    }
    uint8_t* row0 = base_ - first * static_cast<int32_t>(rows_.row_pitch);
    if (first < 0) Core::PadRows(rows_, base_, 0, static_cast<uint32_t>(-first));
    if (next_ < 0) next_ = 0;
    const SeparableLayer& layer = block_.layers[0];
    const int32_t stop = end < height ? end : height;
    while (next_ < stop) {
      uint32_t rows = static_cast<uint32_t>(stop - next_);
      if (rows > layer.strip_rows) rows = layer.strip_rows;
      Core::RunLayer(block_, 0, pool_, input, row0, static_cast<uint32_t>(next_), rows);
      next_ += static_cast<int32_t>(rows);
    }
    if (end > height) {
      Core::PadRows(rows_, base_, static_cast<uint32_t>(height - first), static_cast<uint32_t>(end - height));
    }
    first_ = first;
    return row0;
  }

 private:
  const SeparableBlock& block_;
  uint8_t* pool_;
  const Activation& rows_;
  uint8_t* base_;
  int32_t first_ = -1;
  int32_t next_ = -1;  // the next row of the image to be made
};

template <typename Core>
void RunSeparable(const SeparableBlock& block, uint8_t* pool, const uint8_t* input, uint8_t* output) {
  const uint32_t number = block.layer_count - 1;
  const SeparableLayer& last = block.layers[number];
  const uint32_t height = last.output.height;
  const auto strip_at = [&](uint32_t y) {
    return height - y < last.strip_rows ? height - y : last.strip_rows;
  };
  if (number == 0) {
    for (uint32_t y = 0; y < height; y += last.strip_rows) {
      Core::RunLayer(block, number, pool, input, output, y, strip_at(y));
    }
  } else {
    Window<Core> window(block, pool);
    for (uint32_t y = 0; y < height; y += last.strip_rows) {
      const uint32_t count = strip_at(y);
      const int32_t first = static_cast<int32_t>(y * last.stride) - static_cast<int32_t>(last.padding_top);
      uint8_t* row0 = window.Advance(input, first, (count - 1) * last.stride + kWindow);
      Core::RunLayer(block, number, pool, row0, output, y, count);
    }
  }
  Core::PadAround(last, output);
}

}  // namespace emojicam::kernels
