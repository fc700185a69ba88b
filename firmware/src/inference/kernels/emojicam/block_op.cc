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

const BlockHeader& Header(const TfLiteNode& node) {
  return *reinterpret_cast<const BlockHeader*>(node.custom_initial_data);
}

using Operators = flatbuffers::Vector<flatbuffers::Offset<tflite::Operator>>;

const Operators& OperatorsOf(const tflite::Model& model) { return *model.subgraphs()->Get(0)->operators(); }

// The header in an operator's options, of which it is only known that it is one: CheckBlock() follows in
// Prepare. Null for what is no block.
const BlockHeader* BlockOf(const tflite::Operator& op) {
  const auto* options = op.custom_options();
  if (options == nullptr || options->size() < sizeof(BlockHeader)) return nullptr;
  const auto* block = reinterpret_cast<const BlockHeader*>(options->data());
  return block->magic == kBlockMagic ? block : nullptr;
}

void Place(TfLiteTensor* tensors, const flatbuffers::Vector<int32_t>& which, uint8_t* pool, uint32_t offset) {
  if (offset != kNotInPool) tensors[which.Get(0)].data.raw = reinterpret_cast<char*>(pool + offset);
}

// Null where a tensor lies in no pool.
uint8_t* PoolOf(const TfLiteTensor& tensor, uint32_t offset) {
  if (offset == kNotInPool || tensor.data.raw == nullptr) return nullptr;
  return reinterpret_cast<uint8_t*>(tensor.data.raw) - offset;
}

TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  const size_t bytes = static_cast<size_t>(node->custom_initial_data_size);
  TF_LITE_ENSURE(context, CheckBlock(node->custom_initial_data, bytes, kCore));
  const BlockHeader& block = Header(*node);
  uint8_t* pool = PoolOf(context->tensors[node->inputs->data[0]], block.input_offset);
  if (pool == nullptr) pool = PoolOf(context->tensors[node->outputs->data[0]], block.output_offset);
  TF_LITE_ENSURE(context, pool != nullptr);
  node->user_data = pool;
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

std::size_t PoolBytes(const tflite::Model& model) {
  std::size_t most = 0;
  for (const tflite::Operator* op : OperatorsOf(model)) {
    const BlockHeader* block = BlockOf(*op);
    if (block != nullptr && block->pool_bytes > most) most = block->pool_bytes;
  }
  return most;
}

void PlaceInPool(const tflite::Model& model, uint8_t* pool, TfLiteTensor* tensors) {
  for (const tflite::Operator* op : OperatorsOf(model)) {
    const BlockHeader* block = BlockOf(*op);
    if (block == nullptr) continue;
    Place(tensors, *op->inputs(), pool, block->input_offset);
    Place(tensors, *op->outputs(), pool, block->output_offset);
  }
}

TfLiteRegistration* Register_EMOJICAM_BLOCK() {
  static TfLiteRegistration registration = {};
  registration.prepare = Prepare;
  registration.invoke = Eval;
  registration.builtin_code = tflite::BuiltinOperator_CUSTOM;
  registration.custom_name = kBlockOperator;
  return &registration;
}

}  // namespace emojicam::kernels
