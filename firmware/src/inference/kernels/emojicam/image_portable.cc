// The portable twins of the kernels in image_kernels.h: same arguments, same bytes written.
#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/scaling_portable.h"

namespace {

using emojicam::kernels::portable::MultiplyAdd;
using emojicam::kernels::portable::ScaleM55;
using emojicam::kernels::portable::ScaleM7;

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
          sums[0][pixel] = MultiplyAdd(sums[0][pixel], value, weights[at + half]);
          sums[1][pixel] = MultiplyAdd(sums[1][pixel], value, weights[at + 2 + half]);
        }
      }
    }
    for (uint32_t pixel = 2; pixel-- > 0;) {
      int8_t* place = out + pixel * strip.pixel_pitch;
      place[strip.channel_step] = ScaleM7(sums[1][pixel], pair.scale[1], fold);
      place[0] = ScaleM7(sums[0][pixel], pair.scale[0], fold);
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
        if (weight != 0) sum = MultiplyAdd(sum, patch[k], weight);
      }
      out[strip->scatter[lane]] = ScaleM55(sum, pair->multiplier[channel], pair->shift[channel],
                                           with_sign ? pair->minus[channel] : 0, pair->zero_point);
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
