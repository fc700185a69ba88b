// The portable twins of the Cortex-M7 kernels: same arguments, same bytes written. They run on the host,
// under sanitizers, and are what the assembly is compared with.
#include "inference/kernels/emojicam/m7_kernels.h"

namespace {

// acc + a * b modulo 2^32, as SMLAD adds.
int32_t MultiplyAdd(int32_t sum, int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(sum) +
                              static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}

// SMMLA, ASR, USAT.
uint8_t Requantise(int32_t sum, int32_t multiplier, int32_t addend, int32_t shift) {
  const int64_t product = static_cast<int64_t>(sum) * multiplier;
  const int32_t high =
      static_cast<int32_t>(static_cast<uint32_t>(product >> 32) + static_cast<uint32_t>(addend));
  const int32_t value = high >> shift;
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

// One output of a 3x3 window whose top left pixel is at `top_left`.
uint8_t Window(const uint8_t* top_left, uint32_t row_pitch, const M7WindowChannel& channel, bool fold) {
  int32_t sum = channel.bias;
  for (uint32_t row = 0; row < 3; ++row) {
    const auto* pixels = reinterpret_cast<const int16_t*>(top_left + row * row_pitch);
    const int16_t* weights = channel.weights + 4 * row;
    sum = MultiplyAdd(sum, pixels[0], weights[0]);
    sum = MultiplyAdd(sum, pixels[1], weights[1]);
    sum = MultiplyAdd(sum, pixels[2], weights[3]);
  }
  return Requantise(sum, channel.multiplier, channel.addend, fold ? int32_t{kM7FoldShift} : channel.shift);
}

void Depthwise(const M7WindowStrip& strip, const M7WindowChannel& channel, void* out, uint32_t stride,
               uint32_t pitch, bool fold) {
  uint32_t columns = strip.blocks * (stride == 1 ? 6 : 4);
  if (stride == 1 && pitch != kM7Pitch48) columns = (pitch - 4) / 2;
  // With stride 1 the window begins in the second half of the word of padding before the pixels.
  const uint8_t* rows = strip.rows + (stride == 1 ? 2 : 0);
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < columns; ++x) {
      auto* target = static_cast<uint8_t*>(out) + y * strip.row_pitch + x / 2 * strip.tile_pitch + x % 2 * 4;
      *reinterpret_cast<uint16_t*>(target) =
          Window(rows + y * stride * pitch + 2 * x * stride, pitch, channel, fold);
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
    *reinterpret_cast<uint16_t*>(target) = Window(corner, sizeof(padded[0]), channel, fold);
  }
}

void First(const M7WindowStrip& strip, const M7WindowChannel& channel, void* out, bool fold) {
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < 4 * strip.blocks; ++x) {
      static_cast<uint8_t*>(out)[y * strip.row_pitch + x] =
          Window(strip.rows + 2 * y * kM7Pitch96 + 4 * x, kM7Pitch96, channel, fold);
    }
  }
}

void First3(const M7WindowStrip& strip, const M7First3Channel& channel, void* out, bool fold) {
  for (uint32_t y = 0; y < strip.row_count; ++y) {
    for (uint32_t x = 0; x < 4 * strip.blocks; ++x) {
      int32_t sum = channel.bias;
      for (uint32_t row = 0; row < 9; ++row) {
        const auto* pixels =
            reinterpret_cast<const int16_t*>(strip.rows + (6 * y + row) * kM7Pitch96 + 4 * x);
        const int16_t* weights = channel.weights + 4 * row;
        sum = MultiplyAdd(sum, pixels[0], weights[0]);
        sum = MultiplyAdd(sum, pixels[1], weights[1]);
        sum = MultiplyAdd(sum, pixels[2], weights[3]);
      }
      static_cast<uint8_t*>(out)[y * strip.row_pitch + x] =
          Requantise(sum, channel.multiplier, channel.addend, fold ? int32_t{kM7FoldShift} : channel.shift);
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

}  // namespace

extern "C" {

void EmojicamM7PointwiseBytesFoldPortable(const M7PointwiseStrip* strip, const M7PointwisePair* pair,
                                          void* out) {
  Pointwise<uint8_t>(*strip, *pair, out, true);
}
void EmojicamM7PointwiseBytesAnyPortable(const M7PointwiseStrip* strip, const M7PointwisePair* pair,
                                         void* out) {
  Pointwise<uint8_t>(*strip, *pair, out, false);
}
void EmojicamM7PointwiseHalvesFoldPortable(const M7PointwiseStrip* strip, const M7PointwisePair* pair,
                                           void* out) {
  Pointwise<uint16_t>(*strip, *pair, out, true);
}
void EmojicamM7PointwiseHalvesAnyPortable(const M7PointwiseStrip* strip, const M7PointwisePair* pair,
                                          void* out) {
  Pointwise<uint16_t>(*strip, *pair, out, false);
}
void EmojicamM7Depthwise1Fold48Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                        void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch48, true);
}
void EmojicamM7Depthwise1Fold12Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                        void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch12, true);
}
void EmojicamM7Depthwise1Fold6Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch6, true);
}
void EmojicamM7Depthwise1Any48Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch48, false);
}
void EmojicamM7Depthwise1Any12Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch12, false);
}
void EmojicamM7Depthwise1Any6Portable(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out) {
  Depthwise(*strip, *channel, out, 1, kM7Pitch6, false);
}
void EmojicamM7Depthwise2Fold48Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                        void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch48, true);
}
void EmojicamM7Depthwise2Fold12Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                        void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch12, true);
}
void EmojicamM7Depthwise2Fold6Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch6, true);
}
void EmojicamM7Depthwise2Any48Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch48, false);
}
void EmojicamM7Depthwise2Any12Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch12, false);
}
void EmojicamM7Depthwise2Any6Portable(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out) {
  Depthwise(*strip, *channel, out, 2, kM7Pitch6, false);
}
void EmojicamM7Depthwise1Fold3Portable(const M7WindowStrip* strip, const M7WindowChannel* channel,
                                       void* out) {
  Depthwise3(*strip, *channel, out, true);
}
void EmojicamM7Depthwise1Any3Portable(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out) {
  Depthwise3(*strip, *channel, out, false);
}
void EmojicamM7FirstFold96Portable(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out) {
  First(*strip, *channel, out, true);
}
void EmojicamM7FirstAny96Portable(const M7WindowStrip* strip, const M7WindowChannel* channel, void* out) {
  First(*strip, *channel, out, false);
}
void EmojicamM7First3Fold96Portable(const M7WindowStrip* strip, const M7First3Channel* channel, void* out) {
  First3(*strip, *channel, out, true);
}
void EmojicamM7First3Any96Portable(const M7WindowStrip* strip, const M7First3Channel* channel, void* out) {
  First3(*strip, *channel, out, false);
}
void EmojicamM7UnpackPortable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  Unpack(*job, source, destination, 0);
}
void EmojicamM7UnpackSignedPortable(const M7Unpack* job, const uint8_t* source, uint8_t* destination) {
  Unpack(*job, source, destination, 0x80);
}

}  // extern "C"
