// Whether what stands in a block's options can be run: what the exporter wrote, bit for bit, and offsets that
// stay in the block and in the pool.
#include "inference/kernels/emojicam/block_format.h"
#include "inference/kernels/emojicam/m55_kernels.h"
#include "inference/kernels/emojicam/m7_kernels.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kMostChannels = 1u << 16;

// `count` pieces of `size` bytes, within the block and behind its words.
bool Holds(const BlockHeader& block, std::size_t words, uint32_t offset, uint64_t count, uint64_t size) {
  return offset % 4 == 0 && offset >= words && offset <= block.block_bytes && count <= kMostChannels &&
         count * size <= block.block_bytes - offset;
}

bool InPool(const BlockHeader& block, uint32_t offset) {
  return offset % 4 == 0 && offset <= block.pool_bytes;
}

// Where a tensor's first pixel is: behind its padding, so at any byte.
bool IsTensor(const BlockHeader& block, uint32_t offset) {
  return offset == kNotInPool || offset < block.pool_bytes;
}

bool IsImage(const Activation& image) {
  return static_cast<uint32_t>(image.layout) <= static_cast<uint32_t>(Layout::kPacked) && image.height > 0 &&
         image.width > 0 && image.channels > 0 && image.channels <= kMostChannels;
}

bool Check(const FirstBlock& block) {
  const BlockHeader& header = block.header;
  if (!IsImage(block.input) || !IsImage(block.output) || block.strip_rows == 0 || block.blocks == 0 ||
      !InPool(header, block.scratch_offset)) {
    return false;
  }
  const bool one = block.input.channels == 1;
  const uint64_t channels = block.output.channels;
  if (header.core == 7) {
    return Holds(header, sizeof(block), block.channels_offset, channels,
                 one ? sizeof(M7WindowChannel) : sizeof(M7First3Channel));
  }
  return Holds(header, sizeof(block), block.channels_offset, (channels + 3) / 4,
               one ? sizeof(M55FirstChannels) : sizeof(M55First3Channels));
}

bool Check(const SeparableBlock& block, const SeparableLayer& layer) {
  const BlockHeader& header = block.header;
  if (!IsImage(layer.input) || !IsImage(layer.output) || layer.stride < 1 || layer.stride > 2 ||
      layer.padding_top > 1 || layer.strip_rows == 0 || layer.blocks == 0 || layer.tiles == 0 ||
      !InPool(header, layer.scratch_offset) || !InPool(header, layer.tiles_offset)) {
    return false;
  }
  const uint64_t depth = layer.input.channels;
  const uint64_t pairs = (uint64_t{layer.output.channels} + 1) / 2;
  if (header.core == 7) {
    // Without gaps an image is made at once; of odd rows only by kernels for just these.
    if (layer.output.layout == Layout::kPacked &&
        (layer.strip_rows != layer.output.height || (layer.output.width % 2 != 0 && !IsShort(layer)))) {
      return false;
    }
    return Holds(header, sizeof(block), layer.channels_offset, depth, sizeof(M7WindowChannel)) &&
           Holds(header, sizeof(block), layer.pairs_offset, pairs, sizeof(M7PointwisePair) + 4 * depth);
  }
  constexpr uint64_t kOffsets = 8 * sizeof(uint16_t);
  const uint64_t rows = layer.stride == 1 ? (uint64_t{layer.strip_rows} + 1) / 2 : layer.strip_rows;
  const bool by3 = layer.stride == 1 && HasThreeWindows(layer.output.width);
  const uint64_t blocks = by3 ? (3 * rows + 1) / 2 : rows * layer.blocks;
  return Holds(header, sizeof(block), layer.channels_offset, depth, sizeof(M55WindowChannel)) &&
         Holds(header, sizeof(block), layer.pairs_offset, pairs,
               sizeof(M55PointwisePair) + (depth == 8 ? 64 : 2 * depth)) &&
         Holds(header, sizeof(block), layer.window_table_offset, blocks, kOffsets) &&
         Holds(header, sizeof(block), layer.tile_table_offset, layer.tiles, kOffsets);
}

bool Check(const SeparableBlock& block) {
  if (block.layer_count < 1 || block.layer_count > 2) return false;
  if (block.layer_count == 2 && (block.window_offset >= block.header.pool_bytes || block.window_rows == 0)) {
    return false;
  }
  for (uint32_t i = 0; i < block.layer_count; ++i) {
    if (!Check(block, block.layers[i])) return false;
  }
  return true;
}

bool Check(const SimpleBlock& block) {
  return IsImage(block.input) && IsImage(block.output) && block.activation_min >= -128 &&
         block.activation_max <= 127;
}

bool HasItsChecksum(const BlockHeader& block) {
  const auto* words = reinterpret_cast<const uint32_t*>(&block);
  const auto* const end = words + block.block_bytes / sizeof(uint32_t);
  uint32_t sum = 0;
  uint32_t weighted = 0;
  const auto* const field = block.checksum;
  for (; words < end; ++words) {
    if (words == field || words == field + 1) continue;
    sum += *words;
    weighted += sum;
  }
  return sum == block.checksum[0] && weighted == block.checksum[1];
}

}  // namespace

bool CheckBlock(const void* block, std::size_t bytes, uint32_t core) {
  if (block == nullptr || bytes < sizeof(BlockHeader) || reinterpret_cast<uintptr_t>(block) % 4 != 0)
    return false;
  const auto& header = *static_cast<const BlockHeader*>(block);
  if (header.magic != kBlockMagic || header.core != core || header.block_bytes != bytes || bytes % 4 != 0 ||
      !IsTensor(header, header.input_offset) || !IsTensor(header, header.output_offset) ||
      !HasItsChecksum(header)) {
    return false;
  }
  switch (header.kind) {
    case BlockKind::kFirst:
      return bytes >= sizeof(FirstBlock) && Check(*static_cast<const FirstBlock*>(block));
    case BlockKind::kSeparable:
      return bytes >= sizeof(SeparableBlock) && Check(*static_cast<const SeparableBlock*>(block));
    case BlockKind::kAverage:
    case BlockKind::kImport:
    case BlockKind::kExport:
      return bytes >= sizeof(SimpleBlock) && Check(*static_cast<const SimpleBlock*>(block));
  }
  return false;
}

}  // namespace emojicam::kernels
