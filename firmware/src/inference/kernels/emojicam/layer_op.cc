// TFLM's interpreter calls these operators like any kernel; each runs the layer that the exporter wrote into
// its options.
#include "inference/kernels/emojicam/layer_op.h"

#include <cstdint>
#include <new>

#include "inference/kernels/emojicam/layer_format.h"
#include "tensorflow/lite/kernels/kernel_util.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace emojicam::kernels {
namespace {

#if defined(__ARM_FEATURE_MVE)
constexpr uint32_t kCore = 55;
constexpr RunConvolution kConvolution = &RunConvolutionM55;
constexpr RunDepthwise kDepthwise = &RunDepthwiseM55;
constexpr RunDepthwiseAny kDepthwiseAny = &RunDepthwiseAnyM55;
constexpr RunDense kDense = &RunDenseM55;
#else
constexpr uint32_t kCore = 7;
constexpr RunConvolution kConvolution = &RunConvolutionM7;
constexpr RunDepthwise kDepthwise = &RunDepthwiseM7;
constexpr RunDepthwiseAny kDepthwiseAny = &RunDepthwiseAnyM7;
constexpr RunDense kDense = &RunDenseM7;
#endif

// What a node keeps: where TFLM puts its scratch memory.
struct NodeData {
  int scratch = -1;
};

template <typename Layer>
const Layer& LayerOf(const TfLiteNode& node) {
  return *reinterpret_cast<const Layer*>(node.custom_initial_data);
}

void* Init(TfLiteContext* context, const char*, std::size_t) {
  void* memory = nullptr;
  if (context->AllocatePersistentBuffer(context, sizeof(NodeData), &memory) != kTfLiteOk) return nullptr;
  return new (memory) NodeData();
}

template <LayerKind kKind>
TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  const auto bytes = static_cast<std::size_t>(node->custom_initial_data_size);
  TF_LITE_ENSURE(context, CheckLayer(node->custom_initial_data, bytes, kCore));
  const auto& layer = LayerOf<LayerHeader>(*node);
  TF_LITE_ENSURE(context, layer.kind == kKind);
  for (int i = 0; i < node->inputs->size; ++i) {
    uint32_t bytes_of_input = layer.input_bytes;
    if (kKind == LayerKind::kProduct && i == 1) bytes_of_input = LayerOf<ProductLayer>(*node).period;
    TF_LITE_ENSURE_EQ(context, context->tensors[node->inputs->data[i]].bytes, bytes_of_input);
  }
  TF_LITE_ENSURE_EQ(context, context->tensors[node->outputs->data[0]].bytes, layer.output_bytes);
  if (layer.scratch_bytes == 0) return kTfLiteOk;
  return context->RequestScratchBufferInArena(context, layer.scratch_bytes,
                                              &static_cast<NodeData*>(node->user_data)->scratch);
}

uint8_t* ScratchOf(TfLiteContext* context, const TfLiteNode& node) {
  const int index = static_cast<const NodeData*>(node.user_data)->scratch;
  return index < 0 ? nullptr : static_cast<uint8_t*>(context->GetScratchBuffer(context, index));
}

const int8_t* Input(const TfLiteContext& context, const TfLiteNode& node, int index) {
  return context.tensors[node.inputs->data[index]].data.int8;
}

int8_t* Output(const TfLiteContext& context, const TfLiteNode& node) {
  return context.tensors[node.outputs->data[0]].data.int8;
}

TfLiteStatus Convolve(TfLiteContext* context, TfLiteNode* node) {
  kConvolution(LayerOf<ConvolutionLayer>(*node), Input(*context, *node, 0), Output(*context, *node),
               ScratchOf(context, *node));
  return kTfLiteOk;
}

TfLiteStatus Depthwise(TfLiteContext* context, TfLiteNode* node) {
  kDepthwise(LayerOf<DepthwiseLayer>(*node), Input(*context, *node, 0), Output(*context, *node),
             ScratchOf(context, *node));
  return kTfLiteOk;
}

TfLiteStatus DepthwiseAny(TfLiteContext* context, TfLiteNode* node) {
  kDepthwiseAny(LayerOf<DepthwiseAnyLayer>(*node), Input(*context, *node, 0), Output(*context, *node),
                ScratchOf(context, *node));
  return kTfLiteOk;
}

TfLiteStatus Dense(TfLiteContext* context, TfLiteNode* node) {
  kDense(LayerOf<DenseLayer>(*node), Input(*context, *node, 0), Output(*context, *node),
         ScratchOf(context, *node));
  return kTfLiteOk;
}

TfLiteStatus Sum(TfLiteContext* context, TfLiteNode* node) {
  RunSum(LayerOf<SumLayer>(*node), Input(*context, *node, 0), Input(*context, *node, 1),
         Output(*context, *node));
  return kTfLiteOk;
}

TfLiteStatus Product(TfLiteContext* context, TfLiteNode* node) {
  RunProduct(LayerOf<ProductLayer>(*node), Input(*context, *node, 0), Input(*context, *node, 1),
             Output(*context, *node));
  return kTfLiteOk;
}

TfLiteStatus Pool(TfLiteContext* context, TfLiteNode* node) {
  RunPool(LayerOf<PoolLayer>(*node), Input(*context, *node, 0), Output(*context, *node));
  return kTfLiteOk;
}

TfLiteStatus Table(TfLiteContext* context, TfLiteNode* node) {
  RunTable(LayerOf<TableLayer>(*node), Input(*context, *node, 0), Output(*context, *node));
  return kTfLiteOk;
}

TfLiteStatus Transpose(TfLiteContext* context, TfLiteNode* node) {
  RunTranspose(LayerOf<TransposeLayer>(*node), Input(*context, *node, 0), Output(*context, *node));
  return kTfLiteOk;
}

template <LayerKind kKind>
TfLiteRegistration* Registration(const char* name, TfLiteStatus (*invoke)(TfLiteContext*, TfLiteNode*)) {
  static TfLiteRegistration registration = {};
  registration.init = Init;
  registration.prepare = Prepare<kKind>;
  registration.invoke = invoke;
  registration.builtin_code = tflite::BuiltinOperator_CUSTOM;
  registration.custom_name = name;
  return &registration;
}

}  // namespace

TfLiteRegistration* Register_EMOJICAM_CONV() {
  return Registration<LayerKind::kConvolution>("emojicam.conv", Convolve);
}

TfLiteRegistration* Register_EMOJICAM_DEPTHWISE() {
  return Registration<LayerKind::kDepthwise>("emojicam.depthwise", Depthwise);
}

TfLiteRegistration* Register_EMOJICAM_DEPTHWISE_ANY() {
  return Registration<LayerKind::kDepthwiseAny>("emojicam.depthwise_any", DepthwiseAny);
}

TfLiteRegistration* Register_EMOJICAM_DENSE() {
  return Registration<LayerKind::kDense>("emojicam.dense", Dense);
}

TfLiteRegistration* Register_EMOJICAM_SUM() { return Registration<LayerKind::kSum>("emojicam.sum", Sum); }

TfLiteRegistration* Register_EMOJICAM_PRODUCT() {
  return Registration<LayerKind::kProduct>("emojicam.product", Product);
}

TfLiteRegistration* Register_EMOJICAM_POOL() { return Registration<LayerKind::kPool>("emojicam.pool", Pool); }

TfLiteRegistration* Register_EMOJICAM_TABLE() {
  return Registration<LayerKind::kTable>("emojicam.table", Table);
}

TfLiteRegistration* Register_EMOJICAM_TRANSPOSE() {
  return Registration<LayerKind::kTranspose>("emojicam.transpose", Transpose);
}

}  // namespace emojicam::kernels
