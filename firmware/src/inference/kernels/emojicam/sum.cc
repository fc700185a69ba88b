// ADD and SUB of int8 tensors: two multiply-accumulates an element.
#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/tensor_loops.h"

namespace emojicam::kernels {
namespace {

// Elements `from` to `count`.
template <uint32_t kShift>
void SumOneByOne(const SumLayer& layer, const int8_t* a, const int8_t* b, int8_t* output, uint32_t from,
                 uint32_t count) {
  const int32_t factor_a = layer.factor[0];
  const int32_t factor_b = layer.factor[1];
  const int32_t addend = layer.addend;
#pragma GCC unroll 4
  for (uint32_t i = from; i < count; ++i) {
    const int32_t sum =
        WrappingAdd(WrappingMultiply(a[i], factor_a), WrappingAdd(WrappingMultiply(b[i], factor_b), addend));
#if defined(__ARM_FEATURE_SAT)
    int32_t value;
    asm("ssat %0, #8, %1, asr %2" : "=r"(value) : "r"(sum), "n"(kShift) : "cc");
    output[i] = static_cast<int8_t>(value);
#else
    output[i] = Saturate(sum >> kShift);
#endif
  }
}

template <uint32_t kShift>
void Sum(const SumLayer& layer, const int8_t* a, const int8_t* b, int8_t* output) {
  const uint32_t count = layer.header.output_bytes;
  uint32_t done = 0;
#if defined(__ARM_FEATURE_MVE)
  // Two rounding shifts with what they add taken off before are one floor; 16 bits saturate where 8 would.
  // (The shifts that don't round, VQSHRN, binutils 2.40 assembles as these.)
  constexpr uint32_t kSecond = kShift - 16;
  const int32x4_t addend = vdupq_n_s32(layer.addend - (1 << 15) - (1 << (15 + kSecond)));
  for (; done + 8 <= count; done += 8) {
    const int16x8_t eight_a = vldrbq_s16(a + done);
    const int16x8_t eight_b = vldrbq_s16(b + done);
    const int32x4_t even = vmlaq_n_s32(vmlaq_n_s32(addend, vmovlbq_s16(eight_a), layer.factor[0]),
                                       vmovlbq_s16(eight_b), layer.factor[1]);
    const int32x4_t odd = vmlaq_n_s32(vmlaq_n_s32(addend, vmovltq_s16(eight_a), layer.factor[0]),
                                      vmovltq_s16(eight_b), layer.factor[1]);
    int16x8_t high = vqrshrnbq_n_s32(vuninitializedq_s16(), even, 16);
    high = vqrshrntq_n_s32(high, odd, 16);
    const int8x16_t low = vqrshrnbq_n_s16(vuninitializedq_s8(), high, kSecond);
    vstrbq_s16(output + done, vreinterpretq_s16_s8(low));
  }
#endif
  SumOneByOne<kShift>(layer, a, b, output, done, count);
  Clamp(output, count, layer.activation_min, layer.activation_max);
}

}  // namespace

void RunSum(const SumLayer& layer, const int8_t* a, const int8_t* b, int8_t* output) {
  switch (layer.shift) {
    case 17:
      return Sum<17>(layer, a, b, output);
    case 18:
      return Sum<18>(layer, a, b, output);
    case 19:
      return Sum<19>(layer, a, b, output);
    case 20:
      return Sum<20>(layer, a, b, output);
    case 21:
      return Sum<21>(layer, a, b, output);
    case 22:
      return Sum<22>(layer, a, b, output);
    case 23:
      return Sum<23>(layer, a, b, output);
    default:
      return Sum<24>(layer, a, b, output);
  }
}

}  // namespace emojicam::kernels
