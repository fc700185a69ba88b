// Inner loops of the int8 network for cores with Helium (Cortex-M55), and their portable twins.
//
// Activations are int8 as TFLM has them, with the zero point -128, in two layouts:
//
//   rows    [row][channel][column]: each channel's segment of a row is one column of padding, the pixels and
//   at least
//           one more column of padding, rounded up to an even number of bytes; a row of padding above and one
//           below.
//   stream  for a pointwise layer, what its loop reads in order: tiles of 4 pixels, each with K/16 groups of
//   16
//           channels of pixel 0, of pixel 1, of pixel 2, of pixel 3. With K = 8: 8 channels of each pixel.
//
// VMLADAV multiplies 16 bytes by 16 and adds them all up. A pointwise tile gives it 16 channels of a pixel; a
// 3x3 window gives it 4x4 pixels, gathered as 8 halfwords, so windows begin at even columns and 7 (stride 1)
// or 7 (stride 2) of 16 weights are zero. Requantisation is VQRDMULH and VRSHL: TFLM's rounding but for
// negative values, which a zero point of -128 clamps away.
//
// Outputs leave by scatter stores, 8 at a time, with 16-bit offsets that the exporter has put into tables, so
// no kernel knows an image's width. Lanes that are no pixel go to an offset of spare memory.
//
// Pointers are word aligned; activations in rows 2-byte aligned. None may alias another. Nothing is kept.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { kM55MaxDepth = 256 };

// Two output channels of a pointwise layer, A and B. In flash, followed by their weights and those by the
// next pair; int8: for each 16 input channels those of A, then of B (K = 8: A 8, zero 8, B 8, zero 8, zero 8,
// A 8, zero 8, B 8).
typedef struct {
  int32_t bias[2];  // with the input's zero point folded in
  int32_t multiplier[2];
  int32_t addend[2];  // the zero point, -128, before the shift: -128 << -shift. Pointwise8 takes -128 itself
  int32_t shift[2];   // 0 or negative: to the right
} M55PointwisePair;

typedef struct {
  const int8_t* stream;   // tiles * K * 4 bytes
  uint32_t depth;         // K: a multiple of 16, up to kM55MaxDepth; 8 for Pointwise8, which doesn't read it
  uint32_t tiles;         // >= 1
  const uint16_t* table;  // 8 offsets a tile: pixel 0 of A, of B, pixel 1 of A, ...
  uint32_t pairs;         // of output channels, >= 1
  uint32_t out_step;      // bytes from one pair's outputs to the next one's
} M55PointwiseStrip;

typedef void M55PointwiseKernel(const M55PointwiseStrip* strip, const M55PointwisePair* pair, int8_t* out);
M55PointwiseKernel EmojicamM55Pointwise, EmojicamM55PointwisePortable;
M55PointwiseKernel EmojicamM55Pointwise8, EmojicamM55Pointwise8Portable;

// One channel of a 3x3 depthwise layer. In flash. weights: 4 rows of 4 of the gathered window. Stride 1: four
// of them, for the outputs (0,0) (0,1) (1,0) (1,1) of a window; stride 2: the first one, for its one output.
typedef struct {
  int32_t bias;
  int32_t multiplier;
  int32_t addend;  // as M55PointwisePair's
  int32_t shift;
  int8_t weights[4][16];
} M55WindowChannel;

typedef struct {
  const int8_t* input;    // the first window's first pixel
  uint32_t row_step;      // bytes from one row of windows to the next: two rows
  uint32_t rows;          // of windows, >= 1
  uint32_t blocks;        // in a row, of 8 outputs each: 2 windows with stride 1, 8 with stride 2. >= 1
  const uint16_t* table;  // 8 offsets a block, for all rows. Stride 1: (row 0, row 1) of 4 columns; stride 2:
                          // 4 columns with 4 columns further on, alternating: 0 4 1 5 2 6 3 7
  uint16_t gather[8];     // offsets of a window's halfwords: 0, 2, pitch, pitch + 2, ...
  uint32_t channels;      // one after the other, in flash and, a byte apart, in the output. >= 1
  uint32_t channel_pitch;  // bytes from one channel's first window to the next one's
} M55WindowStrip;

typedef void M55DepthwiseKernel(const M55WindowStrip* strip, const M55WindowChannel* channel, int8_t* out);
M55DepthwiseKernel EmojicamM55Depthwise1, EmojicamM55Depthwise1Portable;
// Stride 1, of three windows a row: blocks isn't read. A block is two windows of all that follow one another
// row by row; with an odd number of rows the last window is there twice, and the table says where to.
M55DepthwiseKernel EmojicamM55Depthwise1By3, EmojicamM55Depthwise1By3Portable;
M55DepthwiseKernel EmojicamM55Depthwise2, EmojicamM55Depthwise2Portable;

// Four output channels of a first layer, 3x3 with stride 2 on one input channel. In flash.
typedef struct {
  int32_t bias[4];
  int32_t multiplier[4];
  int32_t shift[4];
  int8_t weights[4][16];  // of each channel, 4 rows of 4
} M55FirstChannels;

typedef struct {
  const int8_t* input;  // the first window's first pixel
  uint32_t row_step;    // bytes from one output row's windows to the next one's
  uint32_t rows;        // output rows, >= 1
  uint32_t pairs;       // of output columns, >= 1
  uint32_t out_step;    // bytes from one output row to the next
  int32_t zero_point;
  uint16_t gather[8];
  uint16_t scatter[8];  // channel 0 of column 0, of column 1, channel 1 of column 0, ...
} M55FirstStrip;

typedef void M55FirstKernel(const M55FirstStrip* strip, const M55FirstChannels* channels, int8_t* out);
M55FirstKernel EmojicamM55First, EmojicamM55FirstPortable;

// The same with three input channels, from pixels as TFLM has them: a window's row is 9 neighbouring bytes.
// In flash.
typedef struct {
  int32_t bias[4];
  int32_t multiplier[4];
  int32_t shift[4];
  int8_t weights[3][4][16];  // for each row of the window, of each channel, 9 and 7 zeros
} M55First3Channels;

typedef struct {
  const int8_t* input;  // the first window's first byte; each row of a window is read 16 bytes far
  uint32_t row_step;    // bytes from one output row's windows to the next one's
  uint32_t rows;        // output rows, >= 1
  uint32_t pairs;       // of output columns, >= 1
  uint32_t out_step;    // bytes from one output row to the next
  int32_t zero_point;
  uint16_t scatter[8];  // as in M55FirstStrip
  uint32_t row_pitch;   // bytes from one row of the window to the next
} M55First3Strip;

typedef void M55First3Kernel(const M55First3Strip* strip, const M55First3Channels* channels, int8_t* out);
M55First3Kernel EmojicamM55First3, EmojicamM55First3Portable;

#ifdef __cplusplus
}  // extern "C"
#endif
