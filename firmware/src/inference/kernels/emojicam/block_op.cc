// The custom operator "emojicam.block": TFLM's interpreter calls it like any kernel, and it runs the block of
// layers that the exporter wrote into its options.
#include "inference/kernels/emojicam/block_op.h"

#include <cstdint>

#include "inference/kernels/emojicam/block_format.h"
#include "tensorflow/lite/kernels/kernel_util.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace emojicam::kernels {
namespace {

#if defined(__ARM_FEATURE_MVE)
constexpr uint32_t kCore = 55;
constexpr RunBlock kRun = &RunBlockM55;
#else
constexpr uint32_t kCore = 7;
constexpr RunBlock kRun = &RunBlockM7;
#endif

// The pool of the model that is being loaded: its first block takes it from the arena, the others follow.
// TFLM calls the Init of all operators in order, and a kernel has no other context to keep it in.
uint8_t* pool_of_model = nullptr;
std::size_t pool_size = 0;

const BlockHeader& Header(const TfLiteNode& node) {
  return *reinterpret_cast<const BlockHeader*>(node.custom_initial_data);
}

void* Init(TfLiteContext* context, const char* options, size_t bytes) {
  const auto* block = reinterpret_cast<const BlockHeader*>(options);
  if (bytes < sizeof(BlockHeader) || block->magic != kBlockMagic) return nullptr;
  if (block->takes_pool != 0) {
    void* pool = nullptr;
    pool_of_model = nullptr;
    if (context->AllocatePersistentBuffer(context, block->pool_bytes, &pool) != kTfLiteOk) return nullptr;
    pool_of_model = static_cast<uint8_t*>(pool);
    pool_size = block->pool_bytes;
  }
  return pool_of_model;
}

TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  const size_t bytes = static_cast<size_t>(node->custom_initial_data_size);
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  TF_LITE_ENSURE(context, CheckBlock(node->custom_initial_data, bytes, kCore));
  const BlockHeader& block = Header(*node);
  TF_LITE_ENSURE_EQ(context, block.pool_bytes, pool_size);
  auto* pool = static_cast<uint8_t*>(node->user_data);
  // A tensor that has its memory already is left out of TFLM's own plan.
  if (block.input_offset != kNotInPool) {
    context->tensors[node->inputs->data[0]].data.raw = reinterpret_cast<char*>(pool + block.input_offset);
  }
  if (block.output_offset != kNotInPool) {
    context->tensors[node->outputs->data[0]].data.raw = reinterpret_cast<char*>(pool + block.output_offset);
  }
  return kTfLiteOk;
}

TfLiteStatus Eval(TfLiteContext* context, TfLiteNode* node) {
  const TfLiteTensor& input = context->tensors[node->inputs->data[0]];
  TfLiteTensor& output = context->tensors[node->outputs->data[0]];
  kRun(Header(*node), static_cast<uint8_t*>(node->user_data),
       reinterpret_cast<const uint8_t*>(input.data.raw_const), reinterpret_cast<uint8_t*>(output.data.raw));
  return kTfLiteOk;
}

}  // namespace

Span<const uint8_t> BlockPool() { return {pool_of_model, pool_of_model == nullptr ? 0 : pool_size}; }

TfLiteRegistration* Register_EMOJICAM_BLOCK() {
  static TfLiteRegistration registration = {};
  registration.init = Init;
  registration.prepare = Prepare;
  registration.invoke = Eval;
  registration.builtin_code = tflite::BuiltinOperator_CUSTOM;
  registration.custom_name = kBlockOperator;
  return &registration;
}

}  // namespace emojicam::kernels
