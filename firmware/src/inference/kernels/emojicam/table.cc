// Layers that look at one value each: a table look-up.
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/tensor_loops.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kLevels = 256;

void LookUp(const uint8_t* table, const uint8_t* input, uint8_t* output, uint32_t count) {
#if defined(__ARM_FEATURE_MVE)
  for (auto left = static_cast<int32_t>(count); left > 0; left -= 16, input += 16, output += 16) {
    const mve_pred16_t lanes = vctp8q(static_cast<uint32_t>(left));
    const uint8x16_t values = vld1q_z_u8(input, lanes);
    vst1q_p_u8(output, vldrbq_gather_offset_z_u8(table, values, lanes), lanes);
  }
#else
#pragma GCC unroll 8
  for (uint32_t i = 0; i < count; ++i) output[i] = table[input[i]];
#endif
}

}  // namespace

void RunTable(const TableLayer& layer, const int8_t* input, int8_t* output) {
  const auto* tables = reinterpret_cast<const uint8_t*>(&layer) + layer.tables_offset;
  const auto* from = reinterpret_cast<const uint8_t*>(input);
  auto* to = reinterpret_cast<uint8_t*>(output);
  const uint32_t count = layer.header.output_bytes;
  if (layer.channels == 1) return LookUp(tables, from, to, count);
  for (uint32_t i = 0; i < count; i += layer.channels) {
    const uint8_t* table = tables;
    for (uint32_t c = 0; c < layer.channels; ++c, table += kLevels) to[i + c] = table[from[i + c]];
  }
}

}  // namespace emojicam::kernels
