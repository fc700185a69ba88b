// The portable twins of the kernels in image_kernels.h: same arguments, same bytes written.
#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/image_kernels.h"

namespace {

using emojicam::kernels::Saturate;
using emojicam::kernels::WrappingAdd;
using emojicam::kernels::WrappingMultiply;

// SMMULR, SMMLA, ADD, ASR, SSAT; SMMLA, SSAT ASR.
int8_t Scale(int32_t sum, const M7Scale& scale, bool fold) {
  const int64_t product = static_cast<int64_t>(sum) * scale.multiplier;
  if (fold) return Saturate(WrappingAdd(static_cast<int32_t>(product >> 32), scale.addend) >> kM7FoldBits);
  const auto y = static_cast<int32_t>((product + (int64_t{1} << 31)) >> 32);
  const auto minus = static_cast<int32_t>((static_cast<int64_t>(y) * scale.minus) >> 32);
  return Saturate(WrappingAdd(y, WrappingAdd(minus, scale.addend)) >> scale.shift);
}

void PairM7(const M7Strip& strip, const M7Pair& pair, int8_t* out, bool fold) {
  const auto* weights = reinterpret_cast<const int16_t*>(&pair + 1);
  const auto* patch = reinterpret_cast<const int16_t*>(strip.patches);
  for (uint32_t tile = 0; tile < strip.tiles; ++tile, patch += 2 * strip.depth) {
    int32_t sums[2][2] = {{pair.bias[0], pair.bias[1]}, {pair.bias[2], pair.bias[3]}};
    for (uint32_t k = 0; k < strip.depth; k += 2) {
      const uint32_t at = k / 4 * 8 + k / 2 % 2 * 4;
      for (uint32_t half = 0; half < 2; ++half) {
        for (uint32_t pixel = 0; pixel < 2; ++pixel) {
          const int32_t value = patch[at + 2 * pixel + half];
          sums[0][pixel] = WrappingAdd(sums[0][pixel], WrappingMultiply(value, weights[at + half]));
          sums[1][pixel] = WrappingAdd(sums[1][pixel], WrappingMultiply(value, weights[at + 2 + half]));
        }
      }
    }
    for (uint32_t pixel = 2; pixel-- > 0;) {
      int8_t* place = out + pixel * strip.pixel_pitch;
      place[strip.channel_step] = Scale(sums[1][pixel], pair.scale[1], fold);
      place[0] = Scale(sums[0][pixel], pair.scale[0], fold);
    }
    out += 2 * strip.pixel_pitch;
  }
}

}  // namespace

extern "C" {

void EmojicamM7PairFullPortable(const M7Strip* strip, const M7Pair* pair, int8_t* out) {
  PairM7(*strip, *pair, out, false);
}
void EmojicamM7PairFoldPortable(const M7Strip* strip, const M7Pair* pair, int8_t* out) {
  PairM7(*strip, *pair, out, true);
}
void EmojicamM7PairFullDeepPortable(const M7Strip* strip, const M7Pair* pair, int8_t* out) {
  PairM7(*strip, *pair, out, false);
}
void EmojicamM7PairFoldDeepPortable(const M7Strip* strip, const M7Pair* pair, int8_t* out) {
  PairM7(*strip, *pair, out, true);
}

}  // extern "C"

namespace {

void PairM55(const M55Strip* strip, const M55Pair* pair, int8_t* out, bool with_sign) {
  const auto* weights = reinterpret_cast<const int8_t*>(pair + 1);
  for (uint32_t tile = 0; tile < strip->tiles; ++tile, out += strip->out_step) {
    for (uint32_t lane = 0; lane < 8; ++lane) {
      if ((strip->lanes >> (2 * lane) & 1) == 0) continue;
      const uint32_t channel = lane % 2;
      const int8_t* patch = strip->patches + (4 * tile + lane / 2) * strip->pitch;
      int32_t sum = pair->bias[channel];
      for (uint32_t k = 0; k < 16 * strip->steps; ++k) {
        const int32_t weight = weights[k / 16 * 32 + channel * 16 + k % 16];
        if (weight != 0) sum = WrappingAdd(sum, WrappingMultiply(patch[k], weight));
      }
      // VQRDMULH, VMLA, VRSHL.
      const auto y = static_cast<int32_t>(
          (static_cast<int64_t>(sum) * pair->multiplier[channel] + (int64_t{1} << 30)) >> 31);
      const int64_t less = with_sign && y < 0 ? int64_t{y} - pair->minus[channel] : y;
      const int32_t right = -pair->shift[channel];
      const auto value =
          static_cast<int32_t>(right == 0 ? less : (less + (int64_t{1} << (right - 1))) >> right);
      const int32_t half = value < -32768 ? -32768 : value > 32767 ? 32767 : value;
      out[strip->scatter[lane]] = Saturate(WrappingAdd(half, pair->zero_point));
    }
  }
}

void PairShallow(const M55Strip& strip, const M55Pair* pair, int8_t* out, uint32_t pitch, bool with_sign) {
  M55Strip shallow = strip;
  shallow.pitch = pitch;
  shallow.steps = 1;
  PairM55(&shallow, pair, out, with_sign);
}

}  // namespace

extern "C" {

void EmojicamM55PairPortable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairM55(strip, pair, out, true);
}
void EmojicamM55PairFloorPortable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairM55(strip, pair, out, false);
}
void EmojicamM55Pair8Portable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairShallow(*strip, pair, out, 8, true);
}
void EmojicamM55Pair16Portable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairShallow(*strip, pair, out, 16, true);
}
void EmojicamM55Pair8FloorPortable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairShallow(*strip, pair, out, 8, false);
}
void EmojicamM55Pair16FloorPortable(const M55Strip* strip, const M55Pair* pair, int8_t* out) {
  PairShallow(*strip, pair, out, 16, false);
}

}  // extern "C"
