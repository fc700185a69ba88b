// QUANTIZE from int8 to int8 in another scale, which TFLM July 2020 has from float32 and int16 only.
// Converters put it where scales meet, before a concatenation for one.
//
// As in today's TFLM and LiteRT (lite/kernels/internal/reference/requantize.h).
#include <algorithm>
#include <cstdint>
#include <new>

#include "inference/kernels/registrations.h"
#include "tensorflow/lite/kernels/internal/common.h"
#include "tensorflow/lite/kernels/internal/quantization_util.h"
#include "tensorflow/lite/kernels/internal/tensor_ctypes.h"
#include "tensorflow/lite/kernels/kernel_util.h"

namespace emojicam::kernels {
namespace {

struct QuantizeData {
  int32_t multiplier = 0;  // Q31
  int shift = 0;           // positive is left
};

void* Init(TfLiteContext* context, const char*, std::size_t) {
  void* memory = nullptr;
  if (context->AllocatePersistentBuffer(context, sizeof(QuantizeData), &memory) != kTfLiteOk) return nullptr;
  return new (memory) QuantizeData();
}

TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  TF_LITE_ENSURE_EQ(context, node->inputs->size, 1);
  TF_LITE_ENSURE_EQ(context, node->outputs->size, 1);
  auto* data = static_cast<QuantizeData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, 0);
  const TfLiteTensor* output = tflite::GetOutput(context, node, 0);
  TF_LITE_ENSURE_EQ(context, input->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, output->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, tflite::NumElements(input), tflite::NumElements(output));
  tflite::QuantizeMultiplier(
      static_cast<double>(input->params.scale) / static_cast<double>(output->params.scale), &data->multiplier,
      &data->shift);
  return kTfLiteOk;
}

TfLiteStatus Invoke(TfLiteContext* context, TfLiteNode* node) {
  const auto& data = *static_cast<const QuantizeData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, 0);
  TfLiteTensor* output = tflite::GetOutput(context, node, 0);
  const int8_t* from = tflite::GetTensorData<int8_t>(input);
  int8_t* to = tflite::GetTensorData<int8_t>(output);
  for (std::size_t i = 0; i < input->bytes; ++i) {
    const int32_t scaled = tflite::MultiplyByQuantizedMultiplier(from[i] - input->params.zero_point,
                                                                 data.multiplier, data.shift) +
                           output->params.zero_point;
    to[i] = static_cast<int8_t>(std::clamp<int32_t>(scaled, INT8_MIN, INT8_MAX));
  }
  return kTfLiteOk;
}

}  // namespace

TfLiteRegistration* Register_QUANTIZE() {
  static TfLiteRegistration registration = {Init, nullptr, Prepare, Invoke, nullptr, 0, nullptr, 0};
  return &registration;
}

}  // namespace emojicam::kernels
