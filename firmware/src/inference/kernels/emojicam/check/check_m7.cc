// The Cortex-M7 kernels.
#include "inference/kernels/emojicam/check/check.h"
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

struct Kernels {
  const char* name;
  M7PointwiseKernel* pointwise;
  M7PointwiseKernel* pointwise_twin;
  bool halves;
};

void Pointwise() {
  constexpr Kernels kAll[] = {
      {"PointwiseBytesFold", EmojicamM7PointwiseBytesFold, EmojicamM7PointwiseBytesFoldPortable, false},
      {"PointwiseBytesAny", EmojicamM7PointwiseBytesAny, EmojicamM7PointwiseBytesAnyPortable, false},
      {"PointwiseHalvesFold", EmojicamM7PointwiseHalvesFold, EmojicamM7PointwiseHalvesFoldPortable, true},
      {"PointwiseHalvesAny", EmojicamM7PointwiseHalvesAny, EmojicamM7PointwiseHalvesAnyPortable, true},
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
    for (const Kernels& one : kAll) {
      M7PointwiseStrip strip = {};
      strip.interleaved = reinterpret_cast<const uint32_t*>(input);
      strip.depth = 4u * static_cast<uint32_t>(Random(1, kM7MaxDepth / 4));
      strip.tiles = static_cast<uint32_t>(Random(1, 12));
      strip.lines = static_cast<uint32_t>(Random(1, 4));
      const uint32_t size = one.halves ? 4 : 2;
      strip.line_pitch = size * (strip.tiles + static_cast<uint32_t>(Random(0, 3)));
      strip.channel_pitch = strip.lines * strip.line_pitch + size * static_cast<uint32_t>(Random(0, 3));
      FillPixels(strip.depth * 4 * strip.tiles * strip.lines);
      auto* pair = reinterpret_cast<M7PointwisePair*>(constants);
      for (int c = 0; c < 2; ++c) {
        pair->multiplier[c] = Random(1 << 20, 0x7FFFFFFF);
        pair->addend[c] = Random(-100000, 100000);
        pair->shift[c] = Random(1, 31);
        pair->bias[2 * c] = pair->bias[2 * c + 1] = Random(-0x40000000, 0x3FFFFFFF);
      }
      auto* weights = reinterpret_cast<int16_t*>(pair + 1);
      for (uint32_t i = 0; i < 2 * strip.depth; ++i) weights[i] = Weight();
      Begin();
      one.pointwise(&strip, pair, by_assembly);
      one.pointwise_twin(&strip, pair, by_twin);
      Compare(one.name);
    }
  }
}

struct Window {
  const char* name;
  M7DepthwiseKernel* kernel;
  M7DepthwiseKernel* twin;
  int most_blocks;  // 0: the kernel has a width of its own
  int own_blocks;
};

#define WINDOW(name, most, own) \
  { #name, EmojicamM7##name, EmojicamM7##name##Portable, most, own }

void Windows() {
  constexpr Window kAll[] = {
      WINDOW(Depthwise1Fold48, 8, 0), WINDOW(Depthwise1Any48, 8, 0),  WINDOW(Depthwise1Fold12, 0, 2),
      WINDOW(Depthwise1Any12, 0, 2),  WINDOW(Depthwise1Fold6, 0, 1),  WINDOW(Depthwise1Any6, 0, 1),
      WINDOW(Depthwise1Fold3, 0, 1),  WINDOW(Depthwise1Any3, 0, 1),   WINDOW(Depthwise2Fold48, 6, 0),
      WINDOW(Depthwise2Any48, 6, 0),  WINDOW(Depthwise2Fold12, 2, 0), WINDOW(Depthwise2Any12, 2, 0),
      WINDOW(Depthwise2Fold6, 1, 0),  WINDOW(Depthwise2Any6, 1, 0),   WINDOW(FirstFold96, 12, 0),
      WINDOW(FirstAny96, 12, 0),
  };
  for (int round = 0; round < kRounds; ++round) {
    for (const Window& one : kAll) {
      M7WindowStrip strip = {};
      strip.rows = input;
      strip.row_count = static_cast<uint32_t>(Random(1, 7));
      strip.blocks =
          static_cast<uint32_t>(one.most_blocks != 0 ? Random(1, one.most_blocks) : one.own_blocks);
      strip.tile_pitch = 8u * static_cast<uint32_t>(Random(1, 16));
      strip.row_pitch = 3 * strip.blocks * strip.tile_pitch;
      FillPixels(16 * kM7Pitch96);
      auto* channel = reinterpret_cast<M7WindowChannel*>(constants);
      for (int16_t& weight : channel->weights) weight = Weight();
      // The middle one of a row stands there twice.
      for (int row = 0; row < 3; ++row) channel->weights[4 * row + 2] = channel->weights[4 * row + 1];
      channel->bias = Random(-0x40000000, 0x3FFFFFFF);
      channel->multiplier = Random(1 << 20, 0x7FFFFFFF);
      channel->addend = Random(-100000, 100000);
      channel->shift = Random(1, 31);
      Begin();
      one.kernel(&strip, channel, by_assembly);
      one.twin(&strip, channel, by_twin);
      Compare(one.name);
    }
  }
}

void First3() {
  for (int round = 0; round < kRounds; ++round) {
    M7WindowStrip strip = {input, static_cast<uint32_t>(Random(1, 5)), static_cast<uint32_t>(Random(1, 12)),
                           0, 0};
    strip.row_pitch = 4 * strip.blocks + 8;
    FillPixels(36 * kM7Pitch96);
    auto* channel = reinterpret_cast<M7First3Channel*>(constants);
    for (int16_t& weight : channel->weights) weight = Weight();
    for (int row = 0; row < 9; ++row) channel->weights[4 * row + 2] = channel->weights[4 * row + 1];
    channel->bias = Random(-0x40000000, 0x3FFFFFFF);
    channel->multiplier = Random(1 << 20, 0x7FFFFFFF);
    channel->addend = Random(-100000, 100000);
    channel->shift = Random(1, 31);
    Begin();
    EmojicamM7First3Fold96(&strip, channel, by_assembly);
    EmojicamM7First3Fold96Portable(&strip, channel, by_twin);
    Compare("First3Fold96");
    Begin();
    EmojicamM7First3Any96(&strip, channel, by_assembly);
    EmojicamM7First3Any96Portable(&strip, channel, by_twin);
    Compare("First3Any96");
  }
}

void Unpacking() {
  for (int round = 0; round < kRounds; ++round) {
    const auto width = static_cast<uint32_t>(Random(1, 96));
    const uint32_t pitch = width <= 48 ? kM7Pitch48 : kM7Pitch96;
    const M7Unpack job = {(width + 3) / 4 * 4 * static_cast<uint32_t>(Random(1, 3)), pitch,
                          static_cast<uint32_t>(Random(1, 9)), width, 0x10001u * (Random() % 256)};
    FillPixels(16 * kM7Pitch96);
    Begin();
    EmojicamM7Unpack(&job, input, by_assembly);
    EmojicamM7UnpackPortable(&job, input, by_twin);
    Compare("Unpack");
    Begin();
    EmojicamM7UnpackSigned(&job, input, by_assembly);
    EmojicamM7UnpackSignedPortable(&job, input, by_twin);
    Compare("UnpackSigned");
  }
}

struct PairKernels {
  const char* name;
  M7PairKernel* kernel;
  M7PairKernel* twin;
  uint32_t most;  // groups of 4 values
};

void Pairs() {
  constexpr PairKernels kAll[] = {
      {"PairFull", EmojicamM7PairFull, EmojicamM7PairFullPortable, 64},
      {"PairFold", EmojicamM7PairFold, EmojicamM7PairFoldPortable, 64},
      {"PairFullDeep", EmojicamM7PairFullDeep, EmojicamM7PairFullDeepPortable, 200},
      {"PairFoldDeep", EmojicamM7PairFoldDeep, EmojicamM7PairFoldDeepPortable, 200},
  };
  for (int round = 0; round < kRounds; ++round) {
    for (const PairKernels& one : kAll) {
      M7Strip strip = {};
      strip.patches = reinterpret_cast<const uint32_t*>(input);
      strip.depth = 4u * static_cast<uint32_t>(Random(1, static_cast<int32_t>(one.most)));
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

}  // namespace

void Run() {
  Pairs();
  Pointwise();
  Windows();
  First3();
  Unpacking();
}

}  // namespace emojicam::kernels::check
