// The portable twins of the Cortex-M7 kernels: same arguments, same bytes written. They run on the host,
// under sanitizers, and are what the assembly is compared with.
#include "inference/kernels/emojicam/arithmetic.h"
#include "inference/kernels/emojicam/m7_kernels.h"

namespace {

using emojicam::kernels::WrappingAdd;
using emojicam::kernels::WrappingMultiply;

// SMMLA, ASR, USAT.
uint8_t Requantise(int32_t sum, int32_t multiplier, int32_t addend, int32_t shift) {
  const int64_t product = static_cast<int64_t>(sum) * multiplier;
  const int32_t value = WrappingAdd(static_cast<int32_t>(product >> 32), addend) >> shift;
  return static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

// Four sums of a tile's two pixels and a pair's two channels. A lane is a place in the interleaved layout's
// groups of eight halfwords; compilers make vectors of them.
struct PointwiseSums {
  uint32_t same[8] = {};   // pixel 0 by channel A (lanes 0 1 4 5), pixel 1 by channel B (2 3 6 7)
  uint32_t cross[8] = {};  // pixel 0 by channel B, pixel 1 by channel A

  void Add(const int16_t* tile, const int16_t* weights, uint32_t depth) {
    for (uint32_t at = 0; at < 2 * depth; at += 8) {
      for (uint32_t lane = 0; lane < 8; ++lane) {
        const int32_t value = tile[at + lane];
        same[lane] += static_cast<uint32_t>(value * weights[at + lane]);
        cross[lane] += static_cast<uint32_t>(value * weights[at + (lane ^ 2)]);
      }
    }
  }

  int32_t Of(uint32_t pixel, uint32_t channel, int32_t bias) const {
    const uint32_t* lanes = (pixel == channel ? same : cross) + 2 * pixel;
    return static_cast<int32_t>(static_cast<uint32_t>(bias) + lanes[0] + lanes[1] + lanes[4] + lanes[5]);
  }
};

template <typename Pixel>
void Pointwise(const M7PointwiseStrip& strip, const M7PointwisePair& pair, void* out, bool fold) {
  const auto* weights = reinterpret_cast<const int16_t*>(&pair + 1);
  const auto* tile = reinterpret_cast<const int16_t*>(strip.interleaved);
  for (uint32_t line = 0; line < strip.lines; ++line) {
    for (uint32_t t = 0; t < strip.tiles; ++t, tile += 2 * strip.depth) {
      PointwiseSums sums;
      sums.Add(tile, weights, strip.depth);
      for (uint32_t channel = 0; channel < 2; ++channel) {
        auto* row = reinterpret_cast<Pixel*>(static_cast<uint8_t*>(out) + channel * strip.channel_pitch +
                                             line * strip.line_pitch);
        for (uint32_t pixel = 0; pixel < 2; ++pixel) {
          row[2 * t + pixel] =
              Requantise(sums.Of(pixel, channel, pair.bias[2 * channel]), pair.multiplier[channel],
                         pair.addend[channel], fold ? int32_t{kM7FoldShift} : pair.shift[channel]);
        }
      }
    }
  }
}

// One output of a window of 3 columns whose top left pixel is at `top_left`.
template <uint32_t kRows, typename Channel>
uint8_t Window(const uint8_t* top_left, uint32_t row_pitch, const Channel& channel, bool fold) {
  int32_t sum = channel.bias;
  for (uint32_t row = 0; row < kRows; ++row) {
    const auto* pixels = reinterpret_cast<const int16_t*>(top_left + row * row_pitch);
    const int16_t* weights = channel.weights + 4 * row;
    sum = WrappingAdd(sum, WrappingMultiply(pixels[0], weights[0]));
    sum = WrappingAdd(sum, WrappingMultiply(pixels[1], weights[1]));
    sum = WrappingAdd(sum, WrappingMultiply(pixels[2], weights[3]));
  }
  return Requantise(sum, channel.multiplier, channel.addend, fold ? int32_t{kM7FoldShift} : channel.shift);
}

void Depthwise(const M7WindowStrip& strip, const M7WindowChannel& channel, void* out, uint32_t stride,
               uint32_t pitch, bool fold) {
  uint32_t columns = strip.blocks * (stride == 1 ? 6 : 4);
  if (stride == 1 && pitch != kM7Pitch64) columns = (pitch - 4) / 2;
  // With stride 1 the window begins in the second half of the word of padding before the pixels.
  const uint8_t* rows = strip.rows + (stride == 1 ? 2 : 0);
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < columns; ++x) {
      auto* target = static_cast<uint8_t*>(out) + y * strip.row_pitch + x / 2 * strip.tile_pitch + x % 2 * 4;
      *reinterpret_cast<uint16_t*>(target) =
          Window<3>(rows + y * stride * pitch + 2 * x * stride, pitch, channel, fold);
    }
  }
}

void Depthwise3(const M7WindowStrip& strip, const M7WindowChannel& channel, void* out, bool fold) {
  const auto* pixels = reinterpret_cast<const uint16_t*>(strip.rows);
  uint16_t padded[5][5] = {};
  for (uint32_t i = 0; i < 9; ++i) padded[1 + i / 3][1 + i % 3] = pixels[i];
  for (uint32_t i = 0; i < 9; ++i) {
    auto* target = static_cast<uint8_t*>(out) + i / 2 * strip.tile_pitch + i % 2 * 4;
    const auto* corner = reinterpret_cast<const uint8_t*>(&padded[i / 3][i % 3]);
    *reinterpret_cast<uint16_t*>(target) = Window<3>(corner, sizeof(padded[0]), channel, fold);
  }
}

// Rows of `width` pixels, `pitch` halfwords apart, left and right of which there is nothing; the output has
// no gaps.
void DepthwiseShort(const M7WindowStrip& strip, const M7WindowChannel& channel, void* out, uint32_t width,
                    uint32_t pitch, bool fold) {
  const auto* pixels = reinterpret_cast<const int16_t*>(strip.rows) + (pitch - width) / 2 * 2;
  uint32_t at = 0;
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < width; ++x, ++at) {
      int16_t window[3][3] = {};
      for (uint32_t row = 0; row < 3; ++row) {
        for (uint32_t i = 0; i < 3; ++i) {
          const uint32_t column = x + i - 1;  // beyond all widths where it is to the left
          if (column < width) window[row][i] = pixels[(y + row) * pitch + column];
        }
      }
      auto* target = static_cast<uint8_t*>(out) + at / 2 * strip.tile_pitch + at % 2 * 4;
      *reinterpret_cast<uint16_t*>(target) =
          Window<3>(reinterpret_cast<const uint8_t*>(window), sizeof(window[0]), channel, fold);
    }
  }
}

// kRows: 3 of one colour, or of each of three planes' rows in turn.
template <uint32_t kRows, typename Channel>
void First(const M7WindowStrip& strip, const Channel& channel, void* out, bool fold) {
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < 4 * strip.blocks; ++x) {
      static_cast<uint8_t*>(out)[y * strip.row_pitch + x] =
          Window<kRows>(strip.rows + 2 * (kRows / 3) * y * kM7Pitch128 + 4 * x, kM7Pitch128, channel, fold);
    }
  }
}

void Unpack(const M7Unpack& job, const uint8_t* source, uint8_t* destination, uint8_t flip) {
  for (uint32_t row = 0; row < job.rows; ++row) {
    auto* pixels = reinterpret_cast<uint16_t*>(destination + row * job.destination_pitch + 4);
    const uint8_t* bytes = source + row * job.source_pitch;
    const uint32_t words = (job.width + 3) / 4;
    for (uint32_t x = 0; x < 4 * words; ++x) pixels[x] = static_cast<uint16_t>(bytes[x] ^ flip);
    pixels[job.width] = static_cast<uint16_t>(job.padding);
    pixels[job.width + 1] = static_cast<uint16_t>(job.padding >> 16);
  }
}

void UnpackShort(const M7Unpack& job, const uint8_t* source, uint8_t* destination, uint32_t width) {
  auto* pixel = reinterpret_cast<uint16_t*>(destination);
  for (uint32_t row = 0; row < job.rows; ++row, source += job.source_pitch) {
    if (width % 2 == 0) {
      *pixel++ = 0;
      *pixel++ = 0;
    }
    for (uint32_t x = 0; x < width; ++x) *pixel++ = source[x];
    if (width % 2 != 0) *pixel++ = 0;
  }
}

}  // namespace

// Each kernel's name, and the loops above with the arguments that make it so.
#define TWIN(name, Strip, Channel, function, ...)                                          \
  void EmojicamM7##name##Portable(const Strip* strip, const Channel* channel, void* out) { \
    function(*strip, *channel, out, __VA_ARGS__);                                          \
  }
#define POINTWISE(name, Pixel, fold) TWIN(name, M7PointwiseStrip, M7PointwisePair, Pointwise<Pixel>, fold)
#define WINDOW(name, ...) TWIN(name, M7WindowStrip, M7WindowChannel, __VA_ARGS__)

extern "C" {

POINTWISE(PointwiseBytesFold, uint8_t, true)
POINTWISE(PointwiseBytesAny, uint8_t, false)
POINTWISE(PointwiseHalvesFold, uint16_t, true)
POINTWISE(PointwiseHalvesAny, uint16_t, false)
WINDOW(Depthwise1Fold64, Depthwise, 1, kM7Pitch64, true)
WINDOW(Depthwise1Fold12, Depthwise, 1, kM7Pitch12, true)
WINDOW(Depthwise1Fold6, DepthwiseShort, 6, 8, true)
WINDOW(Depthwise1Any64, Depthwise, 1, kM7Pitch64, false)
WINDOW(Depthwise1Any12, Depthwise, 1, kM7Pitch12, false)
WINDOW(Depthwise1Any6, DepthwiseShort, 6, 8, false)
WINDOW(Depthwise2Fold64, Depthwise, 2, kM7Pitch64, true)
WINDOW(Depthwise2Fold12, Depthwise, 2, kM7Pitch12, true)
WINDOW(Depthwise2Fold6, Depthwise, 2, kM7Pitch6, true)
WINDOW(Depthwise2Any64, Depthwise, 2, kM7Pitch64, false)
WINDOW(Depthwise2Any12, Depthwise, 2, kM7Pitch12, false)
WINDOW(Depthwise2Any6, Depthwise, 2, kM7Pitch6, false)
WINDOW(Depthwise1Fold3, Depthwise3, true)
WINDOW(Depthwise1Any3, Depthwise3, false)
WINDOW(Depthwise1Fold5, DepthwiseShort, 5, 6, true)
WINDOW(Depthwise1Any5, DepthwiseShort, 5, 6, false)
WINDOW(Depthwise1Fold7, DepthwiseShort, 7, 8, true)
WINDOW(Depthwise1Any7, DepthwiseShort, 7, 8, false)
WINDOW(FirstFold128, First<3>, true)
WINDOW(FirstAny128, First<3>, false)
TWIN(First3Fold128, M7WindowStrip, M7First3Channel, First<9>, true)
TWIN(First3Any128, M7WindowStrip, M7First3Channel, First<9>, false)
void EmojicamM7UnpackPortable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  Unpack(*job, source, destination, 0);
}
void EmojicamM7UnpackSignedPortable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  Unpack(*job, source, destination, 0x80);
}
void EmojicamM7Unpack5Portable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  UnpackShort(*job, source, destination, 5);
}
void EmojicamM7Unpack6Portable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  UnpackShort(*job, source, destination, 6);
}
void EmojicamM7Unpack7Portable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  UnpackShort(*job, source, destination, 7);
}

}  // extern "C"
