// Runs the exporter's blocks with the Cortex-M55 kernels (anywhere else with their portable twins).
#include <algorithm>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

#include "inference/kernels/emojicam/block_format.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/m55_kernels.h"
#include "inference/kernels/emojicam/memory.h"
#include "inference/kernels/emojicam/part_profile.h"
#include "inference/kernels/emojicam/separable.h"
#include "inference/kernels/emojicam/simple_blocks.h"

namespace emojicam::kernels {
namespace {

constexpr int32_t kZeroPoint = -128;  // of every activation between blocks
constexpr uint8_t kPaddingByte = 0x80;

// What separable.h asks of a core.
struct CoreM55 {
  static void RunLayer(const SeparableBlock& block, uint32_t number, uint8_t* pool, const uint8_t* input,
                       uint8_t* output, uint32_t y, uint32_t count);
  static void BeginWindow(const SeparableBlock& block, uint8_t* base);
  static void MoveRows(const Activation& rows, uint8_t* base, uint32_t from, uint32_t count);
  static void PadRows(const Activation& rows, uint8_t* base, uint32_t row, uint32_t count);
  static void PadAround(const SeparableLayer& layer, uint8_t* output);
};

// Offsets of the halfwords of a window of 4 rows by 4 columns.
void MakeGather(uint32_t row_pitch, uint16_t gather[8]) {
  for (uint32_t i = 0; i < 8; ++i) gather[i] = static_cast<uint16_t>(i / 2 * row_pitch + i % 2 * 2);
}

// Writes padding to rows first .. first + count of an activation, all channels.
void FillRows(const Activation& rows, uint8_t* row0, int32_t first, uint32_t count) {
  FillBytes(row0 + first * static_cast<int32_t>(rows.row_pitch) - rows.lead, kPaddingByte,
            count * rows.row_pitch);
}

// The output rows' padding is written with them.
void CoreM55::RunLayer(const SeparableBlock& block, uint32_t number, uint8_t* pool, const uint8_t* input,
                       uint8_t* output, uint32_t y, uint32_t count) {
  const SeparableLayer& layer = block.layers[number];
  const Activation& in = layer.input;
  const Activation& out = layer.output;
  auto* stream = reinterpret_cast<int8_t*>(pool + layer.tiles_offset);
  const int32_t first = static_cast<int32_t>(y * layer.stride) - static_cast<int32_t>(layer.padding_top);

  M55WindowStrip window = {};
  const uint32_t left = layer.stride == 1 ? 1 : 0;
  const auto* corner =
      reinterpret_cast<const int8_t*>(input + first * static_cast<int32_t>(in.row_pitch) - left);
  window.row_step = 2 * in.row_pitch;
  window.rows = layer.stride == 1 ? (count + 1) / 2 : count;
  window.blocks = layer.blocks;
  window.table = Constants<uint16_t>(block.header, layer.window_table_offset);
  MakeGather(in.row_pitch, window.gather);
  const bool by3 = layer.stride == 1 && HasThreeWindows(out.width);
  M55DepthwiseKernel* const depthwise = layer.stride == 2 ? &EMOJICAM_M55_KERNEL(Depthwise2)
                                        : by3             ? &EMOJICAM_M55_KERNEL(Depthwise1By3)
                                                          : &EMOJICAM_M55_KERNEL(Depthwise1);
  const auto* channel = Constants<M55WindowChannel>(block.header, layer.channels_offset);
  // Channel k of a pixel stands in its group of 16, and each group holds 4 pixels. (8 channels: one group
  // of 8.)
  window.channel_pitch = in.channel_pitch;
  for (uint32_t k = 0; k < in.channels; k += 16, channel += 16) {
    window.input = corner + k * in.channel_pitch;
    window.channels = in.channels - k < 16 ? in.channels - k : 16;
    depthwise(&window, channel, stream + k * 4);
  }
  PartDone(2 * number);

  FillRows(out, output, static_cast<int32_t>(y), count);
  const uint32_t tiles = count == layer.strip_rows ? layer.tiles : (count * out.width + 3) / 4;
  const M55PointwiseStrip strip = {stream,
                                   in.channels,
                                   tiles,
                                   Constants<uint16_t>(block.header, layer.tile_table_offset),
                                   out.channels / 2,
                                   2 * out.channel_pitch};
  (in.channels == 8 ? EMOJICAM_M55_KERNEL(Pointwise8) : EMOJICAM_M55_KERNEL(Pointwise))(
      &strip, Constants<M55PointwisePair>(block.header, layer.pairs_offset),
      reinterpret_cast<int8_t*>(output + y * out.row_pitch));
  PartDone(2 * number + 1);
}

// Rows are written with their padding.
void CoreM55::BeginWindow(const SeparableBlock&, uint8_t*) {}

void CoreM55::MoveRows(const Activation& rows, uint8_t* base, uint32_t from, uint32_t count) {
  uint8_t* const start = base - rows.lead;
  CopyBytes(start, start + from * rows.row_pitch, count * rows.row_pitch);
}

void CoreM55::PadRows(const Activation& rows, uint8_t* base, uint32_t row, uint32_t count) {
  FillRows(rows, base, static_cast<int32_t>(row), count);
}

void CoreM55::PadAround(const SeparableLayer& layer, uint8_t* output) {
  FillRows(layer.output, output, -1, 1);
  FillRows(layer.output, output, static_cast<int32_t>(layer.output.height), 1);
}

// Copies rows of the image, each with padding behind it; rows below the image are padding.
void CopyImage(const FirstBlock& block, const uint8_t* input, uint32_t first, uint32_t count, uint32_t pitch,
               uint8_t* scratch) {
  for (uint32_t row = 0; row < count; ++row) {
    uint8_t* copy = scratch + row * pitch;
    const bool inside = first + row < block.input.height;
    const uint32_t bytes = inside ? block.input.width * block.input.channels : 0;
    if (inside) CopyBytes(copy, input + (first + row) * block.input.row_pitch, bytes);
    FillBytes(copy + bytes, static_cast<uint8_t>(block.padding), pitch - bytes);
  }
}

void RunFirst(const FirstBlock& block, uint8_t* pool, const uint8_t* input, uint8_t* output) {
  uint8_t* scratch = pool + block.scratch_offset;
  const auto* pixels = reinterpret_cast<const int8_t*>(scratch);
  const Activation& out = block.output;
  // A pixel of padding at least, and an even number of bytes.
  const uint32_t pitch = ((block.input.width + 1) * block.input.channels + 1) / 2 * 2;
  uint16_t scatter[8];
  for (uint32_t i = 0; i < 8; ++i) scatter[i] = static_cast<uint16_t>(i / 2 * out.channel_pitch + i % 2);
  for (uint32_t y = 0; y < out.height; y += block.strip_rows) {
    const uint32_t count = out.height - y < block.strip_rows ? out.height - y : block.strip_rows;
    CopyImage(block, input, 2 * y, 2 * count + 2, pitch, scratch);
    FillRows(out, output, static_cast<int32_t>(y), count);
    auto* target = reinterpret_cast<int8_t*>(output + y * out.row_pitch);
    if (block.input.channels == 1) {
      M55FirstStrip strip = {pixels, 2 * pitch, count, block.blocks, out.row_pitch, kZeroPoint, {}, {}};
      MakeGather(pitch, strip.gather);
      std::copy(scatter, scatter + 8, strip.scatter);
      const auto* channels = Constants<M55FirstChannels>(block.header, block.channels_offset);
      for (uint32_t c = 0; c < out.channels; c += 4, ++channels, target += 4 * out.channel_pitch) {
        EMOJICAM_M55_KERNEL(First)(&strip, channels, target);
      }
    } else {
      M55First3Strip strip = {pixels, 2 * pitch, count, block.blocks, out.row_pitch, kZeroPoint, {}, pitch};
      std::copy(scatter, scatter + 8, strip.scatter);
      const auto* channels = Constants<M55First3Channels>(block.header, block.channels_offset);
      for (uint32_t c = 0; c < out.channels; c += 4, ++channels, target += 4 * out.channel_pitch) {
        EMOJICAM_M55_KERNEL(First3)(&strip, channels, target);
      }
    }
  }
  FillRows(out, output, -1, 1);
  FillRows(out, output, static_cast<int32_t>(out.height), 1);
}

// One row of an activation's channel.
struct RowM55 {
  const int8_t* pixels;
  RowM55(const Activation& image, const uint8_t* base, uint32_t c, uint32_t y)
      : pixels(reinterpret_cast<const int8_t*>(base + c * image.channel_pitch + y * image.row_pitch)) {}
  int32_t operator[](uint32_t x) const { return pixels[x]; }
};

// A channel's sum. Of its last 16 pixels those beyond the row count nothing; the rows below the image are
// behind them.
class SumsM55 {
 public:
  explicit SumsM55(const Activation& image)
      : height_(image.height), width_(static_cast<int32_t>(image.width)), pitch_(image.row_pitch) {}

  int32_t operator()(const uint8_t* channel) const {
    const auto* row = reinterpret_cast<const int8_t*>(channel);
    int32_t sum = 0;
#if defined(__ARM_FEATURE_MVE)
    for (int32_t left = width_; left > 0; left -= 16, row += 16) {
      const int8x16_t some = vpselq_s8(vdupq_n_s8(1), vdupq_n_s8(0), vctp8q(static_cast<uint32_t>(left)));
      const int8_t* pixels = row;
      uint32_t y = 0;
      for (; y + 4 <= height_; y += 4) {
#pragma GCC unroll 4
        for (uint32_t i = 0; i < 4; ++i, pixels += pitch_) sum = vmladavaq_s8(sum, vld1q_s8(pixels), some);
      }
      for (; y < height_; ++y, pixels += pitch_) sum = vmladavaq_s8(sum, vld1q_s8(pixels), some);
    }
#else
    for (uint32_t y = 0; y < height_; ++y, row += pitch_) {
      for (int32_t x = 0; x < width_; ++x) sum += row[x];
    }
#endif
    return sum;
  }

 private:
  uint32_t height_;
  int32_t width_;
  uint32_t pitch_;
};

// A row of pixels, all channels.
void ImportRow(const Activation& image, const uint8_t* pixels, uint8_t* row) {
#if defined(__ARM_FEATURE_MVE)
  const uint32_t pitch = image.channel_pitch;
  const uint32_t channels = image.channels;
  const uint32_t width = image.width;
  const uint16x8_t offsets = vmulq_n_u16(vidupq_n_u16(0, 1), static_cast<uint16_t>(pitch));
  for (uint32_t c = 0; c < channels; c += 8, row += 8 * pitch) {
    const mve_pred16_t lanes = vctp16q(channels - c);
    const uint8_t* source = pixels + c;
    uint8_t* const end = row + width;
    for (uint8_t* target = row; target != end; ++target, source += channels) {
      vstrbq_scatter_offset_p_u16(target, offsets, vldrbq_z_u16(source, lanes), lanes);
    }
  }
#else
  for (uint32_t c = 0; c < image.channels; ++c, row += image.channel_pitch) {
    const uint8_t* source = pixels + c;
    for (uint32_t x = 0; x < image.width; ++x, source += image.channels) row[x] = *source;
  }
#endif
}

void Import(const SimpleBlock& block, const uint8_t* input, uint8_t* output) {
  const Activation& image = block.output;
  FillRows(image, output, -1, image.height + 2);
  for (uint32_t y = 0; y < image.height; ++y) {
    ImportRow(image, input + y * image.width * image.channels, output + y * image.row_pitch);
  }
}

}  // namespace

void RunBlockM55(const BlockHeader& block, uint8_t* pool, const uint8_t* input, uint8_t* output) {
  switch (block.kind) {
    case BlockKind::kFirst:
      return RunFirst(reinterpret_cast<const FirstBlock&>(block), pool, input, output);
    case BlockKind::kSeparable:
      return RunSeparable<CoreM55>(reinterpret_cast<const SeparableBlock&>(block), pool, input, output);
    case BlockKind::kImport:
      return Import(reinterpret_cast<const SimpleBlock&>(block), input, output);
    case BlockKind::kAverage:
      return Average<SumsM55>(reinterpret_cast<const SimpleBlock&>(block), input, output);
    case BlockKind::kExport:
      return Export<RowM55>(reinterpret_cast<const SimpleBlock&>(block), input, output);
  }
}

}  // namespace emojicam::kernels
