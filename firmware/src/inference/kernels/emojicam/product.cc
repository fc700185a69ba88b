// MUL of int8 tensors: element by element, or each pixel by the same gate of its channels (squeeze and
// excite).
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/scaling_portable.h"
#include "inference/kernels/emojicam/tensor_loops.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

#if defined(__ARM_FEATURE_MVE)
void Multiply(const ProductLayer& layer, const int8_t* a, const int8_t* b, int8_t* output, uint32_t count) {
  const auto offset_a = static_cast<int16_t>(layer.offset[0]);
  const auto offset_b = static_cast<int16_t>(layer.offset[1]);
  const auto zero = static_cast<int16_t>(layer.output_zero);
  const int32_t right = -layer.shift;
  for (auto left = static_cast<int32_t>(count); left > 0; left -= 8, a += 8, b += 8, output += 8) {
    const mve_pred16_t lanes = vctp16q(static_cast<uint32_t>(left));
    const int16x8_t eight_a = vaddq_n_s16(vldrbq_z_s16(a, lanes), offset_a);
    const int16x8_t eight_b = vaddq_n_s16(vldrbq_z_s16(b, lanes), offset_b);
    int32x4_t even = vqrdmulhq_n_s32(vmullbq_int_s16(eight_a, eight_b), layer.multiplier);
    int32x4_t odd = vqrdmulhq_n_s32(vmulltq_int_s16(eight_a, eight_b), layer.multiplier);
    even = vmlaq_n_s32(even, vshrq_n_s32(even, 31), layer.minus);
    odd = vmlaq_n_s32(odd, vshrq_n_s32(odd, 31), layer.minus);
    int16x8_t halves = vqmovnbq_s32(vuninitializedq_s16(), vrshlq_n_s32(even, right));
    halves = vqaddq_n_s16(vqmovntq_s32(halves, vrshlq_n_s32(odd, right)), zero);
    const int8x16_t bytes = vqmovnbq_s16(vuninitializedq_s8(), halves);
    vstrbq_p_s16(output, vreinterpretq_s16_s8(bytes), lanes);
  }
}
#else

int8_t One(const ProductLayer& layer, int32_t a, int32_t b) {
  const M7Scale scale = {layer.multiplier, layer.minus, layer.addend, layer.shift};
  return portable::ScaleM7(2 * (a + layer.offset[0]) * (b + layer.offset[1]), scale, false);
}

#if defined(__ARM_FEATURE_DSP)
// Halfwords 0 and 2, or 1 and 3 with `kRotation` 8, of four bytes, and an offset added to each.
template <int kRotation>
inline int32_t Widen(uint32_t bytes, int32_t offsets) {
  int32_t halves;
  asm("sxtab16 %0, %1, %2, ror %3" : "=r"(halves) : "r"(offsets), "r"(bytes), "n"(kRotation));
  return halves;
}
inline int32_t Twice(int32_t halves) {
  int32_t twice;
  asm("sadd16 %0, %1, %1" : "=r"(twice) : "r"(halves));
  return twice;
}
inline int32_t LowProduct(int32_t a, int32_t b) {
  int32_t product;
  asm("smulbb %0, %1, %2" : "=r"(product) : "r"(a), "r"(b));
  return product;
}
inline int32_t HighProduct(int32_t a, int32_t b) {
  int32_t product;
  asm("smultt %0, %1, %2" : "=r"(product) : "r"(a), "r"(b));
  return product;
}
inline int32_t Scaled(int32_t product, int32_t multiplier, int32_t minus, int32_t addend, int32_t shift) {
  int32_t y;
  int32_t less;
  asm("smmulr %0, %1, %2" : "=r"(y) : "r"(product), "r"(multiplier));
  asm("smmla %0, %1, %2, %3" : "=r"(less) : "r"(y), "r"(minus), "r"(addend));
  int32_t value = (y + less) >> shift;
  asm("ssat %0, #8, %1" : "=r"(value) : "r"(value) : "cc");
  return value;
}
#endif

void Multiply(const ProductLayer& layer, const int8_t* a, const int8_t* b, int8_t* output, uint32_t count) {
  uint32_t i = 0;
#if defined(__ARM_FEATURE_DSP)
  const auto pair = [](int32_t value) { return (value & 0xFFFF) | value * 0x10000; };
  const int32_t offset_a = pair(layer.offset[0]);
  const int32_t offset_b = pair(layer.offset[1]);
  const int32_t multiplier = layer.multiplier;
  const int32_t minus = layer.minus;
  const int32_t addend = layer.addend;
  const int32_t shift = layer.shift;
  for (; i + 4 <= count; i += 4) {
    const uint32_t word_a = Word(a + i);
    const uint32_t word_b = Word(b + i);
    const int32_t even_a = Twice(Widen<0>(word_a, offset_a));
    const int32_t even_b = Widen<0>(word_b, offset_b);
    const int32_t odd_a = Twice(Widen<8>(word_a, offset_a));
    const int32_t odd_b = Widen<8>(word_b, offset_b);
    output[i] = static_cast<int8_t>(Scaled(LowProduct(even_a, even_b), multiplier, minus, addend, shift));
    output[i + 1] = static_cast<int8_t>(Scaled(LowProduct(odd_a, odd_b), multiplier, minus, addend, shift));
    output[i + 2] =
        static_cast<int8_t>(Scaled(HighProduct(even_a, even_b), multiplier, minus, addend, shift));
    output[i + 3] = static_cast<int8_t>(Scaled(HighProduct(odd_a, odd_b), multiplier, minus, addend, shift));
  }
#endif
  for (; i < count; ++i) output[i] = One(layer, a[i], b[i]);
}
#endif

}  // namespace

void RunProduct(const ProductLayer& layer, const int8_t* a, const int8_t* b, int8_t* output) {
  for (uint32_t done = 0; done < layer.header.output_bytes; done += layer.period) {
    Multiply(layer, a + done, b, output + done, layer.period);
  }
  Clamp(output, layer.header.output_bytes, layer.activation_min, layer.activation_max);
}

}  // namespace emojicam::kernels
