// The inner loop of a dense layer on the Cortex-M7, whose weights stay int8, and its portable twin
// (dense.cc).
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const uint32_t* values;  // twice each input value as halfwords: for each four (k0 k2) (k1 k3)
  uint32_t steps;          // of 8 values, >= 1
  uint32_t quads;          // of outputs, >= 1
} M7Dense;

// Writes four bytes a quad to out (no alignment needed). A quad, word aligned, in flash: bias[4], twice; for
// each four values those of each of the four outputs, int8; multiplier[4], minus[4], addend[4], shift[4] as
// M7Pair has them.
typedef void M7DenseKernel(const M7Dense* dense, const void* quads, int8_t* out);
M7DenseKernel EmojicamM7Dense, EmojicamM7DensePortable;

#ifdef __cplusplus
}  // extern "C"
#endif
