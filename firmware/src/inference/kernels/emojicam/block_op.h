// The operator that runs blocks of layers with our own kernels, registered under a name of its own.
#pragma once

#include <cstdint>

#include "base/span.h"
#include "tensorflow/lite/c/common.h"

namespace emojicam::kernels {

// custom_code of the operator in a model that the exporter has planned (python/emojicam/model/kernels).
inline constexpr char kBlockOperator[] = "emojicam.block";

TfLiteRegistration* Register_EMOJICAM_BLOCK();

// The memory for activations that the blocks of the model that was loaded last have taken from its arena; empty
// if none has yet.
Span<const uint8_t> BlockPool();

}  // namespace emojicam::kernels
