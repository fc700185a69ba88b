// The Cortex-M7 kernels.
#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/check/check.h"
#include "inference/kernels/emojicam/dense_kernels.h"
#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/m7_kernels.h"

namespace emojicam::kernels::check {
namespace {

constexpr int kRounds = 25;

// Halfwords 0..255, or -128..127 as tensors have them; now and then all at one end.
void FillPixels(std::size_t bytes) {
  const bool extreme = Random() % 8 == 0;
  const int32_t least = Random() % 2 != 0 ? -128 : 0;
  auto* pixels = reinterpret_cast<uint16_t*>(input);
  for (std::size_t i = 0; i < bytes / 2; ++i)
    pixels[i] = static_cast<uint16_t>(extreme ? least + 255 : Random(least, least + 255));
}

int16_t Weight() { return static_cast<int16_t>(Random(-128, 127) * (1 << Random(0, 8))); }

// Of a channel, or of each two.
void FillScaling(int32_t* multiplier, int32_t* addend, int32_t* shift) {
  *multiplier = Random(1 << 20, 0x7FFFFFFF);
  *addend = Random(-100000, 100000);
  *shift = Random(1, 31);
}

template <typename Channel>
void FillWindows(Channel* channel) {
  for (int16_t& weight : channel->weights) weight = Weight();
  // The middle one of a row stands there twice.
  for (std::size_t at = 0; at < sizeof(channel->weights) / sizeof(int16_t); at += 4) {
    channel->weights[at + 2] = channel->weights[at + 1];
  }
  channel->bias = Random(-0x40000000, 0x3FFFFFFF);
  FillScaling(&channel->multiplier, &channel->addend, &channel->shift);
}

void Pointwise() {
  // The last is whether outputs are halfwords.
  constexpr Twins<M7PointwiseKernel, bool> kAll[] = {
      TWINS(M7, PointwiseBytesFold, false),
      TWINS(M7, PointwiseBytesAny, false),
      TWINS(M7, PointwiseHalvesFold, true),
      TWINS(M7, PointwiseHalvesAny, true),
      {"PairedPointwiseBytesFold", EmojicamM7PairedPointwiseBytesFold, EmojicamM7PointwiseBytesFoldPortable,
       false},
      {"PairedPointwiseBytesAny", EmojicamM7PairedPointwiseBytesAny, EmojicamM7PointwiseBytesAnyPortable,
       false},
      {"PairedPointwiseHalvesFold", EmojicamM7PairedPointwiseHalvesFold,
       EmojicamM7PointwiseHalvesFoldPortable, true},
      {"PairedPointwiseHalvesAny", EmojicamM7PairedPointwiseHalvesAny, EmojicamM7PointwiseHalvesAnyPortable,
       true},
  };
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M7PointwiseStrip strip = {};
      strip.interleaved = reinterpret_cast<const uint32_t*>(input);
      strip.depth = 4u * static_cast<uint32_t>(Random(1, kM7MaxDepth / 4));
      strip.tiles = static_cast<uint32_t>(Random(1, 12));
      strip.lines = static_cast<uint32_t>(Random(1, 4));
      const uint32_t size = one.limit ? 4 : 2;
      strip.line_pitch = size * (strip.tiles + static_cast<uint32_t>(Random(0, 3)));
      strip.channel_pitch = strip.lines * strip.line_pitch + size * static_cast<uint32_t>(Random(0, 3));
      FillPixels(strip.depth * 4 * strip.tiles * strip.lines);
      auto* pair = reinterpret_cast<M7PointwisePair*>(constants);
      for (int c = 0; c < 2; ++c) {
        FillScaling(&pair->multiplier[c], &pair->addend[c], &pair->shift[c]);
        pair->bias[2 * c] = pair->bias[2 * c + 1] = Random(-0x40000000, 0x3FFFFFFF);
      }
      auto* weights = reinterpret_cast<int16_t*>(pair + 1);
      for (uint32_t i = 0; i < 2 * strip.depth; ++i) weights[i] = Weight();
      Begin();
      one.kernel(&strip, pair, by_assembly);
      one.twin(&strip, pair, by_twin);
      Compare(one.name);
    }
  }
}

struct Blocks {
  int most;  // 0: the kernel has a width of its own
  int own;
};

#define WINDOW(name, most, own) TWINS(M7, name, (Blocks{most, own}))

void Windows() {
  constexpr Twins<M7DepthwiseKernel, Blocks> kAll[] = {
      WINDOW(Depthwise1Fold64, 11, 0), WINDOW(Depthwise1Any64, 11, 0), WINDOW(Depthwise1Fold12, 0, 2),
      WINDOW(Depthwise1Any12, 0, 2),   WINDOW(Depthwise1Fold6, 0, 1),  WINDOW(Depthwise1Any6, 0, 1),
      WINDOW(Depthwise1Fold3, 0, 1),   WINDOW(Depthwise1Any3, 0, 1),   WINDOW(Depthwise2Fold64, 8, 0),
      WINDOW(Depthwise2Any64, 8, 0),   WINDOW(Depthwise2Fold12, 2, 0), WINDOW(Depthwise2Any12, 2, 0),
      WINDOW(Depthwise2Fold6, 1, 0),   WINDOW(Depthwise2Any6, 1, 0),   WINDOW(FirstFold128, 16, 0),
      WINDOW(FirstAny128, 16, 0),
  };
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M7WindowStrip strip = {};
      strip.rows = input;
      strip.row_count = static_cast<uint32_t>(Random(1, 7));
      strip.blocks = static_cast<uint32_t>(one.limit.most != 0 ? Random(1, one.limit.most) : one.limit.own);
      strip.tile_pitch = 8u * static_cast<uint32_t>(Random(1, 16));
      strip.row_pitch = 3 * strip.blocks * strip.tile_pitch;
      FillPixels(16 * kM7Pitch128);
      auto* channel = reinterpret_cast<M7WindowChannel*>(constants);
      FillWindows(channel);
      Begin();
      one.kernel(&strip, channel, by_assembly);
      one.twin(&strip, channel, by_twin);
      Compare(one.name);
    }
  }
}

void OddWindows() {
  constexpr Twins<M7DepthwiseKernel, uint32_t> kAll[] = {
      TWINS(M7, Depthwise1Fold5, 5u), TWINS(M7, Depthwise1Any5, 5u), TWINS(M7, Depthwise1Fold7, 7u),
      TWINS(M7, Depthwise1Any7, 7u)};
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M7WindowStrip strip = {input, static_cast<uint32_t>(Random(1, 9)), 0, 0, 0};
      strip.tile_pitch = 8u * static_cast<uint32_t>(Random(1, 16));
      FillPixels(11 * 16);
      auto* pixels = reinterpret_cast<uint16_t*>(input);
      for (uint32_t row = 1; row <= strip.row_count + 2; ++row) pixels[row * (one.limit + 1) - 1] = 0;
      auto* channel = reinterpret_cast<M7WindowChannel*>(constants);
      FillWindows(channel);
      Begin();
      one.kernel(&strip, channel, by_assembly);
      one.twin(&strip, channel, by_twin);
      Compare(one.name);
    }
  }
}

void First3() {
  for (int round = 0; round < kRounds; ++round) {
    M7WindowStrip strip = {input, static_cast<uint32_t>(Random(1, 5)), static_cast<uint32_t>(Random(1, 16)),
                           0, 0};
    strip.row_pitch = 4 * strip.blocks + 8;
    FillPixels(36 * kM7Pitch128);
    auto* channel = reinterpret_cast<M7First3Channel*>(constants);
    FillWindows(channel);
    Begin();
    EmojicamM7First3Fold128(&strip, channel, by_assembly);
    EmojicamM7First3Fold128Portable(&strip, channel, by_twin);
    Compare("First3Fold128");
    Begin();
    EmojicamM7First3Any128(&strip, channel, by_assembly);
    EmojicamM7First3Any128Portable(&strip, channel, by_twin);
    Compare("First3Any128");
  }
}

void Unpacking() {
  for (int round = 0; round < kRounds; ++round) {
    const auto width = static_cast<uint32_t>(Random(1, 2 * kM7Widest));
    const uint32_t pitch = width <= kM7Widest ? kM7Pitch64 : kM7Pitch128;
    const M7Unpack job = {(width + 3) / 4 * 4 * static_cast<uint32_t>(Random(1, 3)), pitch,
                          static_cast<uint32_t>(Random(1, 9)), width, 0x10001u * (Random() % 256)};
    FillPixels(16 * kM7Pitch128);
    Begin();
    EmojicamM7Unpack(&job, input, by_assembly);
    EmojicamM7UnpackPortable(&job, input, by_twin);
    Compare("Unpack");
    Begin();
    EmojicamM7UnpackSigned(&job, input, by_assembly);
    EmojicamM7UnpackSignedPortable(&job, input, by_twin);
    Compare("UnpackSigned");
    const M7Unpack odd = {static_cast<uint32_t>(Random(5, 90)), 0, job.rows, 0, 0};
    Begin();
    EmojicamM7Unpack5(&odd, input + 1, by_assembly);
    EmojicamM7Unpack5Portable(&odd, input + 1, by_twin);
    Compare("Unpack5");
    Begin();
    EmojicamM7Unpack6(&odd, input + 1, by_assembly);
    EmojicamM7Unpack6Portable(&odd, input + 1, by_twin);
    Compare("Unpack6");
    Begin();
    EmojicamM7Unpack7(&odd, input + 3, by_assembly);
    EmojicamM7Unpack7Portable(&odd, input + 3, by_twin);
    Compare("Unpack7");
  }
}

void Pairs() {
  // The last is how many groups of 4 values there may be.
  constexpr Twins<M7PairKernel, int32_t> kAll[] = {TWINS(M7, PairFull, 64), TWINS(M7, PairFold, 64),
                                                   TWINS(M7, PairFullDeep, 200),
                                                   TWINS(M7, PairFoldDeep, 200)};
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M7Strip strip = {};
      strip.patches = reinterpret_cast<const uint32_t*>(input);
      strip.depth = 4u * static_cast<uint32_t>(Random(1, one.limit));
      strip.pixel_pitch = Random() % 5 == 0 ? 0 : static_cast<uint32_t>(Random(1, 40));
      strip.tiles = strip.pixel_pitch == 0 ? 1 : static_cast<uint32_t>(Random(1, 12));
      // Without a partner of its own the second channel is none.
      strip.channel_step = strip.pixel_pitch > 1 ? Random() % 2 : 0;
      auto* values = reinterpret_cast<int16_t*>(input);
      const bool extreme = Random() % 8 == 0;
      for (uint32_t i = 0; i < 2 * strip.depth * strip.tiles; ++i) {
        values[i] = static_cast<int16_t>(extreme ? -128 : Random(-128, 127));
      }
      auto* pair = reinterpret_cast<M7Pair*>(constants);
      for (M7Scale& scale : pair->scale) {
        scale = {Random(1 << 20, 0x7FFFFFFF), Random(0, 1), Random(-100000, 100000), Random(0, 22)};
      }
      for (int32_t& bias : pair->bias) bias = Random(-0x400000, 0x3FFFFF);
      auto* weights = reinterpret_cast<int16_t*>(pair + 1);
      for (uint32_t i = 0; i < 2 * strip.depth; ++i) weights[i] = Weight();
      Begin();
      one.kernel(&strip, pair, reinterpret_cast<int8_t*>(by_assembly) + 1);
      one.twin(&strip, pair, reinterpret_cast<int8_t*>(by_twin) + 1);
      Compare(one.name);
    }
  }
}

void Any() {
  for (int round = 0; round < 2 * kRounds; ++round) {
    auto* weights = reinterpret_cast<int16_t*>(constants);
    for (uint32_t i = 0; i < 6 * kM7MostLines; ++i) weights[i] = Weight();
    FillPixels(60000);
    M7AnyRows job = {};
    for (int32_t& bias : job.bias) bias = Random(-0x400000, 0x3FFFFF);
    job.weights = constants;
    job.lines = static_cast<uint32_t>(Random(1, kM7MostLines));
    job.multiplier = Random(1 << 20, 0x7FFFFFFF);
    job.minus = Random(0, 1);
    job.addend = Random(-100000, 100000);
    job.shift = Random(0, 22);
    const int32_t columns = Random(1, 20);
    const int32_t pixel = Random(1, 40);
    job.pitch = 4 * static_cast<uint32_t>((columns < 3 ? 3 : columns) + 2);
    job.out_step = static_cast<uint32_t>(3 * pixel);
    job.step = 12 - static_cast<int32_t>(job.lines * job.pitch);
    job.second = static_cast<uint32_t>(columns > 1 ? pixel : 0);
    job.third = columns > 2 ? static_cast<uint32_t>(2 * pixel) : job.second;
    job.row = reinterpret_cast<const uint32_t*>(input);
    job.row_step = job.pitch * static_cast<uint32_t>(Random(1, 5));
    job.out_row_step = static_cast<uint32_t>(columns * pixel);
    job.blocks = columns < 3 ? 1 : columns / 3;
    job.rows = static_cast<uint32_t>(Random(1, 6));
    if (columns > 3 && columns % 3 != 0) {
      job.rest_step = 4 * (columns % 3 - 3);
      job.rest_out = (columns % 3 - 3) * pixel;
    }
    for (int kind = 0; kind < 2; ++kind) {
      const bool fold = kind != 0;
      Begin();
      job.out_row = reinterpret_cast<int8_t*>(by_assembly) + 1;
      (fold ? EmojicamM7AnyFold : EmojicamM7AnyFull)(&job);
      job.out_row = reinterpret_cast<int8_t*>(by_twin) + 1;
      (fold ? EmojicamM7AnyFoldPortable : EmojicamM7AnyFullPortable)(&job);
      Compare(fold ? "AnyFold" : "AnyFull");
    }
  }
}

void Dense() {
  for (int round = 0; round < 2 * kRounds; ++round) {
    M7Dense job = {reinterpret_cast<const uint32_t*>(input), static_cast<uint32_t>(Random(1, 20)),
                   static_cast<uint32_t>(Random(1, 5))};
    auto* values = reinterpret_cast<int16_t*>(input);
    const bool extreme = Random() % 8 == 0;
    for (uint32_t i = 0; i < 8 * job.steps; ++i) {
      values[i] = static_cast<int16_t>(2 * (extreme ? -128 : Random(-128, 127)));
    }
    uint32_t* words = constants;
    for (uint32_t quad = 0; quad < job.quads; ++quad) {
      for (int i = 0; i < 4; ++i) *words++ = static_cast<uint32_t>(Random(-0x400000, 0x3FFFFF));
      for (uint32_t i = 0; i < 8 * job.steps; ++i) *words++ = Random() << 8 ^ Random();
      for (int i = 0; i < 4; ++i) *words++ = static_cast<uint32_t>(Random(1 << 20, 0x7FFFFFFF));
      for (int i = 0; i < 4; ++i) *words++ = Random() % 2;
      for (int i = 0; i < 4; ++i) *words++ = static_cast<uint32_t>(Random(-100000, 100000));
      for (int i = 0; i < 4; ++i) *words++ = static_cast<uint32_t>(Random(0, 22));
    }
    Begin();
    EmojicamM7Dense(&job, constants, reinterpret_cast<int8_t*>(by_assembly) + 1);
    EmojicamM7DensePortable(&job, constants, reinterpret_cast<int8_t*>(by_twin) + 1);
    Compare("Dense");
  }
}

}  // namespace

void Run() {
  Dense();
  Any();
  Pairs();
  Pointwise();
  Windows();
  OddWindows();
  First3();
  Unpacking();
}

}  // namespace emojicam::kernels::check
