// Which of the Cortex-M7's kernels runs a chain's depthwise layer, and what is around it.
#include "inference/kernels/emojicam/m7_depthwise.h"

#include <cstring>

#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/m7_kernels.h"
#include "inference/kernels/emojicam/m7_rows.h"
#include "inference/kernels/emojicam/separable.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kCellTile = 8;  // bytes of a tile, and of a row, where outputs are put down one word each
constexpr uint32_t kCellRow = 24;

// Where channel `channel` stands in an interleaved tile: bytes.
uint32_t InterleavedOffset(uint32_t channel) {
  return channel / 4 * 16 + channel / 2 % 2 * 8 + channel % 2 * 2;
}

M7DepthwiseKernel* DepthwiseKernel(uint32_t stride, uint32_t pitch, bool fold) {
  if (stride == 1) {
    switch (pitch) {
      case kM7Pitch6:
        return fold ? &EMOJICAM_M7_KERNEL(Depthwise1Fold6) : &EMOJICAM_M7_KERNEL(Depthwise1Any6);
      case kM7Pitch12:
        return fold ? &EMOJICAM_M7_KERNEL(Depthwise1Fold12) : &EMOJICAM_M7_KERNEL(Depthwise1Any12);
      default:
        return fold ? &EMOJICAM_M7_KERNEL(Depthwise1Fold64) : &EMOJICAM_M7_KERNEL(Depthwise1Any64);
    }
  }
  switch (pitch) {
    case kM7Pitch6:
      return fold ? &EMOJICAM_M7_KERNEL(Depthwise2Fold6) : &EMOJICAM_M7_KERNEL(Depthwise2Any6);
    case kM7Pitch12:
      return fold ? &EMOJICAM_M7_KERNEL(Depthwise2Fold12) : &EMOJICAM_M7_KERNEL(Depthwise2Any12);
    default:
      return fold ? &EMOJICAM_M7_KERNEL(Depthwise2Fold64) : &EMOJICAM_M7_KERNEL(Depthwise2Any64);
  }
}

// Depthwise outputs as the kernels put them down with tiles of kCellTile bytes, moved to the interleaved
// layout of an image whose rows follow one another without a gap: there a row of odd width begins inside of a
// tile.
void Compact(const uint8_t* cells, const Activation& image, uint32_t tile_pitch, uint8_t* interleaved) {
  uint32_t step = 4;  // to the second pixel of a tile; from there to the next tile
  for (uint32_t y = 0; y < image.height; ++y, cells += kCellRow) {
    for (uint32_t x = 0; x < image.width; ++x) {
      *reinterpret_cast<uint16_t*>(interleaved) = *reinterpret_cast<const uint16_t*>(cells + 4 * x);
      interleaved += step;
      step = tile_pitch - step;
    }
  }
}

// An image that has a kernel of its own.
bool IsThreeByThree(const SeparableLayer& layer) {
  return layer.input.layout == Layout::kFlat && layer.input.height == 3 && layer.input.width == 3 &&
         layer.stride == 1;
}

// Rows y .. y + count of a depthwise layer's output, to the interleaved layout.
void DepthwiseStrip(const SeparableBlock& block, const SeparableLayer& layer, const uint8_t* input,
                    uint8_t* scratch, uint8_t* interleaved, uint32_t y, uint32_t count) {
  const uint32_t depth = layer.input.channels;
  const auto first = static_cast<int32_t>(y * layer.stride) - static_cast<int32_t>(layer.padding_top);
  const uint32_t needed = (count - 1) * layer.stride + kWindow;
  const bool three = IsThreeByThree(layer);
  const Rows rows(layer, input, first, needed, scratch);
  uint32_t cells[kCellRow / 4 * 6];

  M7WindowStrip window = {nullptr, count, layer.blocks, depth * 4, layer.tiles * depth * 4};
  const bool compact = layer.output.layout == Layout::kFlat && !three;
  if (compact) {
    window.tile_pitch = kCellTile;
    window.row_pitch = kCellRow;
  }
  M7DepthwiseKernel* fold = DepthwiseKernel(layer.stride, rows.pitch(), true);
  M7DepthwiseKernel* any = DepthwiseKernel(layer.stride, rows.pitch(), false);
  if (three) {
    fold = &EMOJICAM_M7_KERNEL(Depthwise1Fold3);
    any = &EMOJICAM_M7_KERNEL(Depthwise1Any3);
  }
  const auto* channel = Constants<M7WindowChannel>(block.header, layer.channels_offset);
  for (uint32_t c = 0; c < depth; ++c, ++channel) {
    window.rows = three ? input + c * layer.input.channel_pitch : rows.Channel(c);
    uint8_t* out = interleaved + InterleavedOffset(c);
    void* target = compact ? static_cast<void*>(cells) : out;
    (channel->shift == 0 ? fold : any)(&window, channel, target);
    if (compact) Compact(reinterpret_cast<const uint8_t*>(cells), layer.output, depth * 4, out);
  }
}

// What a depthwise layer of short rows runs on, from bytes.
struct ShortRows {
  uint32_t pitch;  // bytes of a row that the kernel reads
  M7UnpackKernel* unpack;
  M7DepthwiseKernel* fold;
  M7DepthwiseKernel* any;
};

ShortRows ShortRowsOf(uint32_t width) {
  switch (width) {
    case 5:
      return {12, &EMOJICAM_M7_KERNEL(Unpack5), &EMOJICAM_M7_KERNEL(Depthwise1Fold5),
              &EMOJICAM_M7_KERNEL(Depthwise1Any5)};
    case 6:
      return {kM7Pitch6, &EMOJICAM_M7_KERNEL(Unpack6), &EMOJICAM_M7_KERNEL(Depthwise1Fold6),
              &EMOJICAM_M7_KERNEL(Depthwise1Any6)};
    default:
      return {16, &EMOJICAM_M7_KERNEL(Unpack7), &EMOJICAM_M7_KERNEL(Depthwise1Fold7),
              &EMOJICAM_M7_KERNEL(Depthwise1Any7)};
  }
}

// The whole of one whose rows are of 5 to 7 bytes: its output has no gaps.
void DepthwiseShort(const SeparableBlock& block, const SeparableLayer& layer, const uint8_t* input,
                    uint8_t* scratch, uint8_t* interleaved) {
  const Activation& image = layer.input;
  const ShortRows rows = ShortRowsOf(image.width);
  const M7Unpack unpack = {image.row_pitch, rows.pitch, image.height, image.width, 0};
  // A row of padding above and one below stay as they are.
  std::memset(scratch, 0, rows.pitch);
  std::memset(scratch + (image.height + 1) * rows.pitch, 0, rows.pitch);
  const M7WindowStrip window = {scratch, image.height, 0, image.channels * 4, 0};
  const auto* channel = Constants<M7WindowChannel>(block.header, layer.channels_offset);
  for (uint32_t c = 0; c < image.channels; ++c, ++channel, input += image.channel_pitch) {
    rows.unpack(&unpack, input, scratch + rows.pitch);
    (channel->shift == 0 ? rows.fold : rows.any)(&window, channel, interleaved + InterleavedOffset(c));
  }
}

}  // namespace

void RunDepthwise(const SeparableBlock& block, const SeparableLayer& layer, const uint8_t* input,
                  uint8_t* scratch, uint8_t* interleaved, uint32_t y, uint32_t count) {
  if (layer.output.layout == Layout::kPacked && IsShort(layer)) {
    DepthwiseShort(block, layer, input, scratch, interleaved);
  } else {
    DepthwiseStrip(block, layer, input, scratch, interleaved, y, count);
  }
}

}  // namespace emojicam::kernels
