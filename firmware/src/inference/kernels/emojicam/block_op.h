// The operator that runs blocks of layers with our own kernels, registered under a name of its own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace emojicam::kernels {

// custom_code of the operator in a model that the exporter has planned (python/emojicam/model/kernels).
inline constexpr char kBlockOperator[] = "emojicam.block";

TfLiteRegistration* Register_EMOJICAM_BLOCK();

// The blocks of a model share one piece of memory for their activations, the pool. It belongs to whoever the
// arena belongs to, who places the tensors that lie in it; by these each block finds it.

// Bytes of the pool of a model's blocks; 0 where it has none.
std::size_t PoolBytes(const tflite::Model& model);

// Gives the tensors in the pool their memory: after the interpreter has made them, and before it plans, as it
// leaves out of its plan what has memory already. pool: PoolBytes() bytes, aligned to 16, which outlive the
// interpreter. tensors: all of the model's.
void PlaceInPool(const tflite::Model& model, uint8_t* pool, TfLiteTensor* tensors);

}  // namespace emojicam::kernels
