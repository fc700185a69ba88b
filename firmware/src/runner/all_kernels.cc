#include "runner/all_kernels.h"

#include "inference/kernels/emojicam/block_op.h"
#include "inference/kernels/emojicam/layer_op.h"
#include "inference/kernels/registrations.h"
#include "tensorflow/lite/micro/kernels/micro_ops.h"

namespace emojicam::runner {
namespace {

#define REFERENCE(op) \
  { tflite::BuiltinOperator_##op, &tflite::ops::micro::Register_##op }
#define OURS(op) \
  { tflite::BuiltinOperator_##op, &kernels::Register_##op }

// The accelerated ops come first in kCmsisNn, and the resolver takes the first that it finds.
constexpr KernelEntry kAll[] = {
    {tflite::BuiltinOperator_CONV_2D, &kernels::Register_CONV_2D, &kernels::Parse_CONV_2D},
    {tflite::BuiltinOperator_DEPTHWISE_CONV_2D, &kernels::Register_DEPTHWISE_CONV_2D,
     &kernels::Parse_DEPTHWISE_CONV_2D},
    OURS(FULLY_CONNECTED),
    OURS(AVERAGE_POOL_2D),
    OURS(MAX_POOL_2D),
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_BLOCK},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_CONV},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_DEPTHWISE},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_DEPTHWISE_ANY},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_DENSE},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_SUM},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_PRODUCT},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_POOL},
    // TFLM July 2020 has these for float32 only, so the reference set has ours too.
    OURS(MEAN),
    OURS(QUANTIZE),
    // And activations that it has no kernel for at all, and TRANSPOSE.
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_TABLE},
    {tflite::BuiltinOperator_CUSTOM, &kernels::Register_EMOJICAM_TRANSPOSE},
    REFERENCE(CONV_2D),
    REFERENCE(DEPTHWISE_CONV_2D),
    REFERENCE(FULLY_CONNECTED),
    REFERENCE(AVERAGE_POOL_2D),
    REFERENCE(MAX_POOL_2D),
    REFERENCE(ABS),
    REFERENCE(ADD),
    REFERENCE(ARG_MAX),
    REFERENCE(ARG_MIN),
    REFERENCE(CEIL),
    REFERENCE(CONCATENATION),
    REFERENCE(COS),
    REFERENCE(DEQUANTIZE),
    REFERENCE(EQUAL),
    REFERENCE(FLOOR),
    REFERENCE(GREATER),
    REFERENCE(GREATER_EQUAL),
    REFERENCE(LESS),
    REFERENCE(LESS_EQUAL),
    REFERENCE(LOG),
    REFERENCE(LOGICAL_AND),
    REFERENCE(LOGICAL_NOT),
    REFERENCE(LOGICAL_OR),
    REFERENCE(LOGISTIC),
    REFERENCE(MAXIMUM),
    REFERENCE(MINIMUM),
    REFERENCE(MUL),
    REFERENCE(NEG),
    REFERENCE(NOT_EQUAL),
    REFERENCE(PACK),
    REFERENCE(PAD),
    REFERENCE(PADV2),
    REFERENCE(PRELU),
    REFERENCE(RELU),
    REFERENCE(RELU6),
    REFERENCE(RESHAPE),
    REFERENCE(RESIZE_NEAREST_NEIGHBOR),
    REFERENCE(ROUND),
    REFERENCE(RSQRT),
    REFERENCE(SIN),
    REFERENCE(SOFTMAX),
    REFERENCE(SPLIT),
    REFERENCE(SQRT),
    REFERENCE(SQUARE),
    REFERENCE(STRIDED_SLICE),
    REFERENCE(SUB),
    REFERENCE(SVDF),
    REFERENCE(UNPACK),
    REFERENCE(L2_NORMALIZATION),
    REFERENCE(TANH),
};
constexpr std::size_t kAccelerated = 10;

#undef REFERENCE
#undef OURS

}  // namespace

Span<const KernelEntry> AllKernels(Kernels choice) {
  const Span<const KernelEntry> all(kAll);
  return choice == Kernels::kReference ? all.subspan(kAccelerated) : all;
}

}  // namespace emojicam::runner
