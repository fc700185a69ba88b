// The portable twins of the kernels in any_kernels.h: same arguments, same bytes written.
#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/scaling_portable.h"

namespace emojicam::kernels {
namespace {

template <typename T>
T* Forward(T* pointer, int64_t bytes) {
  return reinterpret_cast<T*>(reinterpret_cast<intptr_t>(pointer) + static_cast<intptr_t>(bytes));
}

void AnyM7(const M7AnyRows& job, bool fold) {
  const M7Scale scale = {job.multiplier, job.minus, job.addend, job.shift};
  const uint32_t places[kM7AnyBlock] = {0, job.second, job.third};
  for (uint32_t row = 0; row < job.rows; ++row) {
    const uint32_t* line = Forward(job.row, int64_t{row} * job.row_step);
    int8_t* out = Forward(job.out_row, int64_t{row} * job.out_row_step);
    for (int32_t block = 0; block < job.blocks + (job.rest_step != 0); ++block) {
      if (block == job.blocks) {
        line = Forward(line, job.rest_step);
        out = Forward(out, job.rest_out);
      }
      int32_t sums[kM7AnyBlock] = {job.bias[0], job.bias[1], job.bias[2]};
      const auto* weights = reinterpret_cast<const int16_t*>(job.weights);
      for (uint32_t i = 0; i < job.lines; ++i, weights += 6, line = Forward(line, job.pitch)) {
        const auto* values = reinterpret_cast<const int16_t*>(line);
        for (uint32_t x = 0; x < kM7AnyBlock; ++x) {
          for (uint32_t tap = 0; tap < 6; ++tap) {
            sums[x] = portable::MultiplyAdd(sums[x], values[2 * x + tap], weights[tap]);
          }
        }
      }
      for (uint32_t x = kM7AnyBlock; x-- > 0;) out[places[x]] = portable::ScaleM7(sums[x], scale, fold);
      line = Forward(line, job.step);
      out += job.out_step;
    }
  }
}

void AnyM55(const M55AnyRows& strip, const M55AnyChannel& channel, int8_t* out, uint32_t vectors) {
  const auto* weights = reinterpret_cast<const int8_t*>(&channel + 1);
  for (uint32_t row = 0; row < strip.rows; ++row) {
    for (uint32_t block = 0; block < strip.blocks; ++block) {
      for (uint32_t lane = 0; lane < 8; ++lane) {
        if (block + 1 == strip.blocks && (strip.lanes >> (2 * lane) & 1) == 0) continue;
        const uint32_t x = 8 * block + lane / 2 + lane % 2 * 4;
        const int8_t* window = strip.columns + row * strip.row_step + x * strip.step;
        int32_t sum = channel.bias;
        for (uint32_t k = 0; k < 16 * vectors; ++k) {
          sum = portable::MultiplyAdd(sum, window[k], weights[k]);
        }
        out[row * strip.out_row_step + block * strip.out_step + strip.scatter[lane]] =
            portable::ScaleM55(sum, channel.multiplier, channel.shift, channel.minus, channel.zero_point);
      }
    }
  }
}

}  // namespace
}  // namespace emojicam::kernels

using emojicam::kernels::AnyM55;
using emojicam::kernels::AnyM7;

extern "C" {

void EmojicamM7AnyFullPortable(const M7AnyRows* rows) { AnyM7(*rows, false); }
void EmojicamM7AnyFoldPortable(const M7AnyRows* rows) { AnyM7(*rows, true); }

void EmojicamM55Any1Portable(const M55AnyRows* rows, const M55AnyChannel* channel, int8_t* out) {
  AnyM55(*rows, *channel, out, 1);
}
void EmojicamM55Any2Portable(const M55AnyRows* rows, const M55AnyChannel* channel, int8_t* out) {
  AnyM55(*rows, *channel, out, 2);
}
void EmojicamM55Any3Portable(const M55AnyRows* rows, const M55AnyChannel* channel, int8_t* out) {
  AnyM55(*rows, *channel, out, 3);
}
void EmojicamM55Any4Portable(const M55AnyRows* rows, const M55AnyChannel* channel, int8_t* out) {
  AnyM55(*rows, *channel, out, 4);
}

}  // extern "C"
