// CONV_2D and DEPTHWISE_CONV_2D by CMSIS-NN 4.0.0 (arm_convolve_wrapper_s8,
// arm_depthwise_conv_wrapper_s8). Requantisation tables and padding are computed once, in Prepare.
//
// TFLM (July 2020) has memory that lasts only until a first node asks for scratch memory, which is in
// Prepare, and tells Init nothing of a node but its options. So the options are parsed here, with the
// filter's number, and Init takes the memory for a table of its channels.
#include <new>

#include "inference/kernels/cmsis_nn/common.h"
#include "inference/kernels/registrations.h"

namespace emojicam::kernels {
namespace {

constexpr int kInput = 0;
constexpr int kFilter = 1;
constexpr int kBias = 2;
constexpr int kOutput = 0;

struct Conv {
  using Options = TfLiteConvParams;
  using Params = cmsis_nn_conv_params;
  static constexpr int32_t cmsis_nn_dims::*kChannels = &cmsis_nn_dims::n;  // of the filter, OHWI
};

struct Depthwise {
  using Options = TfLiteDepthwiseConvParams;
  using Params = cmsis_nn_dw_conv_params;
  static constexpr int32_t cmsis_nn_dims::*kChannels = &cmsis_nn_dims::c;  // 1HWO
};

// What lies where TFLM has a node's options (`builtin_data`). `user_data` is the table: a multiplier (Q31)
// for each output channel, then a shift (positive is left) for each. (TFLite quantisation specification,
// per-axis)
template <typename Kind>
struct Node {
  typename Kind::Options options;
  int32_t filter;  // the tensor's number
  typename Kind::Params params;
  Scratch scratch;
};

// Where TFLM's parser is to write.
class Place final : public tflite::BuiltinDataAllocator {
 public:
  explicit Place(void* options) : options_(options) {}
  void* Allocate(std::size_t, std::size_t) override { return options_; }
  void Deallocate(void*) override {}

 private:
  void* options_;
};

template <typename Kind>
TfLiteStatus Parse(const tflite::Operator* op, tflite::BuiltinOperator type, tflite::ErrorReporter* reporter,
                   tflite::BuiltinDataAllocator* allocator, void** builtin_data) {
  TF_LITE_ENSURE(reporter, op->inputs() != nullptr && op->inputs()->size() > kFilter);
  void* memory = allocator->Allocate(sizeof(Node<Kind>), alignof(Node<Kind>));
  if (memory == nullptr) return kTfLiteError;
  auto* node = new (memory) Node<Kind>();
  node->filter = op->inputs()->Get(kFilter);
  Place place(&node->options);
  return tflite::ParseOpData(op, type, reporter, &place, builtin_data);
}

template <typename Kind>
void* Init(TfLiteContext* context, const char* buffer, std::size_t) {
  const auto& node = *reinterpret_cast<const Node<Kind>*>(buffer);
  const TfLiteTensor& filter = context->tensors[node.filter];
  if (filter.dims->size != 4) return nullptr;
  const auto words = static_cast<std::size_t>(Dims(filter).*Kind::kChannels) * 2;
  void* table = nullptr;
  if (context->AllocatePersistentBuffer(context, words * sizeof(int32_t), &table) != kTfLiteOk)
    return nullptr;
  return table;
}

template <typename Kind>
TfLiteStatus PrepareCommon(TfLiteContext* context, TfLiteNode* node) {
  auto& data = *static_cast<Node<Kind>*>(node->builtin_data);
  const typename Kind::Options& options = data.options;
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  TF_LITE_ENSURE(context, IsImage(*input));
  TF_LITE_ENSURE(context, IsImage(*output));
  TF_LITE_ENSURE_EQ(context, filter->type, kTfLiteInt8);
  TF_LITE_ENSURE(context, bias == nullptr || bias->type == kTfLiteInt32);

  int output_height = 0;
  int output_width = 0;
  const TfLitePaddingValues padding = tflite::ComputePaddingHeightWidth(
      options.stride_height, options.stride_width, options.dilation_height_factor,
      options.dilation_width_factor, input->dims->data[1], input->dims->data[2], filter->dims->data[1],
      filter->dims->data[2], options.padding, &output_height, &output_width);

  typename Kind::Params& params = data.params;
  auto* multipliers = static_cast<int32_t*>(node->user_data);
  const int32_t channels = Dims(*filter).*Kind::kChannels;
  int32_t unused_multiplier = 0;  // of the uint8 scheme
  int unused_shift = 0;
  TF_LITE_ENSURE_STATUS(tflite::PopulateConvolutionQuantizationParams(
      context, input, filter, bias, output, options.activation, &unused_multiplier, &unused_shift,
      &params.activation.min, &params.activation.max, multipliers,
      reinterpret_cast<int*>(multipliers + channels), channels));
  params.input_offset = -input->params.zero_point;
  params.output_offset = output->params.zero_point;
  params.stride = {options.stride_width, options.stride_height};
  params.padding = {padding.width, padding.height};
  params.dilation = {options.dilation_width_factor, options.dilation_height_factor};
  return kTfLiteOk;
}

// Everything that CMSIS-NN's two wrappers take, in their order.
template <typename Kind, typename Wrapper>
TfLiteStatus Invoke(TfLiteContext* context, TfLiteNode* node, Wrapper wrapper) {
  const auto& data = *static_cast<const Node<Kind>*>(node->builtin_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* filter = tflite::GetInput(context, node, kFilter);
  const TfLiteTensor* bias = tflite::GetOptionalInputTensor(context, node, kBias);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);

  const cmsis_nn_context scratch = data.scratch.Get(context);
  const cmsis_nn_dims input_dims = Dims(*input);
  const cmsis_nn_dims filter_dims = Dims(*filter);
  const int32_t channels = filter_dims.*Kind::kChannels;
  auto* multipliers = static_cast<int32_t*>(node->user_data);
  const cmsis_nn_per_channel_quant_params quantisation = {multipliers, multipliers + channels};
  const cmsis_nn_dims bias_dims = {1, 1, 1, channels};
  const cmsis_nn_dims output_dims = Dims(*output);
  return Status(
      wrapper(&scratch, &data.params, &quantisation, &input_dims, tflite::GetTensorData<int8_t>(input),
              &filter_dims, tflite::GetTensorData<int8_t>(filter), &bias_dims,
              tflite::GetTensorData<int32_t>(bias), &output_dims, tflite::GetTensorData<int8_t>(output)));
}

TfLiteStatus PrepareConv(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE_STATUS(PrepareCommon<Conv>(context, node));
  auto& data = *static_cast<Node<Conv>*>(node->builtin_data);
  const cmsis_nn_dims input = Dims(*tflite::GetInput(context, node, kInput));
  const cmsis_nn_dims filter = Dims(*tflite::GetInput(context, node, kFilter));
  const cmsis_nn_dims output = Dims(*tflite::GetOutput(context, node, kOutput));
  return data.scratch.Request(
      context, arm_convolve_wrapper_s8_get_buffer_size(&data.params, &input, &filter, &output));
}

TfLiteStatus InvokeConv(TfLiteContext* context, TfLiteNode* node) {
  return Invoke<Conv>(context, node, arm_convolve_wrapper_s8);
}

TfLiteStatus PrepareDepthwise(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE_STATUS(PrepareCommon<Depthwise>(context, node));
  auto& data = *static_cast<Node<Depthwise>*>(node->builtin_data);
  const cmsis_nn_dims input = Dims(*tflite::GetInput(context, node, kInput));
  const cmsis_nn_dims filter = Dims(*tflite::GetInput(context, node, kFilter));
  const cmsis_nn_dims output = Dims(*tflite::GetOutput(context, node, kOutput));
  data.params.ch_mult = data.options.depth_multiplier;
  TF_LITE_ENSURE_EQ(context, input.c * data.options.depth_multiplier, output.c);
  return data.scratch.Request(
      context, arm_depthwise_conv_wrapper_s8_get_buffer_size(&data.params, &input, &filter, &output));
}

TfLiteStatus InvokeDepthwise(TfLiteContext* context, TfLiteNode* node) {
  return Invoke<Depthwise>(context, node, arm_depthwise_conv_wrapper_s8);
}

}  // namespace

TfLiteStatus Parse_CONV_2D(const tflite::Operator* op, tflite::BuiltinOperator type,
                           tflite::ErrorReporter* reporter, tflite::BuiltinDataAllocator* allocator,
                           void** builtin_data) {
  return Parse<Conv>(op, type, reporter, allocator, builtin_data);
}

TfLiteStatus Parse_DEPTHWISE_CONV_2D(const tflite::Operator* op, tflite::BuiltinOperator type,
                                     tflite::ErrorReporter* reporter, tflite::BuiltinDataAllocator* allocator,
                                     void** builtin_data) {
  return Parse<Depthwise>(op, type, reporter, allocator, builtin_data);
}

TfLiteRegistration* Register_CONV_2D() {
  static TfLiteRegistration registration = {Init<Conv>, nullptr, PrepareConv, InvokeConv,
                                            nullptr,    0,       nullptr,     0};
  return &registration;
}

TfLiteRegistration* Register_DEPTHWISE_CONV_2D() {
  static TfLiteRegistration registration = {Init<Depthwise>, nullptr, PrepareDepthwise, InvokeDepthwise,
                                            nullptr,         0,       nullptr,          0};
  return &registration;
}

}  // namespace emojicam::kernels
