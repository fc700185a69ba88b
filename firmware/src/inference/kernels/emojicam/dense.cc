// Dense layers, and convolutions of one output pixel whose window is the whole image: four outputs at a time.
#include "inference/kernels/emojicam/dense_kernels.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/scaling_portable.h"
#include "inference/kernels/emojicam/tensor_loops.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

const uint8_t* QuadsOf(const DenseLayer& layer) {
  return reinterpret_cast<const uint8_t*>(&layer) + layer.quads_offset;
}

// Twice each of four values, (k0 k2) and (k1 k3).
void WidenTwice(uint32_t bytes, uint32_t* values) {
  // Each half keeps to itself: a byte's double fits, and the low one's sign is in its own bits.
  const auto twice = [](uint32_t halves) { return ((halves & 0x7FFF7FFF) << 1) | (halves & 0x80008000); };
  values[0] = twice(EvenBytes(bytes));
  values[1] = twice(OddBytes(bytes));
}

#if defined(__ARM_FEATURE_MVE)
// Four outputs; `weights` are for each 16 values those of each output.
void Quad(const DenseLayer& layer, const int8_t* input, const M55DenseQuad& quad, const int8_t* weights,
          int8_t* out, uint32_t lanes) {
  int32_t a = quad.bias[0];
  int32_t b = quad.bias[1];
  int32_t c = quad.bias[2];
  int32_t d = quad.bias[3];
  for (uint32_t step = 0; step < layer.steps; ++step, input += 16, weights += 64) {
    const int8x16_t values = vldrbq_s8(input);
    a = vmladavaq_s8(a, values, vldrbq_s8(weights));
    b = vmladavaq_s8(b, values, vldrbq_s8(weights + 16));
    c = vmladavaq_s8(c, values, vldrbq_s8(weights + 32));
    d = vmladavaq_s8(d, values, vldrbq_s8(weights + 48));
  }
  int32x4_t sums = vdupq_n_s32(a);
  sums = vsetq_lane_s32(b, sums, 1);
  sums = vsetq_lane_s32(c, sums, 2);
  sums = vsetq_lane_s32(d, sums, 3);
  const int32x4_t y = vqrdmulhq_s32(sums, vldrwq_s32(quad.multiplier));
  const int32x4_t less = vandq_s32(vshrq_n_s32(y, 31), vldrwq_s32(quad.minus));
  int32x4_t value = vrshlq_s32(vaddq_s32(y, less), vldrwq_s32(quad.shift));
  value = vqaddq_n_s32(value, layer.output_zero);
  value = vmaxq_s32(value, vdupq_n_s32(layer.activation_min));
  value = vminq_s32(value, vdupq_n_s32(layer.activation_max));
  vstrbq_p_s32(out, value, vctp32q(lanes));
}
#else
void Quad(const DenseLayer& layer, const int8_t* input, const M55DenseQuad& quad, const int8_t* weights,
          int8_t* out, uint32_t lanes) {
  for (uint32_t i = 0; i < lanes && i < 4; ++i) {
    int32_t sum = quad.bias[i];
    for (uint32_t k = 0; k < layer.depth; ++k) {
      sum = portable::MultiplyAdd(sum, input[k], weights[k / 16 * 64 + 16 * i + k % 16]);
    }
    const int32_t value =
        portable::ScaleM55(sum, quad.multiplier[i], quad.shift[i], quad.minus[i] & 1, layer.output_zero);
    out[i] = static_cast<int8_t>(value < layer.activation_min   ? layer.activation_min
                                 : value > layer.activation_max ? layer.activation_max
                                                                : value);
  }
}
#endif

}  // namespace

void RunDenseM7(const DenseLayer& layer, const int8_t* input, int8_t* output, uint8_t* scratch) {
  auto* values = reinterpret_cast<uint32_t*>(scratch);
  const uint32_t whole = layer.depth / 4;
#pragma GCC unroll 4
  for (uint32_t i = 0; i < whole; ++i) WidenTwice(Word(input + 4 * i), values + 2 * i);
  if (layer.depth % 4 != 0) {
    uint32_t last = 0;
    std::memcpy(&last, input + 4 * whole, layer.depth % 4);
    WidenTwice(last, values + 2 * whole);
  }
  for (uint32_t i = (layer.depth + 3) / 4; i < 2 * layer.steps; ++i) values[2 * i] = values[2 * i + 1] = 0;
  M7Dense job = {values, layer.steps, layer.outputs / 4};
  const uint8_t* quads = QuadsOf(layer);
  if (job.quads != 0) EMOJICAM_M7_KERNEL(Dense)(&job, quads, output);
  if (layer.outputs % 4 != 0) {
    int8_t rest[4];
    quads += job.quads * DenseQuadBytesM7(layer.steps);
    job.quads = 1;
    EMOJICAM_M7_KERNEL(Dense)(&job, quads, rest);
    std::memcpy(output + layer.outputs / 4 * 4, rest, layer.outputs % 4);
  }
  Clamp(output, layer.outputs, layer.activation_min, layer.activation_max);
}

void RunDenseM55(const DenseLayer& layer, const int8_t* input, int8_t* output, uint8_t*) {
  const uint8_t* quads = QuadsOf(layer);
  for (uint32_t done = 0; done < layer.outputs; done += 4, quads += DenseQuadBytesM55(layer.steps)) {
    const auto& quad = *reinterpret_cast<const M55DenseQuad*>(quads);
    Quad(layer, input, quad, reinterpret_cast<const int8_t*>(&quad + 1), output + done, layer.outputs - done);
  }
}

}  // namespace emojicam::kernels

extern "C" void EmojicamM7DensePortable(const M7Dense* dense, const void* quads, int8_t* out) {
  using namespace emojicam::kernels;
  const auto* words = static_cast<const int32_t*>(quads);
  const auto* values = reinterpret_cast<const int16_t*>(dense->values);
  for (uint32_t quad = 0; quad < dense->quads; ++quad, out += 4) {
    const auto* weights = reinterpret_cast<const int8_t*>(words + 4);
    const int32_t* constants = words + 4 + 8 * dense->steps;
    for (uint32_t i = 0; i < 4; ++i) {
      int32_t sum = words[i];
      for (uint32_t k = 0; k < 8 * dense->steps; ++k) {
        // Halfwords k0 k2 k1 k3 of each four.
        const uint32_t at = k / 4 * 4 + k % 4 / 2 + k % 2 * 2;
        sum = portable::MultiplyAdd(sum, values[at], weights[k / 4 * 16 + 4 * i + k % 4]);
      }
      const M7Scale of_one = {constants[i], constants[4 + i], constants[8 + i], constants[12 + i]};
      out[i] = portable::ScaleM7(sum, of_one, false);
    }
    words = constants + 16;
  }
}
