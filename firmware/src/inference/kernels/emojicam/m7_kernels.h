// Inner loops of the int8 network for cores with the DSP extension (Cortex-M7), and their portable twins.
//
// Activations of chains are kept as u = q + 128, so 0..255, which SMLAD reads as a positive halfword; layers
// by themselves give the depthwise kernels q as it is. Four layouts:
//
//   lines        uint8, [row][channel][pixel]: each channel's segment of a row is padded to a multiple of 4
//   bytes; the
//                padding is undefined.
//   planes       uint16, [channel][row][pixel]: a row is one word of padding and then the pixels, up to the
//   pitch; the
//                first halfword after its last pixel is padding too (usually that of the row below).
//   packed       uint8, [channel][pixel], without a gap between rows: short ones.
//   interleaved  uint16, for a pointwise layer: tiles of 2 pixels, each with K/4 groups of
//                (k0 k1 of pixel 0) (k0 k1 of pixel 1) (k2 k3 of pixel 0) (k2 k3 of pixel 1): what one LDM
//                reads.
//
// Requantisation is folded: weights and bias come scaled by 2^s from the exporter, which has proved for every
// accumulator value that can occur (python/emojicam/model/kernels/requantise.py) that
//   clamp((((acc * multiplier) >> 32) + addend) >> shift, 0, 255)
// equals TFLM's double rounding (SaturatingRoundingDoublingHighMul, RoundingDivideByPOT). "Fold" kernels have
// the shift as an immediate, kM7FoldShift; "Any" kernels take it from the channel, 1..31.
//
// All pointers are word aligned where not said otherwise (LDM and LDRD fault otherwise) and none may alias
// another. Nothing is allocated and nothing kept. Sums wrap modulo 2^32; the exporter has proved that the
// final one doesn't.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  kM7FoldShift = 12,  // bits that a "Fold" kernel shifts the scaled sum by
  kM7MaxDepth = 256,  // input channels of a pointwise layer
  kM7Widest = 64,     // pixels of a depthwise layer's row; twice as many of a first layer's
  kM7Pitch64 = 132,   // bytes from one row of a plane to the next, by the widest row: 4 + 2 * pixels
  kM7Pitch12 = 28,
  kM7Pitch6 = 16,
  kM7Pitch128 = 260,
};

// Two output channels, A and B, of a pointwise layer. In flash; K * 4 bytes of weights follow:
// int16, for each 4 input channels (A k0 k1) (B k0 k1) (A k2 k3) (B k2 k3), scaled.
typedef struct {
  int32_t multiplier[2];
  int32_t addend[2];
  int32_t shift[2];  // 0: a "Fold" kernel
  int32_t bias[4];   // A A B B, scaled
} M7PointwisePair;

typedef struct {
  const uint32_t* interleaved;  // lines * tiles tiles, K * 4 bytes each
  uint32_t depth;               // K: a multiple of 4, 4..kM7MaxDepth
  uint32_t tiles;               // of 2 pixels, in one line: >= 1
  uint32_t lines;               // >= 1
  uint32_t
      channel_pitch;    // bytes from channel A's first output to channel B's, even (Halves: a multiple of 4)
  uint32_t line_pitch;  // bytes from a line's first output to the next line's, the same
} M7PointwiseStrip;

// Writes 2 * tiles bytes (halfwords) to each line at out, channel A, and at out + channel_pitch, channel B.
// Bytes: out is 2-byte aligned.
typedef void M7PointwiseKernel(const M7PointwiseStrip* strip, const M7PointwisePair* pair, void* out);
M7PointwiseKernel EmojicamM7PointwiseBytesFold, EmojicamM7PointwiseBytesAny;
M7PointwiseKernel EmojicamM7PointwiseHalvesFold, EmojicamM7PointwiseHalvesAny;
// The same in more instructions and fewer cycles.
M7PointwiseKernel EmojicamM7PairedPointwiseBytesFold, EmojicamM7PairedPointwiseBytesAny;
M7PointwiseKernel EmojicamM7PairedPointwiseHalvesFold, EmojicamM7PairedPointwiseHalvesAny;
M7PointwiseKernel EmojicamM7PointwiseBytesFoldPortable, EmojicamM7PointwiseBytesAnyPortable;
M7PointwiseKernel EmojicamM7PointwiseHalvesFoldPortable, EmojicamM7PointwiseHalvesAnyPortable;

// One channel of a 3x3 depthwise layer, or one output channel of a first layer with one input channel. In
// flash.
typedef struct {
  int16_t weights[12];  // for each of the three rows w0 w1 w1 w2, scaled
  int32_t bias;         // scaled
  int32_t multiplier;
  int32_t addend;
  int32_t shift;  // 0: a "Fold" kernel
} M7WindowChannel;

typedef struct {
  const uint8_t*
      rows;  // of a plane: where the topmost window begins. 2 + row_count rows, stride 2: 1 + 2 * row_count
  uint32_t row_count;   // output rows, >= 1
  uint32_t blocks;      // a row: of 6 outputs with stride 1, of 4 with stride 2
  uint32_t tile_pitch;  // bytes from one tile to the next (K * 4 for the interleaved layout); First: not read
  uint32_t row_pitch;   // bytes from the first output of a row to that of the next one
} M7WindowStrip;

// Depthwise 3x3 into the interleaved layout: writes halfwords to out + tile * tile_pitch and 4 bytes after
// it, for every output of every block, so also beyond the row's last pixel where its width is no multiple of
// a block's; rows are written in order, and what lies beyond is either written later or spare. `out` is the
// first pixel's halfword (2-byte aligned). Stride 1 pads one pixel on the left: `rows` is the word of padding
// before the pixels. Stride 2 pads none: `rows` is the first pixel. A block reads 10 halfwords of three rows.
// The number is the widest row, by which the pitch goes; at most 11, 2 and 1 blocks (stride 2: 8, 2 and 1).
// With stride 1, "12" and "6" are for rows of just so many pixels, row_pitch 6 and 3 tiles, and their number
// of blocks isn't read; "6" takes what lies left and right for zero and reads 16 bytes of each row.
typedef void M7DepthwiseKernel(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out);
M7DepthwiseKernel EmojicamM7Depthwise1Fold64, EmojicamM7Depthwise1Fold12, EmojicamM7Depthwise1Fold6;
M7DepthwiseKernel EmojicamM7Depthwise1Any64, EmojicamM7Depthwise1Any12, EmojicamM7Depthwise1Any6;
M7DepthwiseKernel EmojicamM7Depthwise2Fold64, EmojicamM7Depthwise2Fold12, EmojicamM7Depthwise2Fold6;
M7DepthwiseKernel EmojicamM7Depthwise2Any64, EmojicamM7Depthwise2Any12, EmojicamM7Depthwise2Any6;
M7DepthwiseKernel EmojicamM7Depthwise1Fold64Portable, EmojicamM7Depthwise1Fold12Portable;
M7DepthwiseKernel EmojicamM7Depthwise1Fold6Portable, EmojicamM7Depthwise1Any64Portable;
M7DepthwiseKernel EmojicamM7Depthwise1Any12Portable, EmojicamM7Depthwise1Any6Portable;
M7DepthwiseKernel EmojicamM7Depthwise2Fold64Portable, EmojicamM7Depthwise2Fold12Portable;
M7DepthwiseKernel EmojicamM7Depthwise2Fold6Portable, EmojicamM7Depthwise2Any64Portable;
M7DepthwiseKernel EmojicamM7Depthwise2Any12Portable, EmojicamM7Depthwise2Any6Portable;

// The same for an image of 3x3 pixels that follow one another without padding: `rows` is the first one, and
// of the strip only tile_pitch is read besides. Writes 9 pixels of 5 tiles.
M7DepthwiseKernel EmojicamM7Depthwise1Fold3, EmojicamM7Depthwise1Any3;
M7DepthwiseKernel EmojicamM7Depthwise1Fold3Portable, EmojicamM7Depthwise1Any3Portable;

// The same for rows of just 5 and 7 pixels, into an interleaved layout without a gap between rows either:
// tiles lie across them. `rows` are row_count + 2 rows, each of its pixels and one halfword of zero. blocks
// and row_pitch aren't read.
M7DepthwiseKernel EmojicamM7Depthwise1Fold5, EmojicamM7Depthwise1Any5;
M7DepthwiseKernel EmojicamM7Depthwise1Fold7, EmojicamM7Depthwise1Any7;
M7DepthwiseKernel EmojicamM7Depthwise1Fold5Portable, EmojicamM7Depthwise1Any5Portable;
M7DepthwiseKernel EmojicamM7Depthwise1Fold7Portable, EmojicamM7Depthwise1Any7Portable;

// First layer, 3x3 with stride 2 on one channel, into one segment (word aligned) of each line: 4 bytes a
// block, at most 16 blocks. tile_pitch isn't read.
M7DepthwiseKernel EmojicamM7FirstFold128, EmojicamM7FirstAny128;
M7DepthwiseKernel EmojicamM7FirstFold128Portable, EmojicamM7FirstAny128Portable;

// One output channel of a first layer with three input channels. In flash.
typedef struct {
  int16_t weights[36];  // for each of the three rows and in it for each input channel w0 w1 w1 w2, scaled
  int32_t bias;         // scaled
  int32_t multiplier;
  int32_t addend;
  int32_t shift;  // 0: a "Fold" kernel
} M7First3Channel;

// The same on three input channels: the strip's rows are those of channel 0, 1, 2 of image row 0, then of
// image row 1, ...; any number of blocks up to 16.
typedef void M7First3Kernel(const M7WindowStrip* strip, const M7First3Channel* channel, void* out);
M7First3Kernel EmojicamM7First3Fold128, EmojicamM7First3Any128;
M7First3Kernel EmojicamM7First3Fold128Portable, EmojicamM7First3Any128Portable;

typedef struct {
  uint32_t source_pitch;       // bytes from one source row to the next, a multiple of 4
  uint32_t destination_pitch;  // of the plane
  uint32_t rows;               // >= 1
  uint32_t width;              // pixels, >= 1; ceil(width / 4) words are read and twice as many written a row
  uint32_t padding;            // the padding pixel in both halves of a word
} M7Unpack;

// Widens rows of bytes to rows of a plane and writes the word of padding behind each; `destination` is the
// first row's word of padding before the pixels, which is the caller's. "Signed" takes int8 and adds 128.
typedef void M7UnpackKernel(const M7Unpack* job, const uint8_t* source, uint8_t* destination);
M7UnpackKernel EmojicamM7Unpack, EmojicamM7UnpackSigned, EmojicamM7UnpackPortable,
    EmojicamM7UnpackSignedPortable;

// Makes such rows of 5 and of 7 bytes, and rows of a plane of 6: of the job source_pitch, any, and rows are
// read. `source` may lie at any address.
M7UnpackKernel EmojicamM7Unpack5, EmojicamM7Unpack5Portable, EmojicamM7Unpack7, EmojicamM7Unpack7Portable;
M7UnpackKernel EmojicamM7Unpack6, EmojicamM7Unpack6Portable;

#ifdef __cplusplus
}  // extern "C"
#endif
