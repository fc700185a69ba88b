// The kernels that stand in for TFLM's reference kernels. Each has its registration's usual form, takes
// int8 tensors only, and gives the same bytes as the reference kernel for the same input.
#pragma once

#include "tensorflow/lite/c/common.h"

namespace emojicam::kernels {

TfLiteRegistration* Register_CONV_2D();
TfLiteRegistration* Register_DEPTHWISE_CONV_2D();
TfLiteRegistration* Register_FULLY_CONNECTED();
TfLiteRegistration* Register_AVERAGE_POOL_2D();
TfLiteRegistration* Register_MAX_POOL_2D();

// For operators that TFLM July 2020 has no int8 kernel of; the bytes are those of today's TFLM.
TfLiteRegistration* Register_MEAN();
TfLiteRegistration* Register_QUANTIZE();

}  // namespace emojicam::kernels
