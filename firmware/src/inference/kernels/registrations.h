// The kernels that stand in for TFLM's reference kernels. Each has its registration's usual form, takes
// int8 tensors only, and gives the same bytes as the reference kernel for the same input.
#pragma once

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/core/api/error_reporter.h"
#include "tensorflow/lite/core/api/flatbuffer_conversions.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace emojicam::kernels {

// These two only work with the options that their own parser has made of the model's (KernelEntry::parse).
TfLiteRegistration* Register_CONV_2D();
TfLiteStatus Parse_CONV_2D(const tflite::Operator* op, tflite::BuiltinOperator type,
                           tflite::ErrorReporter* reporter, tflite::BuiltinDataAllocator* allocator,
                           void** builtin_data);
TfLiteRegistration* Register_DEPTHWISE_CONV_2D();
TfLiteStatus Parse_DEPTHWISE_CONV_2D(const tflite::Operator* op, tflite::BuiltinOperator type,
                                     tflite::ErrorReporter* reporter, tflite::BuiltinDataAllocator* allocator,
                                     void** builtin_data);
TfLiteRegistration* Register_FULLY_CONNECTED();
TfLiteRegistration* Register_AVERAGE_POOL_2D();
TfLiteRegistration* Register_MAX_POOL_2D();

// For operators that TFLM July 2020 has no int8 kernel of; the bytes are those of today's TFLM.
TfLiteRegistration* Register_MEAN();
TfLiteRegistration* Register_QUANTIZE();

}  // namespace emojicam::kernels
