// TRANSPOSE of bytes: the output in order, the input by its strides.
#include "inference/kernels/emojicam/layer_format.h"

namespace emojicam::kernels {

void RunTranspose(const TransposeLayer& layer, const int8_t* input, int8_t* output) {
  const auto& size = layer.size;
  const auto& stride = layer.stride;
  for (uint32_t a = 0; a < size[0]; ++a) {
    for (uint32_t b = 0; b < size[1]; ++b) {
      for (uint32_t c = 0; c < size[2]; ++c) {
        for (uint32_t d = 0; d < size[3]; ++d) {
          const int8_t* from = input + a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3];
          for (uint32_t e = 0; e < size[4]; ++e, from += stride[4]) *output++ = *from;
        }
      }
    }
  }
}

}  // namespace emojicam::kernels
