// Inner loops of layers by themselves, whose input and output are tensors as TFLM has them (int8, NHWC), and
// their portable twins. m7_kernels.h and m55_kernels.h have those of whole chains, which are faster where a
// model's layers allow them.
//
// A convolution of any window is a product of patches, each the K input values that one output pixel needs,
// with K weights for each output channel. Values stay as they are: zero points are in the bias.
//
// Requantisation, of one channel with multiplier m (Q31) and a shift of n bits to the right, is TFLM's,
// whatever the sign (gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT):
//   y = (sum * m + 2^30) >> 31;  q = (y - (y < 0 and n > 0) + (n > 0 ? 2^(n - 1) : 0)) >> n
//
// All pointers are word aligned where not said otherwise and none may alias another. Nothing is kept.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- Cortex-M7 ---

// Two output channels, A and B. In flash; K * 4 bytes of weights follow: int16, scaled by 2^scale, for each 4
// values (A k0 k2) (B k0 k2) (A k1 k3) (B k1 k3).
//   Full: scale 1. y = (sum * multiplier + 2^31) >> 32; q = (y + ((y * minus) >> 32) + addend) >> shift
//         (minus 1: one less for negative y), clamped to int8; the zero point is in the addend.
//   Fold: scale as the exporter found it (see m7_kernels.h), q = ((sum * multiplier >> 32) + addend) >> 12.
typedef struct {
  int32_t multiplier, minus, addend, shift;
} M7Scale;

typedef struct {
  M7Scale scale[2];  // A B
  int32_t fold;      // 1: the "Fold" kernel
  int32_t bias[4];   // A A B B, scaled
} M7Pair;

enum { kM7FoldBits = 12 };

typedef struct {
  const uint32_t* patches;  // tiles of 2 pixels, K * 4 bytes each: for each 4 values (k0 k2 of pixel 0)
                            // (k0 k2 of pixel 1) (k1 k3 of pixel 0) (k1 k3 of pixel 1), int16
  uint32_t depth;           // K: a multiple of 4. At most kM7PairDepth but for "Deep"
  uint32_t tiles;           // >= 1
  uint32_t pixel_pitch;     // bytes from one output pixel to the next. 0: pixel 1 is none, and tiles is 1
  uint32_t channel_step;    // bytes from A's output to B's: 1, or 0 if B is none
} M7Strip;

enum { kM7PairDepth = 256 };

// Writes channel A of each pixel at out, pixel by pixel (no alignment needed), and channel B channel_step
// behind. What is none is written first and then over.
typedef void M7PairKernel(const M7Strip* strip, const M7Pair* pair, int8_t* out);
M7PairKernel EmojicamM7PairFull, EmojicamM7PairFullPortable;
M7PairKernel EmojicamM7PairFold, EmojicamM7PairFoldPortable;
M7PairKernel EmojicamM7PairFullDeep, EmojicamM7PairFullDeepPortable;  // any K
M7PairKernel EmojicamM7PairFoldDeep, EmojicamM7PairFoldDeepPortable;

// --- Cortex-M55 ---

// Two output channels. In flash, followed by their weights: int8, for each 16 values those of A, then those
// of B.
typedef struct {
  int32_t bias[2];
  int32_t multiplier[2];
  int32_t shift[2];  // 0 or negative: to the right
  int32_t minus[2];  // 1: one less for negative y; 0 where the shift is 0
  int32_t zero_point;
} M55Pair;

typedef struct {
  const int8_t* patches;  // of pixel 0; up to 15 bytes behind the last one are read (times weights of 0)
  uint32_t pitch;         // bytes from one pixel's patch to the next one's
  uint32_t steps;         // K / 16, >= 1
  uint32_t tiles;         // of 4 pixels, >= 1
  uint32_t out_step;      // bytes from a tile's outputs to those of the next
  uint32_t lanes;         // which are written: two bits each, those of scatter's order, lowest first
  uint16_t scatter[8];    // pixel 0 of A, of B, pixel 1 of A, ...: bytes from out
} M55Strip;

typedef void M55PairKernel(const M55Strip* strip, const M55Pair* pair, int8_t* out);
M55PairKernel EmojicamM55Pair, EmojicamM55PairPortable;
// For steps 1, and patches just so many bytes apart; neither is read.
M55PairKernel EmojicamM55Pair8, EmojicamM55Pair8Portable;
M55PairKernel EmojicamM55Pair16, EmojicamM55Pair16Portable;
// The same for a zero point of -128, which hides what is below zero: minus isn't read.
M55PairKernel EmojicamM55PairFloor, EmojicamM55PairFloorPortable;
M55PairKernel EmojicamM55Pair8Floor, EmojicamM55Pair8FloorPortable;
M55PairKernel EmojicamM55Pair16Floor, EmojicamM55Pair16FloorPortable;

#ifdef __cplusplus
}  // extern "C"
#endif
