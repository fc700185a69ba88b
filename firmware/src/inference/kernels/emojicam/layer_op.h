// The operators that run one layer each with our own kernels, registered under names of their own. The input
// and the output are tensors that TFLM places; geometry and constants are in the operator's options
// (layer_format.h).
#pragma once

#include "tensorflow/lite/c/common.h"

namespace emojicam::kernels {

TfLiteRegistration* Register_EMOJICAM_CONV();
TfLiteRegistration* Register_EMOJICAM_DEPTHWISE();
TfLiteRegistration* Register_EMOJICAM_DEPTHWISE_ANY();
TfLiteRegistration* Register_EMOJICAM_DENSE();
TfLiteRegistration* Register_EMOJICAM_SUM();
TfLiteRegistration* Register_EMOJICAM_PRODUCT();
TfLiteRegistration* Register_EMOJICAM_POOL();
TfLiteRegistration* Register_EMOJICAM_TABLE();
TfLiteRegistration* Register_EMOJICAM_TRANSPOSE();

}  // namespace emojicam::kernels
