// CONV_2D and DEPTHWISE_CONV_2D by CMSIS-NN 4.0.0 (arm_convolve_wrapper_s8,
// arm_depthwise_conv_wrapper_s8). Requantisation tables and padding are computed once, in Prepare.
#include <new>

#include "inference/kernels/cmsis_nn/common.h"
#include "inference/kernels/quantisation_pool.h"
#include "inference/kernels/registrations.h"

namespace emojicam::kernels {
namespace {

constexpr int kInput = 0;
constexpr int kFilter = 1;
constexpr int kBias = 2;
constexpr int kOutput = 0;

template <typename Params>  // cmsis_nn_conv_params or cmsis_nn_dw_conv_params
struct ConvData {
  Params params = {};
  ChannelQuantisation quantisation = {};
  Scratch scratch = {};
};

// The fields that both CMSIS-NN parameter structures, and both TFLite option structures, have.
template <typename Params, typename Options>
TfLiteStatus PrepareCommon(TfLiteContext* context, TfLiteNode* node, const Options& options,
                           int32_t output_channels, ConvData<Params>* data) {
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  TF_LITE_ENSURE(context, IsImage(*input));
  TF_LITE_ENSURE(context, IsImage(*output));
  TF_LITE_ENSURE_EQ(context, filter->type, kTfLiteInt8);
  TF_LITE_ENSURE(context, bias == nullptr || bias->type == kTfLiteInt32);
  TF_LITE_ENSURE(context, QuantisationPool::Take(output_channels, &data->quantisation));

  int output_height = 0;
  int output_width = 0;
  const TfLitePaddingValues padding = tflite::ComputePaddingHeightWidth(
      options.stride_height, options.stride_width, options.dilation_height_factor,
      options.dilation_width_factor, input->dims->data[1], input->dims->data[2], filter->dims->data[1],
      filter->dims->data[2], options.padding, &output_height, &output_width);

  Params& params = data->params;
  int32_t unused_multiplier = 0;  // of the uint8 scheme
  int unused_shift = 0;
  TF_LITE_ENSURE_STATUS(tflite::PopulateConvolutionQuantizationParams(
      context, input, filter, bias, output, options.activation, &unused_multiplier, &unused_shift,
      &params.activation.min, &params.activation.max, data->quantisation.multiplier,
      reinterpret_cast<int*>(data->quantisation.shift), output_channels));
  params.input_offset = -input->params.zero_point;
  params.output_offset = output->params.zero_point;
  params.stride = {options.stride_width, options.stride_height};
  params.padding = {padding.width, padding.height};
  params.dilation = {options.dilation_width_factor, options.dilation_height_factor};
  return kTfLiteOk;
}

template <typename Params>
void* Init(TfLiteContext* context, const char* buffer, std::size_t length) {
  if (QuantisationPool::Reserve(context) != kTfLiteOk) return nullptr;
  return InitData<ConvData<Params>>(context, buffer, length);
}

// Everything that CMSIS-NN's two wrappers take, in their order.
template <typename Params, typename Wrapper>
TfLiteStatus Invoke(TfLiteContext* context, TfLiteNode* node, Wrapper wrapper) {
  const auto& data = *static_cast<const ConvData<Params>*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);

  const cmsis_nn_context scratch = data.scratch.Get(context);
  const cmsis_nn_per_channel_quant_params quantisation = {data.quantisation.multiplier,
                                                          data.quantisation.shift};
  const cmsis_nn_dims input_dims = Dims(*input);
  const cmsis_nn_dims filter_dims = Dims(*filter);
  const cmsis_nn_dims bias_dims = {1, 1, 1, data.quantisation.channels};
  const cmsis_nn_dims output_dims = Dims(*output);
  return Status(
      wrapper(&scratch, &data.params, &quantisation, &input_dims, tflite::GetTensorData<int8_t>(input),
              &filter_dims, tflite::GetTensorData<int8_t>(filter), &bias_dims,
              tflite::GetTensorData<int32_t>(bias), &output_dims, tflite::GetTensorData<int8_t>(output)));
}

TfLiteStatus PrepareConv(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  auto* data = static_cast<ConvData<cmsis_nn_conv_params>*>(node->user_data);
  const auto& options = *static_cast<const TfLiteConvParams*>(node->builtin_data);
  const cmsis_nn_dims filter = Dims(*tflite::GetInput(context, node, kFilter));
  TF_LITE_ENSURE_STATUS(PrepareCommon(context, node, options, filter.n, data));
  const cmsis_nn_dims input = Dims(*tflite::GetInput(context, node, kInput));
  const cmsis_nn_dims output = Dims(*tflite::GetOutput(context, node, kOutput));
  return data->scratch.Request(
      context, arm_convolve_wrapper_s8_get_buffer_size(&data->params, &input, &filter, &output));
}

TfLiteStatus InvokeConv(TfLiteContext* context, TfLiteNode* node) {
  return Invoke<cmsis_nn_conv_params>(context, node, arm_convolve_wrapper_s8);
}

TfLiteStatus PrepareDepthwise(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  auto* data = static_cast<ConvData<cmsis_nn_dw_conv_params>*>(node->user_data);
  const auto& options = *static_cast<const TfLiteDepthwiseConvParams*>(node->builtin_data);
  const cmsis_nn_dims filter = Dims(*tflite::GetInput(context, node, kFilter));
  TF_LITE_ENSURE_STATUS(PrepareCommon(context, node, options, filter.c, data));
  const cmsis_nn_dims input = Dims(*tflite::GetInput(context, node, kInput));
  const cmsis_nn_dims output = Dims(*tflite::GetOutput(context, node, kOutput));
  data->params.ch_mult = options.depth_multiplier;
  TF_LITE_ENSURE_EQ(context, input.c * options.depth_multiplier, output.c);
  return data->scratch.Request(
      context, arm_depthwise_conv_wrapper_s8_get_buffer_size(&data->params, &input, &filter, &output));
}

TfLiteStatus InvokeDepthwise(TfLiteContext* context, TfLiteNode* node) {
  return Invoke<cmsis_nn_dw_conv_params>(context, node, arm_depthwise_conv_wrapper_s8);
}

}  // namespace

TfLiteRegistration* Register_CONV_2D() {
  static TfLiteRegistration registration = {
      Init<cmsis_nn_conv_params>, nullptr, PrepareConv, InvokeConv, nullptr, 0, nullptr, 0};
  return &registration;
}

TfLiteRegistration* Register_DEPTHWISE_CONV_2D() {
  static TfLiteRegistration registration = {
      Init<cmsis_nn_dw_conv_params>, nullptr, PrepareDepthwise, InvokeDepthwise, nullptr, 0, nullptr, 0};
  return &registration;
}

}  // namespace emojicam::kernels
