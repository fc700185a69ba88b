// What the registrations of CMSIS-NN 4.0.0 share: its headers, and TFLM's tensors in its terms.
#pragma once

#include <cstdint>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>  // C++ overloads: has to be seen before CMSIS-NN includes it inside extern "C"
#endif

#include "arm_nnfunctions.h"
#include "tensorflow/lite/c/builtin_op_data.h"
#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/kernels/internal/tensor_ctypes.h"
#include "tensorflow/lite/kernels/kernel_util.h"
#include "tensorflow/lite/kernels/padding.h"

namespace emojicam::kernels {

// NHWC, or OHWI for a filter, whose n is its output channels.
inline cmsis_nn_dims Dims(const TfLiteTensor& tensor) {
  const int* size = tensor.dims->data;
  return {size[0], size[1], size[2], size[3]};
}

// Scratch memory that TFLM's planner gives to one node for the time of its invocation.
class Scratch {
 public:
  // From Prepare. Nothing is asked for where `bytes` is 0.
  TfLiteStatus Request(TfLiteContext* context, int32_t bytes) {
    size_ = bytes;
    if (bytes <= 0) return kTfLiteOk;
    return context->RequestScratchBufferInArena(context, static_cast<std::size_t>(bytes), &index_);
  }
  // From Invoke.
  cmsis_nn_context Get(TfLiteContext* context) const {
    if (size_ <= 0) return {nullptr, 0};
    return {context->GetScratchBuffer(context, index_), size_};
  }

 private:
  int index_ = -1;
  int32_t size_ = 0;
};

// Init of a kernel whose node keeps a Data: zero-initialised memory from the arena.
template <typename Data>
void* InitData(TfLiteContext* context, const char*, std::size_t) {
  void* memory = nullptr;
  if (context->AllocatePersistentBuffer(context, sizeof(Data), &memory) != kTfLiteOk) return nullptr;
  return new (memory) Data();
}

// One int8 input and output of rank 4 and one image: what these kernels take.
inline bool IsImage(const TfLiteTensor& tensor) {
  return tensor.type == kTfLiteInt8 && tensor.dims->size == 4 && tensor.dims->data[0] == 1;
}

inline TfLiteStatus Status(arm_cmsis_nn_status status) {
  return status == ARM_CMSIS_NN_SUCCESS ? kTfLiteOk : kTfLiteError;
}

}  // namespace emojicam::kernels
