// What the exporter writes into the custom options of an "emojicam.block" operator: one block of layers, the
// geometry of its activations and the packed constants of its kernels.
// python/emojicam/model/kernels/blocks.py writes it.
//
// Everything is little-endian 32-bit words. Offsets of constants are in bytes from the block's start, 4-byte
// aligned; offsets of activations and scratch memory are in bytes from the pool's start, 4-byte aligned. The
// pool is one piece of the arena that all blocks of a model share: the exporter has laid out who uses what
// when.
#pragma once

#include <cstddef>
#include <cstdint>

namespace emojicam::kernels {

inline constexpr uint32_t kBlockMagic = 0x314B4345;  // "ECK1"
inline constexpr uint32_t kNotInPool = 0xFFFFFFFF;   // a tensor that TFLM places

enum class BlockKind : uint32_t {
  kFirst = 1,      // 3x3 convolution with stride 2 on one or three input channels
  kSeparable = 2,  // one or two times depthwise 3x3 and pointwise, fused by rows
  kAverage = 3,    // average over the whole image, to int8
  kImport = 4,     // int8 NHWC to the blocks' own layout
  kExport = 5,     // and back
};

// How a core's kernels lay out an activation; m7_kernels.h and m55_kernels.h describe them.
enum class Layout : uint32_t {
  kNhwc = 0,    // int8, as TFLM has it
  kLines = 1,   // M7: bytes + 128, [row][channel][pixel]
  kPlanes = 2,  // M7: halfwords + 128, [channel][row][pixel], padded on all sides
  kFlat = 3,    // M7: halfwords + 128, [channel][pixel]
  kRows = 4,    // M55: int8, [row][channel][column], padded on all sides
  kPacked = 5,  // M7: bytes + 128, [channel][pixel]
};

// Pixel 0 of row 0 of channel 0 is where the activation's address points to.
struct Activation {
  Layout layout;
  uint32_t height;
  uint32_t width;
  uint32_t channels;
  uint32_t channel_pitch;  // bytes
  uint32_t row_pitch;      // bytes
  uint32_t lead;           // kRows: columns of padding before the first pixel, 0 or 1
};

// M55: whether a row of so many columns has three windows with stride 1, so that blocks reach across rows.
constexpr bool HasThreeWindows(uint32_t width) { return width == 5 || width == 6; }

struct BlockHeader {
  uint32_t magic;
  uint32_t core;  // 7 or 55
  BlockKind kind;
  uint32_t block_bytes;   // of everything, this header included
  uint32_t reserved;      // 0: the constants stay where they were measured
  uint32_t pool_bytes;    // the same in every block of a model
  uint32_t input_offset;  // in the pool, or kNotInPool
  uint32_t output_offset;
  // Of all other words of the block: their sum, and the sum of the sums up to each (Fletcher 1982).
  uint32_t checksum[2];
};

// kFirst.
struct FirstBlock {
  BlockHeader header;
  Activation input;
  Activation output;
  uint32_t strip_rows;       // output rows at a time
  uint32_t blocks;           // kernel blocks a row
  uint32_t padding;          // the padding pixel in each element of a word
  uint32_t channels_offset;  // constants of each output channel
  uint32_t scratch_offset;   // rows of one plane
};

// One depthwise and the pointwise layer that follows.
struct SeparableLayer {
  Activation input;
  Activation output;
  uint32_t stride;               // of the depthwise layer: 1 or 2
  uint32_t padding_top;          // rows above the image that its first window covers: 0 or 1
  uint32_t strip_rows;           // output rows at a time; M55 with stride 1: even, but for the last strip
  uint32_t blocks;               // depthwise: kernel blocks a row
  uint32_t tiles;                // pointwise: tiles a row (M55: a whole strip)
  uint32_t fill_padding;         // 1: the output's padding is to be written
  uint32_t channels_offset;      // constants of each channel of the depthwise layer
  uint32_t pairs_offset;         // constants of each pair of output channels of the pointwise layer
  uint32_t scratch_offset;       // rows of one plane
  uint32_t tiles_offset;         // between the two: the pointwise layer's input
  uint32_t window_table_offset;  // M55: scatter tables of a strip, constants
  uint32_t tile_table_offset;
};

// kSeparable. With two layers the second one's input is a window of rows of the first one's output:
// activations [channel][row] of padding_top + strip rows, at `window_offset`.
struct SeparableBlock {
  BlockHeader header;
  uint32_t layer_count;    // 1 or 2
  uint32_t window_offset;  // row 0 of the window
  uint32_t window_rows;
  SeparableLayer layers[2];
};

// kAverage, kImport, kExport.
struct SimpleBlock {
  BlockHeader header;
  Activation input;
  Activation output;
  int32_t activation_min;  // kAverage
  int32_t activation_max;
};

// M7: whether a depthwise layer's input is rows of bytes so short that there are kernels for all of them at
// once.
constexpr bool IsShort(const SeparableLayer& layer) {
  return (layer.input.layout == Layout::kPacked || layer.input.layout == Layout::kLines) &&
         layer.stride == 1 && layer.padding_top == 1 && layer.input.width >= 5 && layer.input.width <= 7 &&
         layer.input.width == layer.output.width && layer.input.height == layer.output.height;
}

// Whether a block of `bytes` bytes is what the exporter wrote: its checksum, so that no bit of it has
// flipped, weights and all, and every offset within the block or the pool.
bool CheckBlock(const void* block, std::size_t bytes, uint32_t core);

// Runs a block of either core. `pool` is its model's; input and
// output are where the tensors' data is, in the pool or not.
using RunBlock = void (*)(const BlockHeader& block, uint8_t* pool, const uint8_t* input, uint8_t* output);
void RunBlockM7(const BlockHeader& block, uint8_t* pool, const uint8_t* input, uint8_t* output);
void RunBlockM55(const BlockHeader& block, uint8_t* pool, const uint8_t* input, uint8_t* output);

}  // namespace emojicam::kernels
