// Whether what stands in an operator's options can be run: sizes and offsets against one another.
#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/m55_kernels.h"
#include "inference/kernels/emojicam/m7_kernels.h"

namespace emojicam::kernels {
namespace {

// Sizes beyond this are no image's; products of two of them fit into 64 bits.
constexpr uint32_t kMost = 1u << 20;

bool IsSize(uint32_t value) { return value >= 1 && value <= kMost; }

uint64_t Bytes(const ImageSize& image) {
  if (!IsSize(image.height) || !IsSize(image.width) || !IsSize(image.channels)) return 0;
  return uint64_t{image.height} * image.width * image.channels;
}

// Constants of `count` pieces of `size` bytes at an offset behind the layer's own words.
bool Holds(const LayerHeader& layer, std::size_t words, uint32_t offset, uint64_t count, uint64_t size) {
  return offset % 4 == 0 && offset >= words && offset <= layer.bytes && count * size <= layer.bytes - offset;
}

bool IsInt8(int32_t value) { return value >= -128 && value <= 127; }

template <typename T>
const T& At(const LayerHeader& layer, uint64_t offset) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(&layer) + offset);
}

bool IsShift(int32_t shift) { return shift >= 0 && shift <= 31; }
bool IsShiftDown(int32_t shift) { return shift >= -31 && shift <= 0; }  // as Helium has it

// What kernels shift by.
bool CheckPairs(const ConvolutionLayer& layer, uint64_t pairs) {
  for (uint64_t i = 0; i < pairs; ++i) {
    const uint64_t offset = layer.pairs_offset + i * layer.pair_bytes;
    if (layer.header.core == 7) {
      const auto& pair = At<M7Pair>(layer.header, offset);
      if (!IsShift(pair.scale[0].shift) || !IsShift(pair.scale[1].shift)) return false;
    } else {
      const auto& pair = At<M55Pair>(layer.header, offset);
      if (!IsShiftDown(pair.shift[0]) || !IsShiftDown(pair.shift[1]) || !IsInt8(pair.zero_point))
        return false;
    }
  }
  return true;
}

bool CanScale(const M7WindowChannel& channel) { return IsShift(channel.shift); }
bool CanScale(const M7AnyChannel& channel) { return IsShift(channel.shift); }
bool CanScale(const M55WindowChannel& channel) { return IsShiftDown(channel.shift); }
bool CanScale(const M55AnyChannel& channel) {
  return IsShiftDown(channel.shift) && IsInt8(channel.zero_point);
}

// `count` channels of so many bytes each.
template <typename Channel>
bool CheckChannels(const LayerHeader& layer, std::size_t words, uint32_t offset, uint64_t count,
                   uint64_t size) {
  if (!Holds(layer, words, offset, count, size)) return false;
  for (uint64_t i = 0; i < count; ++i) {
    if (!CanScale(At<Channel>(layer, offset + i * size))) return false;
  }
  return true;
}

bool Check(const ConvolutionLayer& layer) {
  const LayerHeader& header = layer.header;
  if (Bytes(layer.input) != header.input_bytes || Bytes(layer.output) != header.output_bytes) return false;
  if (!IsSize(layer.window_height) || !IsSize(layer.window_width) || !IsSize(layer.stride_height) ||
      !IsSize(layer.stride_width) || !IsSize(layer.tiles) || !IsSize(layer.depth)) {
    return false;
  }
  if (layer.padding_top >= layer.window_height || layer.padding_left >= layer.window_width) return false;
  if (!IsInt8(layer.padding) || !IsInt8(layer.activation_min) || !IsInt8(layer.activation_max)) return false;
  // The last window begins within the image.
  const uint64_t lowest = uint64_t{layer.output.height - 1} * layer.stride_height;
  const uint64_t rightmost = uint64_t{layer.output.width - 1} * layer.stride_width;
  if (lowest >= uint64_t{layer.input.height} + layer.padding_top) return false;
  if (rightmost >= uint64_t{layer.input.width} + layer.padding_left) return false;
  const uint64_t row = uint64_t{layer.window_width} * layer.input.channels;
  const uint64_t pairs = (uint64_t{layer.output.channels} + 1) / 2;
  const bool one_pixel = layer.window_height == 1 && layer.window_width == 1;
  const uint64_t spare = one_pixel ? 0 : 2 * ((row + 19) / 4 * 4);
  if (header.core == 7) {
    const uint64_t depth = layer.window_height * ((row + 3) / 4 * 4);
    return layer.depth == depth && layer.pair_bytes == sizeof(M7Pair) + 4 * depth &&
           header.scratch_bytes >= uint64_t{layer.tiles} * depth * 4 + spare &&
           Holds(header, sizeof(layer), layer.pairs_offset, pairs, layer.pair_bytes) &&
           CheckPairs(layer, pairs);
  }
  const uint64_t depth = (layer.window_height * row + 15) / 16 * 16;
  const bool as_it_is = layer.window_height == 1 && layer.window_width == 1 && layer.stride_height == 1 &&
                        layer.stride_width == 1;
  const uint64_t patches = as_it_is ? 0 : uint64_t{layer.tiles} * depth * 4 + 16;
  return layer.depth == depth && layer.pair_bytes == sizeof(M55Pair) + 2 * depth &&
         header.scratch_bytes >= patches + spare &&
         Holds(header, sizeof(layer), layer.pairs_offset, pairs, layer.pair_bytes) &&
         CheckPairs(layer, pairs);
}

bool Check(const SumLayer& layer) {
  return layer.header.input_bytes == layer.header.output_bytes && layer.header.bytes == sizeof(layer) &&
         layer.shift >= kLeastSumShift && layer.shift <= kMostSumShift && IsInt8(layer.activation_min) &&
         IsInt8(layer.activation_max);
}

bool Check(const ProductLayer& layer) {
  const LayerHeader& header = layer.header;
  constexpr int32_t kZero = 128 << kMostProductShift;
  return header.bytes == sizeof(layer) && header.input_bytes == header.output_bytes && IsSize(layer.period) &&
         header.input_bytes % layer.period == 0 && layer.offset[0] >= -127 && layer.offset[0] <= 128 &&
         layer.offset[1] >= -127 && layer.offset[1] <= 128 && layer.shift >= 0 &&
         layer.shift <= kMostProductShift && layer.minus >= 0 && layer.minus <= 1 && layer.addend >= -kZero &&
         layer.addend <= kZero && IsInt8(layer.output_zero) && IsInt8(layer.activation_min) &&
         IsInt8(layer.activation_max);
}

bool Check(const PoolLayer& layer) {
  if (layer.header.bytes != sizeof(layer) || Bytes(layer.input) != layer.header.input_bytes ||
      Bytes(layer.output) != layer.header.output_bytes || layer.input.channels != layer.output.channels ||
      layer.header.input_bytes > kMost) {
    return false;
  }
  if (!IsSize(layer.window_height) || !IsSize(layer.window_width) || !IsSize(layer.stride_height) ||
      !IsSize(layer.stride_width) || layer.padding_top >= layer.window_height ||
      layer.padding_left >= layer.window_width) {
    return false;
  }
  if (layer.pool > PoolKind::kMean || !IsInt8(layer.input_zero) || !IsInt8(layer.output_zero) ||
      !IsInt8(layer.activation_min) || !IsInt8(layer.activation_max)) {
    return false;
  }
  if (layer.pool == PoolKind::kMean && (layer.shift > 7 || layer.shift < -31)) return false;
  // Every window has a pixel of the image: none divides by nothing.
  return uint64_t{layer.output.height - 1} * layer.stride_height <
             uint64_t{layer.input.height} + layer.padding_top &&
         uint64_t{layer.output.width - 1} * layer.stride_width <
             uint64_t{layer.input.width} + layer.padding_left;
}

bool Check(const DepthwiseLayer& layer) {
  const LayerHeader& header = layer.header;
  if (Bytes(layer.input) != header.input_bytes || Bytes(layer.output) != header.output_bytes ||
      layer.input.channels != layer.output.channels || header.input_bytes > kMost) {
    return false;
  }
  if (layer.stride < 1 || layer.stride > 2 || layer.padding_top > 2 || layer.padding_left > 2 ||
      !IsSize(layer.strip_rows) || !IsSize(layer.strip_columns) || layer.strip_columns > 192 ||
      !IsInt8(layer.padding) || !IsInt8(layer.activation_max)) {
    return false;
  }
  if (uint64_t{layer.output.height - 1} * layer.stride >= uint64_t{layer.input.height} + layer.padding_top ||
      uint64_t{layer.output.width - 1} * layer.stride >= uint64_t{layer.input.width} + layer.padding_left) {
    return false;
  }
  if (header.core == 7) {
    return layer.strip_columns <= kM7Widest / layer.stride &&
           header.scratch_bytes >= DepthwiseScratchM7(layer) &&
           CheckChannels<M7WindowChannel>(header, sizeof(layer), layer.channels_offset, layer.input.channels,
                                          sizeof(M7WindowChannel));
  }
  return layer.strip_rows * layer.strip_columns <= 4095 &&
         header.scratch_bytes >= DepthwiseScratchM55(layer) &&
         CheckChannels<M55WindowChannel>(header, sizeof(layer), layer.channels_offset, layer.input.channels,
                                         sizeof(M55WindowChannel));
}

bool Check(const DepthwiseAnyLayer& layer) {
  constexpr uint32_t kMostSide = 64;  // of a window
  const LayerHeader& header = layer.header;
  if (Bytes(layer.input) != header.input_bytes || Bytes(layer.output) != header.output_bytes ||
      layer.output.channels % layer.input.channels != 0 || layer.output.channels > kMostAnyChannels ||
      header.input_bytes > kMost || header.output_bytes > kMost) {
    return false;
  }
  if (!IsSize(layer.window_height) || !IsSize(layer.window_width) || layer.window_height > kMostSide ||
      layer.window_width > kMostSide || !IsSize(layer.stride_height) || !IsSize(layer.stride_width) ||
      layer.stride_height > kMostSide || layer.stride_width > kMostSide ||
      layer.padding_top >= layer.window_height || layer.padding_left >= layer.window_width) {
    return false;
  }
  if (!IsSize(layer.strip_rows) || layer.strip_rows > layer.output.height || !IsSize(layer.strip_columns) ||
      layer.strip_columns > layer.output.width || !IsInt8(layer.padding) || !IsInt8(layer.activation_min) ||
      !IsInt8(layer.activation_max)) {
    return false;
  }
  if (uint64_t{layer.output.height - 1} * layer.stride_height >=
          uint64_t{layer.input.height} + layer.padding_top ||
      uint64_t{layer.output.width - 1} * layer.stride_width >=
          uint64_t{layer.input.width} + layer.padding_left) {
    return false;
  }
  if (header.core == 7) {
    const uint32_t lines = M7AnyLines(layer.window_height, layer.window_width, layer.stride_width);
    const uint32_t odd = M7AnyOddLines(layer.window_height, layer.window_width, layer.stride_width);
    return lines <= kM7MostLines &&
           (layer.stride_height % 2 == 0 || layer.strip_rows == 1 || odd <= kM7MostLines) &&
           header.scratch_bytes >= DepthwiseAnyScratchM7(layer) &&
           CheckChannels<M7AnyChannel>(header, sizeof(layer), layer.channels_offset, layer.output.channels,
                                       sizeof(M7AnyChannel) + uint64_t{lines} * 12);
  }
  const uint32_t vectors = M55AnyVectors(layer.window_height * layer.window_width);
  const uint64_t scratch = DepthwiseAnyScratchM55(layer);
  return vectors <= kM55MostVectors && scratch <= 0xFFFF * 2 && header.scratch_bytes >= scratch &&
         CheckChannels<M55AnyChannel>(header, sizeof(layer), layer.channels_offset, layer.output.channels,
                                      sizeof(M55AnyChannel) + uint64_t{vectors} * 16);
}

bool Check(const DenseLayer& layer) {
  const LayerHeader& header = layer.header;
  if (!IsSize(layer.depth) || !IsSize(layer.outputs) || layer.depth != header.input_bytes ||
      layer.outputs != header.output_bytes || !IsInt8(layer.output_zero) || !IsInt8(layer.activation_min) ||
      !IsInt8(layer.activation_max)) {
    return false;
  }
  const uint64_t quads = (uint64_t{layer.outputs} + 3) / 4;
  const bool m7 = header.core == 7;
  if (layer.steps != (m7 ? (layer.depth + 7) / 8 : (layer.depth + 15) / 16)) return false;
  const uint64_t size = m7 ? DenseQuadBytesM7(layer.steps) : DenseQuadBytesM55(layer.steps);
  if (!Holds(header, sizeof(layer), layer.quads_offset, quads, size)) return false;
  if (m7 && header.scratch_bytes < 16 * layer.steps) return false;
  for (uint64_t quad = 0; quad < quads; ++quad) {
    const uint64_t offset = layer.quads_offset + quad * size;
    for (uint64_t i = 0; i < 4; ++i) {
      if (m7 ? !IsShift(At<int32_t>(header, offset + size - 16 + 4 * i))
             : !IsShiftDown(At<M55DenseQuad>(header, offset).shift[i])) {
        return false;
      }
    }
  }
  return true;
}

bool Check(const TableLayer& layer) {
  const LayerHeader& header = layer.header;
  return header.input_bytes == header.output_bytes && IsSize(layer.channels) &&
         header.input_bytes % layer.channels == 0 &&
         Holds(header, sizeof(layer), layer.tables_offset, layer.channels, 256);
}

bool Check(const TransposeLayer& layer) {
  const LayerHeader& header = layer.header;
  uint64_t elements = 1;
  uint64_t last = 0;  // the input's farthest byte
  for (int i = 0; i < 5; ++i) {
    if (!IsSize(layer.size[i]) || layer.stride[i] > kMost) return false;
    elements *= layer.size[i];
    if (elements > kMost) return false;
    last += uint64_t{layer.size[i] - 1} * layer.stride[i];
  }
  return header.bytes == sizeof(layer) && elements == header.output_bytes && last < header.input_bytes;
}

}  // namespace

bool CheckLayer(const void* layer, std::size_t bytes, uint32_t core) {
  if (layer == nullptr || bytes < sizeof(LayerHeader) || reinterpret_cast<uintptr_t>(layer) % 4 != 0)
    return false;
  const auto& header = *static_cast<const LayerHeader*>(layer);
  if (header.magic != kLayerMagic || header.core != core || header.bytes != bytes) return false;
  switch (header.kind) {
    case LayerKind::kConvolution:
      return bytes >= sizeof(ConvolutionLayer) && Check(*static_cast<const ConvolutionLayer*>(layer));
    case LayerKind::kSum:
      return bytes >= sizeof(SumLayer) && Check(*static_cast<const SumLayer*>(layer));
    case LayerKind::kProduct:
      return bytes >= sizeof(ProductLayer) && Check(*static_cast<const ProductLayer*>(layer));
    case LayerKind::kPool:
      return bytes >= sizeof(PoolLayer) && Check(*static_cast<const PoolLayer*>(layer));
    case LayerKind::kDepthwise:
      return bytes >= sizeof(DepthwiseLayer) && Check(*static_cast<const DepthwiseLayer*>(layer));
    case LayerKind::kDepthwiseAny:
      return bytes >= sizeof(DepthwiseAnyLayer) && Check(*static_cast<const DepthwiseAnyLayer*>(layer));
    case LayerKind::kDense:
      return bytes >= sizeof(DenseLayer) && Check(*static_cast<const DenseLayer*>(layer));
    case LayerKind::kTable:
      return bytes >= sizeof(TableLayer) && Check(*static_cast<const TableLayer*>(layer));
    case LayerKind::kTranspose:
      return bytes >= sizeof(TransposeLayer) && Check(*static_cast<const TransposeLayer*>(layer));
  }
  return false;
}

}  // namespace emojicam::kernels
