// MEAN of int8, which TFLM July 2020 has for float32 only: what GlobalAveragePooling2D becomes.
//
// The arithmetic is that of today's TFLM and LiteRT (lite/kernels/internal/reference/reduce.h,
// QuantizedMeanOrSum): the sum of (input - zero point), times one multiplier that holds both the change of
// scale and 1 / count.
#include <algorithm>
#include <array>
#include <cstdint>
#include <new>

#include "inference/kernels/registrations.h"
#include "tensorflow/lite/kernels/internal/common.h"
#include "tensorflow/lite/kernels/internal/quantization_util.h"
#include "tensorflow/lite/kernels/internal/tensor_ctypes.h"
#include "tensorflow/lite/kernels/kernel_util.h"

namespace emojicam::kernels {
namespace {

constexpr int kInput = 0;
constexpr int kAxes = 1;
constexpr int kOutput = 0;
constexpr int kMaxRank = 4;

// One dimension of the input: how many there are and how far apart, in elements.
struct Extent {
  int32_t size = 1;
  int32_t stride = 0;
};

struct MeanData {
  std::array<Extent, kMaxRank> kept = {};     // in the order of the input; unused ones have size 1
  std::array<Extent, kMaxRank> reduced = {};  // likewise
  int32_t count = 1;                          // elements in one sum
  int32_t multiplier = 0;                     // Q31, of the sum
  int shift = 0;                              // positive is left
};

void* Init(TfLiteContext* context, const char*, std::size_t) {
  void* memory = nullptr;
  if (context->AllocatePersistentBuffer(context, sizeof(MeanData), &memory) != kTfLiteOk) return nullptr;
  return new (memory) MeanData();
}

// Folds 1 / count into the multiplier, rounding down, as reduce.h does. `data` has that of the scales.
void DivideByCount(MeanData* data) {
  const int bits = 31 - __builtin_clz(static_cast<unsigned>(data->count));
  // The shift must stay in the range that MultiplyByQuantizedMultiplier takes, -31 and up.
  const int widen = std::min(bits, 31 + data->shift);
  data->multiplier = static_cast<int32_t>((static_cast<int64_t>(data->multiplier) << widen) / data->count);
  data->shift -= widen;
}

TfLiteStatus Prepare(TfLiteContext* context, TfLiteNode* node) {
  TF_LITE_ENSURE(context, node->user_data != nullptr);
  TF_LITE_ENSURE_EQ(context, node->inputs->size, 2);
  TF_LITE_ENSURE_EQ(context, node->outputs->size, 1);
  auto* data = static_cast<MeanData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  const TfLiteTensor* axes = tflite::GetInput(context, node, kAxes);
  const TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  TF_LITE_ENSURE_EQ(context, input->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, output->type, kTfLiteInt8);
  TF_LITE_ENSURE_EQ(context, axes->type, kTfLiteInt32);
  TF_LITE_ENSURE(context, tflite::IsConstantTensor(axes));
  const int rank = input->dims->size;
  TF_LITE_ENSURE(context, rank <= kMaxRank);

  std::array<bool, kMaxRank> is_reduced = {};
  for (int i = 0; i < tflite::NumElements(axes); ++i) {
    const int32_t axis = tflite::GetTensorData<int32_t>(axes)[i];
    TF_LITE_ENSURE(context, axis >= -rank && axis < rank);
    is_reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
  }
  int32_t stride = 1;
  int32_t outputs = 1;
  for (int dimension = rank - 1; dimension >= 0; --dimension) {
    const auto place = static_cast<std::size_t>(dimension);
    const int32_t size = input->dims->data[dimension];
    (is_reduced[place] ? data->reduced : data->kept)[place] = {size, stride};
    (is_reduced[place] ? data->count : outputs) *= size;
    stride *= size;
  }
  TF_LITE_ENSURE(context, data->count > 0);
  TF_LITE_ENSURE_EQ(context, static_cast<int32_t>(tflite::NumElements(output)), outputs);

  tflite::QuantizeMultiplier(
      static_cast<double>(input->params.scale) / static_cast<double>(output->params.scale), &data->multiplier,
      &data->shift);
  DivideByCount(data);
  return kTfLiteOk;
}

// Calls `visit(offset)` for every index into `extents`, the last dimension fastest.
template <typename Visit>
void ForEach(const std::array<Extent, kMaxRank>& extents, const Visit& visit) {
  for (int32_t a = 0; a < extents[0].size; ++a) {
    for (int32_t b = 0; b < extents[1].size; ++b) {
      for (int32_t c = 0; c < extents[2].size; ++c) {
        const int32_t outer = a * extents[0].stride + b * extents[1].stride + c * extents[2].stride;
        for (int32_t d = 0; d < extents[3].size; ++d) visit(outer + d * extents[3].stride);
      }
    }
  }
}

TfLiteStatus Invoke(TfLiteContext* context, TfLiteNode* node) {
  const auto& data = *static_cast<const MeanData*>(node->user_data);
  const TfLiteTensor* input = tflite::GetInput(context, node, kInput);
  TfLiteTensor* output = tflite::GetOutput(context, node, kOutput);
  const int8_t* values = tflite::GetTensorData<int8_t>(input);
  int8_t* mean = tflite::GetTensorData<int8_t>(output);
  const int32_t zero = input->params.zero_point * data.count;
  ForEach(data.kept, [&](int32_t first) {
    int32_t sum = 0;
    ForEach(data.reduced, [&](int32_t offset) { sum += values[first + offset]; });
    const int32_t scaled = tflite::MultiplyByQuantizedMultiplier(sum - zero, data.multiplier, data.shift) +
                           output->params.zero_point;
    *mean++ = static_cast<int8_t>(std::clamp<int32_t>(scaled, INT8_MIN, INT8_MAX));
  });
  return kTfLiteOk;
}

}  // namespace

TfLiteRegistration* Register_MEAN() {
  static TfLiteRegistration registration = {Init, nullptr, Prepare, Invoke, nullptr, 0, nullptr, 0};
  return &registration;
}

}  // namespace emojicam::kernels
