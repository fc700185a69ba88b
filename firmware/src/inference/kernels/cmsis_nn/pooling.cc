// AVERAGE_POOL_2D and MAX_POOL_2D by CMSIS-NN 4.0.0 (arm_avgpool_s8, arm_max_pool_s8).
#include <new>

#include "inference/kernels/cmsis_nn/common.h"
#include "inference/kernels/registrations.h"

namespace emojicam::kernels {
namespace {

struct PoolData {
  cmsis_nn_pool_params params = {};
  cmsis_nn_dims filter = {};
  Scratch scratch = {};
};

TfLiteStatus PrepareMax(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  auto* data = static_cast<PoolData*>(node->user_data);
  const auto& options = *static_cast<const TfLitePoolParams*>(node->builtin_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, 0);
  TfLiteTensor* output = tflite::GetOutput(context, node, 0);
  TF_LITE_ENSURE(context, IsImage(*input));
  TF_LITE_ENSURE(context, IsImage(*output));

  int output_height = 0;
  int output_width = 0;
  const TfLitePaddingValues padding = tflite::ComputePaddingHeightWidth(
      options.stride_height, options.stride_width, 1, 1, input->dims->data[1], input->dims->data[2],
      options.filter_height, options.filter_width, options.padding, &output_height, &output_width);
  data->params.padding = {padding.width, padding.height};
  data->params.stride = {options.stride_width, options.stride_height};
  data->filter = {1, options.filter_height, options.filter_width, 1};
  return tflite::CalculateActivationRangeQuantized(
      context, options.activation, output, &data->params.activation.min, &data->params.activation.max);
}

TfLiteStatus PrepareAverage(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE_STATUS(PrepareMax(context, node));
  const cmsis_nn_dims output = Dims(*tflite::GetOutput(context, node, 0));
  return static_cast<PoolData*>(node->user_data)
      ->scratch.Request(context, arm_avgpool_s8_get_buffer_size(output.w, output.c));
}

template <typename Function>
TfLiteStatus InvokePool(TfLiteContext* context, TfLiteNode* node, Function function) {
  const auto& data = *static_cast<const PoolData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, 0);
  TfLiteTensor* output = tflite::GetOutput(context, node, 0);
  const cmsis_nn_context scratch = data.scratch.Get(context);
  const cmsis_nn_dims input_dims = Dims(*input);
  const cmsis_nn_dims output_dims = Dims(*output);
  return Status(function(&scratch, &data.params, &input_dims, tflite::GetTensorData<int8_t>(input),
                         &data.filter, &output_dims, tflite::GetTensorData<int8_t>(output)));
}

TfLiteStatus InvokeAverage(TfLiteContext* context, TfLiteNode* node) {
  return InvokePool(context, node, arm_avgpool_s8);
}

TfLiteStatus InvokeMax(TfLiteContext* context, TfLiteNode* node) {
  return InvokePool(context, node, arm_max_pool_s8);
}

}  // namespace

TfLiteRegistration* Register_AVERAGE_POOL_2D() {
  static TfLiteRegistration registration = {
      InitData<PoolData>, nullptr, PrepareAverage, InvokeAverage, nullptr, 0, nullptr, 0};
  return &registration;
}

TfLiteRegistration* Register_MAX_POOL_2D() {
  static TfLiteRegistration registration = {
      InitData<PoolData>, nullptr, PrepareMax, InvokeMax, nullptr, 0, nullptr, 0};
  return &registration;
}

}  // namespace emojicam::kernels
