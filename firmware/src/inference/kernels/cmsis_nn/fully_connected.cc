// FULLY_CONNECTED by CMSIS-NN 4.0.0 (arm_fully_connected_s8).
#include "tensorflow/lite/kernels/internal/reference/integer_ops/fully_connected.h"

#include <new>

#include "inference/kernels/cmsis_nn/common.h"
#include "inference/kernels/registrations.h"
#include "tensorflow/lite/kernels/internal/quantization_util.h"

namespace emojicam::kernels {
namespace {

constexpr int kInput = 0;
constexpr int kFilter = 1;
constexpr int kBias = 2;
constexpr int kOutput = 0;

struct FullyConnectedData {
  cmsis_nn_fc_params params = {};
  cmsis_nn_per_tensor_quant_params quantisation = {};
  Scratch scratch = {};
};

// Filter [outputs, depth]; the input's dimensions before the last `depth` elements are batches.
struct Shape {
  int32_t batches;
  int32_t depth;
  int32_t outputs;
};
Shape ShapeOf(const TfLiteTensor& input, const TfLiteTensor& filter) {
  const int rank = filter.dims->size;
  const int32_t depth = filter.dims->data[rank - 1];
  const int32_t outputs = filter.dims->data[rank - 2];
  return {static_cast<int32_t>(tflite::NumElements(&input)) / depth, depth, outputs};
}

TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  auto* data = static_cast<FullyConnectedData*>(node->user_data);
  const auto& options = *static_cast<const TfLiteFullyConnectedParams*>(node->builtin_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  TF_LITE_ENSURE_EQ(context, input->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, filter->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, output->type, kTfLiteInt8);

  // For its check of the bias's scale. Its product of two scales is rounded to float32, which shows in one
  // output of a million; today's TFLM and LiteRT don't round it.
  double unused_multiplier = 0;
  TF_LITE_ENSURE_STATUS(
      tflite::GetQuantizedConvolutionMultipler(context, input, filter, bias, output, &unused_multiplier));
  const double multiplier = static_cast<double>(input->params.scale) *
                            static_cast<double>(filter->params.scale) /
                            static_cast<double>(output->params.scale);
  int shift = 0;
  tflite::QuantizeMultiplier(multiplier, &data->quantisation.multiplier, &shift);
  data->quantisation.shift = shift;
  TF_LITE_ENSURE_STATUS(tflite::CalculateActivationRangeQuantized(
      context, options.activation, output, &data->params.activation.min, &data->params.activation.max));
  data->params.input_offset = -input->params.zero_point;
  data->params.filter_offset = -filter->params.zero_point;
  data->params.output_offset = output->params.zero_point;

  const Shape shape = ShapeOf(*input, *filter);
  const cmsis_nn_dims filter_dims = {shape.depth, 1, 1, shape.outputs};
  return data->scratch.Request(context, arm_fully_connected_s8_get_buffer_size(&filter_dims));
}

// Weights with a zero point are outside of the int8 specification but within the reference kernel, and
// CMSIS-NN ignores it.
void InvokeReference(const FullyConnectedData& data, const TfLiteTensor* input, const TfLiteTensor* filter,
                     const TfLiteTensor* bias, TfLiteTensor* output) {
  tflite::FullyConnectedParams params = {};
  params.input_offset = data.params.input_offset;
  params.weights_offset = data.params.filter_offset;
  params.output_offset = data.params.output_offset;
  params.output_multiplier = data.quantisation.multiplier;
  params.output_shift = data.quantisation.shift;
  params.quantized_activation_min = data.params.activation.min;
  params.quantized_activation_max = data.params.activation.max;
  tflite::reference_integer_ops::FullyConnected(
      params, tflite::GetTensorShape(input), tflite::GetTensorData<int8_t>(input),
      tflite::GetTensorShape(filter), tflite::GetTensorData<int8_t>(filter), tflite::GetTensorShape(bias),
      tflite::GetTensorData<int32_t>(bias), tflite::GetTensorShape(output),
      tflite::GetTensorData<int8_t>(output));
}

TfLiteStatus Invoke(TfLiteContext* context, TfLiteNode* node) {
  const auto& data = *static_cast<const FullyConnectedData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  if (data.params.filter_offset != 0) {
    InvokeReference(data, input, filter, bias, output);
    return kTfLiteOk;
  }
  const Shape shape = ShapeOf(*input, *filter);
  const cmsis_nn_context scratch = data.scratch.Get(context);
  const cmsis_nn_dims input_dims = {shape.batches, 1, 1, shape.depth};
  const cmsis_nn_dims filter_dims = {shape.depth, 1, 1, shape.outputs};
  const cmsis_nn_dims bias_dims = {1, 1, 1, shape.outputs};
  const cmsis_nn_dims output_dims = {shape.batches, 1, 1, shape.outputs};
  return Status(arm_fully_connected_s8(
      &scratch, &data.params, &data.quantisation, &input_dims, tflite::GetTensorData<int8_t>(input),
      &filter_dims, tflite::GetTensorData<int8_t>(filter), &bias_dims, tflite::GetTensorData<int32_t>(bias),
      &output_dims, tflite::GetTensorData<int8_t>(output)));
}

}  // namespace

TfLiteRegistration* Register_FULLY_CONNECTED() {
  static TfLiteRegistration registration = {
      InitData<FullyConnectedData>, nullptr, Prepare, Invoke, nullptr, 0, nullptr, 0};
  return &registration;
}

}  // namespace emojicam::kernels
