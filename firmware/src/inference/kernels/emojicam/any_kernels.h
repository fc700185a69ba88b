// Inner loops of depthwise layers of any window and strides (depthwise_any_m7.cc, depthwise_any_m55.cc), and
// their portable twins. Outputs go straight to the tensor, pixel by pixel as TFLM has them; requantisation is
// that of image_kernels.h, whatever the sign.
//
// All pointers to words are word aligned and none may alias another. Nothing is kept.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
namespace emojicam::kernels {
inline constexpr uint32_t kMostAnyChannels = 9362;  // whose pixels 16-bit offsets reach over a block
inline constexpr uint32_t kM7MostLines = 16;
inline constexpr uint32_t kM7AnyBlock = 3;  // outputs
inline constexpr uint32_t kM55MostVectors = 4;
}  // namespace emojicam::kernels

extern "C" {
#endif

// --- Cortex-M7 ---
//
// A channel's rows are taken in pairs: a word is a pixel with the one below it. A line has such words for
// three taps of a window's row, each a stride apart, so that output x reads words x, x + 1 and x + 2: nine
// SMLAD for three outputs. A window is so many lines, one behind the other.

// One output channel, in flash; its weights follow: three words a line, each (row 2j, row 2j + 1) of a tap,
// scaled by 2^scale as M7Pair's are.
typedef struct {
  int32_t multiplier, minus, addend, shift;
  int32_t fold;  // 1: the "Fold" kernel
  int32_t bias;  // scaled
} M7AnyChannel;

// Rows of outputs of one channel; the kernel copies it to its stack frame and works on it there.
typedef struct {
  int32_t bias[3];  // the same thrice
  const uint32_t* weights;
  uint32_t pitch;  // bytes from one line to the next
  uint32_t lines;  // 1..kM7MostLines
  int32_t multiplier, minus, addend, shift;
  int8_t* out;  // these two are the kernel's own
  int32_t left;
  uint32_t out_step;       // bytes from one block's outputs to the next one's
  int32_t step;            // from behind the last line of a block to the first one of the next
  uint32_t second, third;  // bytes from a block's first output to the others; those that are none lie on it,
                           // or on the second one, and are written over
  const uint32_t* row;     // the first window's first line
  uint32_t row_step;       // bytes
  int8_t* out_row;
  uint32_t out_row_step;
  int32_t blocks;     // a row, >= 1
  uint32_t rows;      // >= 1
  int32_t rest_step;  // 0, or back to a further block that ends where the row does
  int32_t rest_out;
} M7AnyRows;

typedef void M7AnyKernel(const M7AnyRows* rows);
M7AnyKernel EmojicamM7AnyFull, EmojicamM7AnyFullPortable;
M7AnyKernel EmojicamM7AnyFold, EmojicamM7AnyFoldPortable;

// --- Cortex-M55 ---
//
// A channel's columns lie one after the other, each as high as the window: a window is one run of bytes.

// One output channel, in flash; its weights follow: int8, column by column, filled up with zeros to whole
// vectors.
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t shift;  // 0 or negative: to the right
  int32_t minus;  // 1: one less for negative y; 0 where the shift is 0
  int32_t zero_point;
} M55AnyChannel;

typedef struct {
  const int8_t* columns;  // the first output's; whole vectors are read
  uint32_t step;          // bytes from one output's window to the next one's
  uint32_t blocks;        // of 8 outputs a row, >= 1
  uint32_t rows;          // >= 1
  uint32_t row_step;      // bytes from one row's columns to the next one's
  uint32_t out_step;      // bytes from one block's outputs to the next one's
  uint32_t out_row_step;
  uint32_t lanes;       // of a row's last block, which are written: two bits each, in scatter's order
  uint16_t scatter[8];  // bytes from a block's first output to outputs 0 4 1 5 2 6 3 7
} M55AnyRows;

typedef void M55AnyKernel(const M55AnyRows* rows, const M55AnyChannel* channel, int8_t* out);
// The number is that of vectors.
M55AnyKernel EmojicamM55Any1, EmojicamM55Any1Portable;
M55AnyKernel EmojicamM55Any2, EmojicamM55Any2Portable;
M55AnyKernel EmojicamM55Any3, EmojicamM55Any3Portable;
M55AnyKernel EmojicamM55Any4, EmojicamM55Any4Portable;

#ifdef __cplusplus
}  // extern "C"

namespace emojicam::kernels {

// Lines for one pair of rows: each third tap of each column that a stride passes over.
constexpr uint32_t M7AnySets(uint32_t width, uint32_t stride) {
  uint32_t sets = 0;
  for (uint32_t first = 0; first < stride && first < width; ++first) {
    sets += (width - first + 3 * stride - 1) / (3 * stride);
  }
  return sets;
}
constexpr uint32_t M7AnyLines(uint32_t height, uint32_t width, uint32_t stride) {
  return (height + 1) / 2 * M7AnySets(width, stride);
}
// Where a window begins with the second row of a pair, whose first one then has no weight.
constexpr uint32_t M7AnyOddLines(uint32_t height, uint32_t width, uint32_t stride) {
  return (height / 2 + 1) * M7AnySets(width, stride);
}
constexpr uint32_t M55AnyVectors(uint32_t taps) { return (taps + 15) / 16; }

}  // namespace emojicam::kernels
#endif
