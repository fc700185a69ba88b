// What the exporter writes into the custom options of the operators that run one layer by itself, on tensors
// that TFLM places: "emojicam.conv" and others. python/emojicam/model/kernels/layers.py writes it.
//
// Everything is little-endian 32-bit words. Offsets are in bytes from the header's start, 4-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace emojicam::kernels {

inline constexpr uint32_t kLayerMagic = 0x314C4345;  // "ECL1"

enum class LayerKind : uint32_t {
  kConvolution = 1,
  kSum = 2,
  kPool = 3,
  kDepthwise = 4,
  kTable = 5,
  kTranspose = 6,
  kDepthwiseAny = 7,
  kProduct = 8,
  kDense = 9,
};

struct LayerHeader {
  uint32_t magic;
  uint32_t core;  // 7 or 55
  LayerKind kind;
  uint32_t bytes;          // of everything, this header included
  uint32_t scratch_bytes;  // that the layer works in
  uint32_t input_bytes;    // of each of its tensors
  uint32_t output_bytes;
};

struct ImageSize {
  uint32_t height;
  uint32_t width;
  uint32_t channels;
};

// kConvolution: any window, int8 to int8.
struct ConvolutionLayer {
  LayerHeader header;
  ImageSize input;
  ImageSize output;
  uint32_t window_height;
  uint32_t window_width;
  uint32_t stride_height;
  uint32_t stride_width;
  uint32_t padding_top;
  uint32_t padding_left;
  int32_t padding;  // value of a pixel outside of the image: the input's zero point
  uint32_t depth;  // values of a patch. M7: window rows of a multiple of 4 each. M55: a multiple of 16 in all
  uint32_t tiles;  // of a strip: of 2 (M7) or 4 pixels
  uint32_t pair_bytes;
  int32_t activation_min;
  int32_t activation_max;
  uint32_t pairs_offset;  // M7Pair or M55Pair, with its weights, of each two output channels
};

// kSum: output = clamp((a * factor[0] + b * factor[1] + addend) >> shift, -128, 127), of int8 a and b. The
// exporter has proved for every a and b that this is TFLM's ADD (or SUB) and that no sum leaves 32 bits.
struct SumLayer {
  LayerHeader header;
  int32_t factor[2];
  int32_t addend;
  uint32_t shift;  // kLeastSumShift..kMostSumShift
  int32_t activation_min;
  int32_t activation_max;
};
inline constexpr uint32_t kLeastSumShift = 17;
inline constexpr uint32_t kMostSumShift = 24;

// kProduct: output = clamp(round((a + offset[0]) * (b + offset[1]) * multiplier) + output_zero), rounded as
// TFLM's MUL.
struct ProductLayer {
  LayerHeader header;
  uint32_t period;     // bytes of b, which begins again behind them: of all of a, or of a pixel's channels
  int32_t offset[2];   // less the zero points
  int32_t multiplier;  // Q31
  int32_t shift;       // to the right, 0..kMostProductShift
  int32_t minus;       // 1, and 0 where the shift is 0
  int32_t addend;      // the output's zero point and one half, before the shift
  int32_t output_zero;
  int32_t activation_min;
  int32_t activation_max;
};
inline constexpr int32_t kMostProductShift = 22;

enum class PoolKind : uint32_t {
  kMaximum = 0,
  kAverage = 1,  // rounded half away from zero (reference_integer_ops::AveragePool)
  kMean =
      2,  // over the whole image: (sum - count * zero point) times a factor (reduce.h, QuantizedMeanOrSum)
};

// kPool: over a window, whose pixels outside of the image don't count.
struct PoolLayer {
  LayerHeader header;
  ImageSize input;
  ImageSize output;
  PoolKind pool;
  uint32_t window_height;
  uint32_t window_width;
  uint32_t stride_height;
  uint32_t stride_width;
  uint32_t padding_top;
  uint32_t padding_left;
  int32_t multiplier;  // kMean: Q31
  int32_t shift;       // kMean: positive is left
  int32_t input_zero;
  int32_t output_zero;
  int32_t activation_min;
  int32_t activation_max;
};

// kDepthwise: 3x3 with stride 1 or 2 and one filter a channel, to outputs whose zero point is -128.
struct DepthwiseLayer {
  LayerHeader header;
  ImageSize input;
  ImageSize output;
  uint32_t stride;
  uint32_t padding_top;
  uint32_t padding_left;
  int32_t padding;         // value of a pixel outside of the image: the input's zero point
  uint32_t strip_rows;     // output rows at a time; M55: even
  uint32_t strip_columns;  // and columns. M7: at most kM7Widest, half of it with stride 2
  int32_t activation_max;
  uint32_t channels_offset;  // M7WindowChannel or M55WindowChannel of each channel
};

// kDepthwiseAny: any window and strides, one filter or more a channel, to int8 with any zero point.
struct DepthwiseAnyLayer {
  LayerHeader header;
  ImageSize input;
  ImageSize output;
  uint32_t window_height;
  uint32_t window_width;
  uint32_t stride_height;
  uint32_t stride_width;
  uint32_t padding_top;
  uint32_t padding_left;
  int32_t padding;         // value of a pixel outside of the image: the input's zero point
  uint32_t strip_rows;     // output rows at a time
  uint32_t strip_columns;  // and columns
  int32_t activation_min;
  int32_t activation_max;
  uint32_t channels_offset;  // M7AnyChannel or M55AnyChannel, with its weights, of each output channel
};

// kDense: each output from all values of the input.
struct DenseLayer {
  LayerHeader header;
  uint32_t depth;  // values of the input
  uint32_t outputs;
  uint32_t steps;  // M7: of 8 values, M55: of 16
  int32_t output_zero;
  int32_t activation_min;
  int32_t activation_max;
  uint32_t quads_offset;  // of four outputs each. M7: dense_kernels.h; M55: M55DenseQuad and its weights
};

// In flash; int8 weights follow, for each 16 values those of each of the four outputs.
struct M55DenseQuad {
  int32_t bias[4];
  int32_t multiplier[4];
  int32_t shift[4];  // 0 or negative: to the right
  int32_t minus[4];  // -1: one less for negative y; 0 where the shift is 0
};
constexpr uint32_t DenseQuadBytesM7(uint32_t steps) { return 80 + 32 * steps; }
constexpr uint32_t DenseQuadBytesM55(uint32_t steps) { return 64 + 64 * steps; }

// kTable: what each value becomes, whatever its neighbours are.
struct TableLayer {
  LayerHeader header;
  uint32_t channels;       // that have a table of their own, the last dimension; 1: one for all
  uint32_t tables_offset;  // int8[channels][256], by the input's int8 as an unsigned byte
};

// kTranspose: of up to five dimensions, the first ones 1 where there are fewer.
struct TransposeLayer {
  LayerHeader header;
  uint32_t size[5];    // of the output
  uint32_t stride[5];  // bytes of the input from one step of each to the next
};

// Whether a layer of `bytes` bytes says what can be true: every offset and size that its kernel goes by. What
// a flipped bit in flash or a wrong file could spoil; the weights themselves it can't know.
bool CheckLayer(const void* layer, std::size_t bytes, uint32_t core);

using RunConvolution = void (*)(const ConvolutionLayer& layer, const int8_t* input, int8_t* output,
                                uint8_t* scratch);
void RunConvolutionM7(const ConvolutionLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
void RunConvolutionM55(const ConvolutionLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
using RunDepthwise = void (*)(const DepthwiseLayer& layer, const int8_t* input, int8_t* output,
                              uint8_t* scratch);
void RunDepthwiseM7(const DepthwiseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
void RunDepthwiseM55(const DepthwiseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
// Bytes that they work in.
uint64_t DepthwiseScratchM7(const DepthwiseLayer& layer);
uint64_t DepthwiseScratchM55(const DepthwiseLayer& layer);

using RunDepthwiseAny = void (*)(const DepthwiseAnyLayer& layer, const int8_t* input, int8_t* output,
                                 uint8_t* scratch);
void RunDepthwiseAnyM7(const DepthwiseAnyLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
void RunDepthwiseAnyM55(const DepthwiseAnyLayer& layer, const int8_t* input, int8_t* output,
                        uint8_t* scratch);
uint64_t DepthwiseAnyScratchM7(const DepthwiseAnyLayer& layer);
uint64_t DepthwiseAnyScratchM55(const DepthwiseAnyLayer& layer);

using RunDense = void (*)(const DenseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
void RunDenseM7(const DenseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);
void RunDenseM55(const DenseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch);

void RunSum(const SumLayer& layer, const int8_t* a, const int8_t* b, int8_t* output);
void RunProduct(const ProductLayer& layer, const int8_t* a, const int8_t* b, int8_t* output);
void RunPool(const PoolLayer& layer, const int8_t* input, int8_t* output);
void RunTranspose(const TransposeLayer& layer, const int8_t* input, int8_t* output);
void RunTable(const TableLayer& layer, const int8_t* input, int8_t* output);

}  // namespace emojicam::kernels
