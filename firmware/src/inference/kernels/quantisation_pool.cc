#include "inference/kernels/quantisation_pool.h"

namespace emojicam::kernels {
namespace {

// Output channels of a convolution: the first dimension of CONV_2D's filter (OHWI), the last of
// DEPTHWISE_CONV_2D's (1HWO). No other kernel of ours keeps a table.
int32_t TableChannels(const tflite::SubGraph& graph, const tflite::Operator& op,
                      tflite::BuiltinOperator code) {
  const bool conv = code == tflite::BuiltinOperator_CONV_2D;
  if (!conv && code != tflite::BuiltinOperator_DEPTHWISE_CONV_2D) return 0;
  if (op.inputs() == nullptr || op.inputs()->size() < 2) return 0;
  const auto* shape = graph.tensors()->Get(static_cast<uint32_t>(op.inputs()->Get(1)))->shape();
  if (shape == nullptr || shape->size() != 4) return 0;
  return shape->Get(conv ? 0 : 3);
}

}  // namespace

void QuantisationPool::Begin(const tflite::Model& model) {
  needed_ = taken_ = 0;
  memory_ = nullptr;
  const tflite::SubGraph& graph = *model.subgraphs()->Get(0);
  for (const tflite::Operator* op : *graph.operators()) {
    const tflite::BuiltinOperator code = model.operator_codes()->Get(op->opcode_index())->builtin_code();
    needed_ += static_cast<std::size_t>(TableChannels(graph, *op, code)) * 2;
  }
}

TfLiteStatus QuantisationPool::Reserve(TfLiteContext* context) {
  if (memory_ != nullptr || needed_ == 0) return kTfLiteOk;
  void* memory = nullptr;
  TF_LITE_ENSURE_STATUS(context->AllocatePersistentBuffer(context, needed_ * sizeof(int32_t), &memory));
  memory_ = static_cast<int32_t*>(memory);
  return kTfLiteOk;
}

bool QuantisationPool::Take(int32_t channels, ChannelQuantisation* table) {
  const std::size_t words = static_cast<std::size_t>(channels) * 2;
  if (memory_ == nullptr || taken_ + words > needed_) return false;
  table->multiplier = memory_ + taken_;
  table->shift = table->multiplier + channels;
  table->channels = channels;
  taken_ += words;
  return true;
}

}  // namespace emojicam::kernels
