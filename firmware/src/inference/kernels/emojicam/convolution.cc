// Convolutions of any window by the kernels for products of patches (image_kernels.h).
#include <cstring>

#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/memory.h"
#include "inference/kernels/emojicam/tensor_loops.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

template <typename T>
const T* Constants(const LayerHeader& layer, uint32_t offset) {
  return reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(&layer) + offset);
}

// The rows of one output pixel's window, one after the other, whether they lie inside of the image or not.
class Windows {
 public:
  // spare: 2 * RowSpace bytes, for a row that lies across an edge, and for padding; not used for windows of
  // one pixel, which are never outside.
  Windows(const ConvolutionLayer& layer, const int8_t* input, uint8_t* spare)
      : layer_(layer),
        input_(input),
        row_bytes_(layer.window_width * layer.input.channels),
        pitch_(layer.input.width * layer.input.channels),
        last_top_(static_cast<int32_t>(layer.input.height) - static_cast<int32_t>(layer.window_height)),
        last_left_(static_cast<int32_t>(layer.input.width) - static_cast<int32_t>(layer.window_width)),
        edge_(spare),
        outside_(spare + RowSpace(layer)) {
    if (RowSpace(layer) != 0) FillBytes(outside_, static_cast<uint8_t>(layer.padding), row_bytes_);
  }
  static uint32_t RowSpace(const ConvolutionLayer& layer) {
    if (layer.window_height == 1 && layer.window_width == 1) return 0;
    return (layer.window_width * layer.input.channels + 19) / 4 * 4;  // whole vectors are read
  }

  // To the output pixel at `x` of row `y`.
  void MoveTo(uint32_t y, uint32_t x) {
    top_ = static_cast<int32_t>(y * layer_.stride_height) - static_cast<int32_t>(layer_.padding_top);
    left_ = static_cast<int32_t>(x * layer_.stride_width) - static_cast<int32_t>(layer_.padding_left);
    across_ = left_ < 0 || left_ > last_left_;
    if (across_) MoveAcross();
  }
  // One row of its window: row_bytes() bytes, valid until the next call.
  const uint8_t* Row(uint32_t row) {
    const int32_t y = top_ + static_cast<int32_t>(row);
    const ImageSize& image = layer_.input;
    if (y < 0 || y >= static_cast<int32_t>(image.height)) return outside_;
    const auto* pixels =
        reinterpret_cast<const uint8_t*>(input_) +
        (y * static_cast<int32_t>(image.width) + left_) * static_cast<int32_t>(image.channels);
    if (!across_) return pixels;
    CopyFew(edge_ + first_, pixels + first_, inside_);
    return edge_;
  }
  uint32_t row_bytes() const { return row_bytes_; }
  // All of the window's rows at once, pitch() apart, or null where it isn't all in the image.
  const uint8_t* Whole() const {
    if (top_ < 0 || left_ < 0 || top_ > last_top_ || left_ > last_left_) return nullptr;
    return reinterpret_cast<const uint8_t*>(input_) + static_cast<uint32_t>(top_) * pitch_ +
           static_cast<uint32_t>(left_) * layer_.input.channels;
  }
  uint32_t pitch() const { return pitch_; }
  // How many of the row's output pixels from `x` on, at most `most`, have all of their windows in the image
  // like this one. Only where Whole() is.
  uint32_t Run(uint32_t x, uint32_t most) const {
    const auto more = static_cast<uint32_t>(last_left_ - left_) / layer_.stride_width + 1;
    const uint32_t to_end = layer_.output.width - x;
    const uint32_t run = more < to_end ? more : to_end;
    return run < most ? run : most;
  }
  // From one pixel's window to the next one's.
  uint32_t step() const { return layer_.stride_width * layer_.input.channels; }

 private:
  // A window that lies across an edge on the left or right: what of its rows is padding is so in all of them.
  void MoveAcross() {
    const auto channels = static_cast<int32_t>(layer_.input.channels);
    const auto bytes = static_cast<int32_t>(row_bytes_);
    const int32_t first = left_ < 0 ? -left_ * channels : 0;
    const int32_t last = left_ > last_left_ ? bytes - (left_ - last_left_) * channels : bytes;
    FillBytes(edge_, static_cast<uint8_t>(layer_.padding), row_bytes_);
    first_ = first;
    inside_ = first < last ? static_cast<uint32_t>(last - first) : 0;
  }

  const ConvolutionLayer& layer_;
  const int8_t* input_;
  uint32_t row_bytes_;
  uint32_t pitch_;
  int32_t last_top_;
  int32_t last_left_;
  uint8_t* edge_;
  uint8_t* outside_;
  int32_t top_ = 0;
  int32_t left_ = 0;
  bool across_ = false;
  int32_t first_ = 0;  // of edge_'s bytes, and how many, are the image's
  uint32_t inside_ = 0;
};

// Counts through output pixels row by row.
struct Pixel {
  uint32_t y = 0;
  uint32_t x = 0;
  void Next(uint32_t width) { Skip(1, width); }
  // Not beyond the row's end.
  void Skip(uint32_t count, uint32_t width) {
    x += count;
    if (x == width) {
      x = 0;
      ++y;
    }
  }
};

// Every second group of two words of a tile: one pixel's values, `groups` times 4. Reads whole words.
void Widen(const uint8_t* values, uint32_t groups, uint32_t* tile) {
#pragma GCC unroll 4
  for (uint32_t i = 0; i < groups; ++i, values += 4, tile += 4) {
    const uint32_t word = Word(values);
    tile[0] = EvenBytes(word);
    tile[2] = OddBytes(word);
  }
}

// One row of the windows of `run` neighbouring pixels, the first of which is number `first` of its strip.
template <uint32_t kGroups>
void WidenRun(const uint8_t* values, uint32_t step, uint32_t first, uint32_t run, uint32_t depth,
              uint32_t* tiles) {
  for (uint32_t i = first; i < first + run; ++i, values += step) {
    Widen(values, kGroups, tiles + i / 2 * depth + i % 2);
  }
}

// Patches of `count` pixels from `at` on, as tiles of two.
void MakeTiles(const ConvolutionLayer& layer, Windows& windows, Pixel& at, uint32_t count, uint32_t* tiles) {
  const uint32_t groups = (windows.row_bytes() + 3) / 4;
  for (uint32_t i = 0; i < count;) {
    windows.MoveTo(at.y, at.x);
    const uint8_t* whole = windows.Whole();
    const uint32_t run = whole != nullptr ? windows.Run(at.x, count - i) : 1;
    for (uint32_t row = 0; row < layer.window_height; ++row) {
      uint32_t* const place = tiles + 4 * groups * row;
      if (whole == nullptr) {
        Widen(windows.Row(row), groups, place + i / 2 * layer.depth + i % 2);
        continue;
      }
      const uint8_t* values = whole + row * windows.pitch();
      switch (groups) {
        case 1:
          WidenRun<1>(values, windows.step(), i, run, layer.depth, place);
          break;
        case 2:
          WidenRun<2>(values, windows.step(), i, run, layer.depth, place);
          break;
        case 3:
          WidenRun<3>(values, windows.step(), i, run, layer.depth, place);
          break;
        case 4:
          WidenRun<4>(values, windows.step(), i, run, layer.depth, place);
          break;
        default:
          for (uint32_t j = i; j < i + run; ++j, values += windows.step()) {
            Widen(values, groups, place + j / 2 * layer.depth + j % 2);
          }
      }
    }
    i += run;
    at.Skip(run, layer.output.width);
  }
}

// The same as patches of bytes one after the other, `depth` bytes apart. Up to 15 bytes beyond are written.
void MakePatches(const ConvolutionLayer& layer, Windows& windows, Pixel& at, uint32_t count,
                 uint8_t* patches) {
  const uint32_t bytes = windows.row_bytes();
  for (uint32_t i = 0; i < count;) {
    windows.MoveTo(at.y, at.x);
    const uint8_t* whole = windows.Whole();
    const uint32_t run = whole != nullptr ? windows.Run(at.x, count - i) : 1;
    for (uint32_t row = 0; row < layer.window_height; ++row) {
      uint8_t* place = patches + i * layer.depth + row * bytes;
      const uint8_t* values = whole != nullptr ? whole + row * windows.pitch() : windows.Row(row);
      CopyRun(place, layer.depth, values, windows.step(), bytes, run);
    }
    i += run;
    at.Skip(run, layer.output.width);
  }
}

}  // namespace

void RunConvolutionM7(const ConvolutionLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch) {
  auto* tiles = reinterpret_cast<uint32_t*>(scratch);
  Windows windows(layer, input, scratch + layer.tiles * layer.depth * 4);
  const uint32_t channels = layer.output.channels;
  const uint32_t pixels = layer.output.height * layer.output.width;
  const bool deep = layer.depth > kM7PairDepth;
  M7PairKernel* const full = deep ? &EMOJICAM_M7_KERNEL(PairFullDeep) : &EMOJICAM_M7_KERNEL(PairFull);
  M7PairKernel* const fold = deep ? &EMOJICAM_M7_KERNEL(PairFoldDeep) : &EMOJICAM_M7_KERNEL(PairFold);
  Pixel at;
  for (uint32_t done = 0; done < pixels;) {
    const uint32_t count = pixels - done < 2 * layer.tiles ? pixels - done : 2 * layer.tiles;
    MakeTiles(layer, windows, at, count, tiles);
    M7Strip whole = {tiles, layer.depth, count / 2, channels, 1};
    M7Strip single = {tiles + count / 2 * layer.depth, layer.depth, 1, 0, 1};
    int8_t* out = output + done * channels;
    int8_t* last = out + (count - 1) * channels;
    const auto* pair = Constants<uint8_t>(layer.header, layer.pairs_offset);
    for (uint32_t n = 0; n < channels; n += 2, out += 2, last += 2, pair += layer.pair_bytes) {
      const auto* constants = reinterpret_cast<const M7Pair*>(pair);
      M7PairKernel* const kernel = constants->fold != 0 ? fold : full;
      whole.channel_step = single.channel_step = n + 1 < channels ? 1 : 0;
      if (whole.tiles != 0) kernel(&whole, constants, out);
      if (count % 2 != 0) kernel(&single, constants, last);
    }
    done += count;
  }
  Clamp(output, pixels * channels, layer.activation_min, layer.activation_max);
}

void RunConvolutionM55(const ConvolutionLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch) {
  // A pixel's values lie together already.
  const bool as_it_is = layer.window_height == 1 && layer.window_width == 1 && layer.stride_height == 1 &&
                        layer.stride_width == 1;
  const uint32_t channels = layer.output.channels;
  const uint32_t pixels = layer.output.height * layer.output.width;
  const uint32_t strip = as_it_is ? pixels : 4 * layer.tiles;
  const uint32_t space = as_it_is ? 0 : 4 * layer.tiles * layer.depth + 16;
  Windows windows(layer, input, scratch + space);
  Pixel at;
  M55Strip whole = {};
  whole.pitch = as_it_is ? layer.input.channels : layer.depth;
  whole.steps = layer.depth / 16;
  whole.out_step = 4 * channels;
  // All channels of a layer have one zero point.
  const auto* first = Constants<M55Pair>(layer.header, layer.pairs_offset);
  const bool floor = first->zero_point == -128;
  M55PairKernel* kernel = floor ? &EMOJICAM_M55_KERNEL(PairFloor) : &EMOJICAM_M55_KERNEL(Pair);
  if (whole.steps == 1 && whole.pitch == 8) {
    kernel = floor ? &EMOJICAM_M55_KERNEL(Pair8Floor) : &EMOJICAM_M55_KERNEL(Pair8);
  } else if (whole.steps == 1 && whole.pitch == 16) {
    kernel = floor ? &EMOJICAM_M55_KERNEL(Pair16Floor) : &EMOJICAM_M55_KERNEL(Pair16);
  }
  for (uint32_t i = 0; i < 8; ++i) whole.scatter[i] = static_cast<uint16_t>(i / 2 * channels + i % 2);
  for (uint32_t done = 0; done < pixels;) {
    const uint32_t count = pixels - done < strip ? pixels - done : strip;
    if (as_it_is) {
      whole.patches = input;
    } else {
      MakePatches(layer, windows, at, count, scratch);
      whole.patches = reinterpret_cast<const int8_t*>(scratch);
    }
    whole.tiles = count / 4;
    M55Strip rest = whole;
    rest.patches += whole.tiles * 4 * whole.pitch;
    rest.tiles = 1;
    int8_t* out = output + done * channels;
    const auto* pair = Constants<uint8_t>(layer.header, layer.pairs_offset);
    for (uint32_t n = 0; n < channels; n += 2, out += 2, pair += layer.pair_bytes) {
      const auto* constants = reinterpret_cast<const M55Pair*>(pair);
      whole.lanes = n + 1 < channels ? 0xFFFF : 0x3333;
      rest.lanes = whole.lanes & ((1u << count % 4 * 4) - 1);
      if (whole.tiles != 0) kernel(&whole, constants, out);
      if (count % 4 != 0) kernel(&rest, constants, out + whole.tiles * whole.out_step);
    }
    done += count;
  }
  Clamp(output, pixels * channels, layer.activation_min, layer.activation_max);
}

}  // namespace emojicam::kernels
