// The Cortex-M55 kernels.
#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/check/check.h"
#include "inference/kernels/emojicam/image_kernels.h"
#include "inference/kernels/emojicam/m55_kernels.h"

namespace emojicam::kernels::check {
namespace {

constexpr int kRounds = 40;
constexpr int32_t kZeroPoint = -128;

// int8; now and then all at one end of the range.
void FillBytes(uint8_t* bytes, std::size_t count) {
  const uint32_t kind = Random() % 10;
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<uint8_t>(kind == 0 ? 0x80 : kind == 1 ? 0x7F : Random());
  }
}

// Of as many channels as a kernel has at a time.
template <typename Channels>
void FillScaling(Channels* channels) {
  int c = 0;
  for (int32_t& bias : channels->bias) {
    bias = Random(-0x20000000, 0x1FFFFFFF) >> Random(0, 20);
    channels->multiplier[c] = Random(1 << 30, 0x7FFFFFFF);
    channels->shift[c] = -Random(0, 31);
    ++c;
  }
}

// Offsets in an order of their own, each once.
void Shuffle(uint16_t* table, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) table[i] = static_cast<uint16_t>(3 * i);
  for (uint32_t i = count - 1; i > 0; --i) {
    const uint32_t other = Random() % (i + 1);
    const uint16_t swapped = table[i];
    table[i] = table[other];
    table[other] = swapped;
  }
}

alignas(16) uint16_t table[2048];

void Pointwise() {
  for (int round = 0; round < kRounds; ++round) {
    const bool eight = round % 4 == 0;
    M55PointwiseStrip strip = {};
    strip.stream = reinterpret_cast<const int8_t*>(input);
    strip.depth = eight ? 8 : 16u * static_cast<uint32_t>(Random(1, kM55MaxDepth / 16));
    strip.tiles = static_cast<uint32_t>(Random(1, 30));
    strip.table = table;
    strip.pairs = static_cast<uint32_t>(Random(1, 3));
    strip.out_step = 3 * 8 * strip.tiles + static_cast<uint32_t>(Random(0, 9));
    Shuffle(table, 8 * strip.tiles);
    FillBytes(input, strip.depth * 4 * strip.tiles);
    auto* words = constants;
    for (uint32_t i = 0; i < strip.pairs; ++i) {
      auto* pair = reinterpret_cast<M55PointwisePair*>(words);
      auto* weights = reinterpret_cast<uint8_t*>(pair + 1);
      FillBytes(weights, eight ? 64 : 2 * strip.depth);
      if (eight) {  // of each half only one pixel's weights
        std::memset(weights + 8, 0, 8);
        std::memset(weights + 24, 0, 16);
        std::memset(weights + 48, 0, 8);
        std::memcpy(weights + 40, weights, 8);
        std::memcpy(weights + 56, weights + 16, 8);
      }
      FillScaling(pair);
      for (int32_t& addend : pair->addend) addend = Random(-0x40000000, 0x3FFFFFFF) >> Random(0, 20);
      words += (sizeof(M55PointwisePair) + (eight ? 64 : 2 * strip.depth)) / 4;
    }
    const auto* first = reinterpret_cast<const M55PointwisePair*>(constants);
    Begin();
    auto* out = reinterpret_cast<int8_t*>(by_assembly);
    auto* twin = reinterpret_cast<int8_t*>(by_twin);
    (eight ? EmojicamM55Pointwise8 : EmojicamM55Pointwise)(&strip, first, out);
    (eight ? EmojicamM55Pointwise8Portable : EmojicamM55PointwisePortable)(&strip, first, twin);
    Compare(eight ? "Pointwise8" : "Pointwise");
  }
}

void MakeGather(uint16_t gather[8], uint32_t pitch) {
  for (uint32_t i = 0; i < 8; ++i) gather[i] = static_cast<uint16_t>(i / 2 * pitch + i % 2 * 2);
}

void Depthwise() {
  constexpr Twins<M55DepthwiseKernel, bool> kAll[] = {
      TWINS(M55, Depthwise1, false), TWINS(M55, Depthwise1By3, true), TWINS(M55, Depthwise2, false)};
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M55WindowStrip strip = {};
      strip.input = reinterpret_cast<const int8_t*>(input);
      const uint32_t pitch = 2u * static_cast<uint32_t>(Random(6, 200));
      strip.row_step = 2 * pitch;
      strip.rows = static_cast<uint32_t>(Random(1, 6));
      strip.blocks = static_cast<uint32_t>(Random(1, 10));
      strip.table = table;
      strip.channels = static_cast<uint32_t>(Random(1, 5));
      strip.channel_pitch = 2u * static_cast<uint32_t>(Random(0, 30));
      MakeGather(strip.gather, pitch);
      Shuffle(table, 8 * (one.limit ? (3 * strip.rows + 1) / 2 : strip.rows * strip.blocks));
      FillBytes(input, 20000);
      auto* channel = reinterpret_cast<M55WindowChannel*>(constants);
      for (uint32_t c = 0; c < strip.channels; ++c, ++channel) {
        FillBytes(reinterpret_cast<uint8_t*>(channel->weights), sizeof(channel->weights));
        channel->bias = Random(-0x20000000, 0x1FFFFFFF) >> Random(0, 20);
        channel->multiplier = Random(1 << 30, 0x7FFFFFFF);
        channel->shift = -Random(0, 31);
        channel->addend = Random(-0x40000000, 0x3FFFFFFF) >> Random(0, 20);
      }
      Begin();
      const auto* first = reinterpret_cast<const M55WindowChannel*>(constants);
      one.kernel(&strip, first, reinterpret_cast<int8_t*>(by_assembly));
      one.twin(&strip, first, reinterpret_cast<int8_t*>(by_twin));
      Compare(one.name);
    }
  }
}

// What the kernels of a first layer have in common, with one colour and with three.
template <typename Channels, typename Strip, typename Kernel>
void FirstLayer(const char* name, Strip* strip, Kernel* kernel, Kernel* twin) {
  strip->input = reinterpret_cast<const int8_t*>(input);
  strip->rows = static_cast<uint32_t>(Random(1, 6));
  strip->pairs = static_cast<uint32_t>(Random(1, 24));
  strip->out_step = 1000;
  strip->zero_point = kZeroPoint;
  for (uint32_t i = 0; i < 8; ++i) strip->scatter[i] = static_cast<uint16_t>(i / 2 * 50 + i % 2);
  FillBytes(input, 20000);
  auto* channels = reinterpret_cast<Channels*>(constants);
  FillBytes(reinterpret_cast<uint8_t*>(channels->weights), sizeof(channels->weights));
  FillScaling(channels);
  Begin();
  kernel(strip, channels, reinterpret_cast<int8_t*>(by_assembly));
  twin(strip, channels, reinterpret_cast<int8_t*>(by_twin));
  Compare(name);
}

void First() {
  for (int round = 0; round < kRounds; ++round) {
    M55FirstStrip one = {};
    const uint32_t pitch = 2u * static_cast<uint32_t>(Random(3, 60));
    one.row_step = 2 * pitch;
    MakeGather(one.gather, pitch);
    FirstLayer<M55FirstChannels>("First", &one, EmojicamM55First, EmojicamM55FirstPortable);
    M55First3Strip three = {};
    three.row_pitch = static_cast<uint32_t>(Random(9, 300));
    three.row_step = 2 * three.row_pitch;
    FirstLayer<M55First3Channels>("First3", &three, EmojicamM55First3, EmojicamM55First3Portable);
  }
}

void Pairs() {
  // The last is the patches' pitch; 0 is any.
  constexpr Twins<M55PairKernel, uint32_t> kAll[] = {
      TWINS(M55, Pair, 0),      TWINS(M55, Pair8, 8),      TWINS(M55, Pair16, 16),
      TWINS(M55, PairFloor, 0), TWINS(M55, Pair8Floor, 8), TWINS(M55, Pair16Floor, 16),
  };
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& one : kAll) {
      M55Strip strip = {};
      strip.patches = reinterpret_cast<const int8_t*>(input) + Random(0, 3);
      strip.steps = one.limit != 0 ? 1 : static_cast<uint32_t>(Random(1, 40));
      strip.pitch = one.limit != 0 ? one.limit : static_cast<uint32_t>(Random(1, 700));
      strip.tiles = static_cast<uint32_t>(Random(1, 20));
      const auto channels = static_cast<uint32_t>(Random(2, 300));
      strip.out_step = 4 * channels;
      for (uint32_t i = 0; i < 8; ++i) strip.scatter[i] = static_cast<uint16_t>(i / 2 * channels + i % 2);
      strip.lanes = (Random() % 2 != 0 ? 0xFFFF : 0x3333) & ((1u << (4 * Random(1, 4))) - 1);
      FillBytes(input, 80000);
      auto* pair = reinterpret_cast<M55Pair*>(constants);
      FillBytes(reinterpret_cast<uint8_t*>(pair + 1), 32 * strip.steps);
      FillScaling(pair);
      for (int c = 0; c < 2; ++c) pair->minus[c] = pair->shift[c] != 0 ? 1 : 0;
      pair->zero_point = Random(-128, 127);
      Begin();
      one.kernel(&strip, pair, reinterpret_cast<int8_t*>(by_assembly) + 1);
      one.twin(&strip, pair, reinterpret_cast<int8_t*>(by_twin) + 1);
      Compare(one.name);
    }
  }
}

void Any() {
  constexpr M55AnyKernel* kKernels[] = {EmojicamM55Any1, EmojicamM55Any2, EmojicamM55Any3, EmojicamM55Any4};
  constexpr M55AnyKernel* kTwins[] = {EmojicamM55Any1Portable, EmojicamM55Any2Portable,
                                      EmojicamM55Any3Portable, EmojicamM55Any4Portable};
  constexpr const char* kNames[] = {"Any1", "Any2", "Any3", "Any4"};
  for (int round = 0; round < kRounds; ++round) {
    for (uint32_t vectors = 1; vectors <= kM55MostVectors; ++vectors) {
      M55AnyRows strip = {};
      strip.columns = reinterpret_cast<const int8_t*>(input) + Random(0, 3);
      strip.step = static_cast<uint32_t>(Random(1, 30));
      strip.blocks = static_cast<uint32_t>(Random(1, 9));
      strip.rows = static_cast<uint32_t>(Random(1, 5));
      strip.row_step = static_cast<uint32_t>(Random(1, 2000));
      const auto channels = static_cast<uint32_t>(Random(1, 200));
      strip.out_step = 8 * channels;
      strip.out_row_step = strip.blocks * strip.out_step;
      const auto in_last = static_cast<uint32_t>(Random(1, 8));
      for (uint32_t i = 0; i < 8; ++i) {
        const uint32_t x = i / 2 + i % 2 * 4;
        strip.scatter[i] = static_cast<uint16_t>(x * channels);
        if (x < in_last) strip.lanes |= 3u << (2 * i);
      }
      FillBytes(input, 20000);
      auto* channel = reinterpret_cast<M55AnyChannel*>(constants);
      FillBytes(reinterpret_cast<uint8_t*>(channel + 1), 16 * vectors);
      channel->bias = Random(-0x20000000, 0x1FFFFFFF) >> Random(0, 20);
      channel->multiplier = Random(1 << 30, 0x7FFFFFFF);
      channel->shift = -Random(0, 31);
      channel->minus = channel->shift != 0 ? 1 : 0;
      channel->zero_point = Random(-128, 127);
      Begin();
      kKernels[vectors - 1](&strip, channel, reinterpret_cast<int8_t*>(by_assembly) + 1);
      kTwins[vectors - 1](&strip, channel, reinterpret_cast<int8_t*>(by_twin) + 1);
      Compare(kNames[vectors - 1]);
    }
  }
}

}  // namespace

void Run() {
  Any();
  Pairs();
  Pointwise();
  Depthwise();
  First();
}

}  // namespace emojicam::kernels::check
