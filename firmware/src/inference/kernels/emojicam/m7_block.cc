// Runs the exporter's blocks with the Cortex-M7 kernels (anywhere else with their portable twins).
#include <cstring>

#include "inference/kernels/emojicam/block_format.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/m7_depthwise.h"
#include "inference/kernels/emojicam/m7_kernels.h"
#include "inference/kernels/emojicam/m7_rows.h"
#include "inference/kernels/emojicam/part_profile.h"
#include "inference/kernels/emojicam/separable.h"
#include "inference/kernels/emojicam/simple_blocks.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

// What separable.h asks of a core.
struct CoreM7 {
  static void RunLayer(const SeparableBlock& block, uint32_t number, uint8_t* pool, const uint8_t* input,
                       uint8_t* output, uint32_t y, uint32_t count);
  static void BeginWindow(const SeparableBlock& block, uint8_t* base);
  static void MoveRows(const Activation& rows, uint8_t* base, uint32_t from, uint32_t count);
  static void PadRows(const Activation& rows, uint8_t* base, uint32_t row, uint32_t count);
  static void PadAround(const SeparableLayer& layer, uint8_t* output);
};

bool IsBytes(const Activation& image) {
  return image.layout == Layout::kLines || image.layout == Layout::kPacked;
}

// Between the rows of a channel.
bool HasGaps(const Activation& image) {
  return image.layout != Layout::kFlat && image.layout != Layout::kPacked;
}

void CoreM7::RunLayer(const SeparableBlock& block, uint32_t number, uint8_t* pool, const uint8_t* input,
                      uint8_t* output, uint32_t y, uint32_t count) {
  const SeparableLayer& layer = block.layers[number];
  const uint32_t depth = layer.input.channels;
  const bool packed = layer.output.layout == Layout::kPacked;
  const bool flat = packed || layer.output.layout == Layout::kFlat;
  uint8_t* interleaved = pool + layer.tiles_offset;
  RunDepthwise(block, layer, input, pool + layer.scratch_offset, interleaved, y, count);
  PartDone(2 * number);

  M7PointwiseStrip strip = {reinterpret_cast<const uint32_t*>(interleaved),
                            depth,
                            layer.tiles,
                            count,
                            layer.output.channel_pitch,
                            layer.output.row_pitch};
  if (flat) {
    strip.tiles = (layer.output.height * layer.output.width + 1) / 2;
    strip.lines = 1;
  }
  const bool bytes = packed || layer.output.layout == Layout::kLines;
  const auto* pair = Constants<uint8_t>(block.header, layer.pairs_offset);
  uint8_t* out = output + y * layer.output.row_pitch;
  for (uint32_t n = 0; n < layer.output.channels; n += 2) {
    const auto* constants = reinterpret_cast<const M7PointwisePair*>(pair);
    const bool folds = constants->shift[0] == 0;
    if (bytes) {
      (folds ? EMOJICAM_M7_POINTWISE(BytesFold) : EMOJICAM_M7_POINTWISE(BytesAny))(&strip, constants, out);
    } else {
      (folds ? EMOJICAM_M7_POINTWISE(HalvesFold) : EMOJICAM_M7_POINTWISE(HalvesAny))(&strip, constants, out);
    }
    pair += sizeof(M7PointwisePair) + depth * 4;
    out += 2 * layer.output.channel_pitch;
  }
  PartDone(2 * number + 1);
}

// Zeroes the padding around each plane of an activation: a row above and one below, and a word before every
// row.
void FillPadding(const Activation& planes, uint8_t* first_pixel) {
  for (uint32_t c = 0; c < planes.channels; ++c) {
    uint8_t* row = first_pixel + c * planes.channel_pitch - planes.row_pitch - kPadding;
    for (uint32_t i = 0; i < planes.row_pitch; i += 4) ZeroPadding(row + i);
    for (uint32_t y = 0; y < planes.height; ++y) {
      row += planes.row_pitch;
      ZeroPadding(row);
    }
    row += planes.row_pitch;
    for (uint32_t i = 0; i <= planes.row_pitch; i += 4) ZeroPadding(row + i);
  }
}

// The padding before each row, and behind it where the pitch is wider, stays zero from here on: rows are only
// moved and overwritten pixel by pixel.
void CoreM7::BeginWindow(const SeparableBlock& block, uint8_t* base) {
  const Activation& rows = block.layers[1].input;
  const uint32_t length = rows.width * sizeof(uint16_t);
  for (uint32_t c = 0; c < rows.channels; ++c) {
    for (uint32_t row = 0; row <= block.window_rows; ++row) {
      uint8_t* pixels = base + c * rows.channel_pitch + row * rows.row_pitch;
      ZeroPadding(pixels - kPadding);
      if (row < block.window_rows) ZeroPadding(pixels + length);
    }
  }
}

void CoreM7::MoveRows(const Activation& rows, uint8_t* base, uint32_t from, uint32_t count) {
  for (uint32_t c = 0; c < rows.channels; ++c) {
    uint8_t* plane = base + c * rows.channel_pitch;
    std::memmove(plane, plane + from * rows.row_pitch, count * rows.row_pitch - kPadding);
  }
}

void CoreM7::PadRows(const Activation& rows, uint8_t* base, uint32_t row, uint32_t count) {
  for (uint32_t c = 0; c < rows.channels; ++c) {
    std::memset(base + c * rows.channel_pitch + row * rows.row_pitch, 0, count * rows.row_pitch - kPadding);
  }
}

void CoreM7::PadAround(const SeparableLayer& layer, uint8_t* output) {
  if (layer.fill_padding != 0) FillPadding(layer.output, output);
}

// Rows of the image that a strip of the first layer reads, as rows of planes: with three channels one of each
// channel for each row of the image.
void UnpackImage(const FirstBlock& block, const uint8_t* input, uint32_t first, uint32_t needed,
                 uint8_t* scratch) {
  const Activation& image = block.input;
  const uint32_t left = image.height - first;
  const uint32_t there = left < needed ? left : needed;
  const uint8_t* source = input + first * image.row_pitch;
  if (image.channels == 1) {
    const M7Unpack unpack = {image.row_pitch, kM7Pitch128, there, image.width, block.padding};
    EMOJICAM_M7_KERNEL(UnpackSigned)(&unpack, source, scratch);
  } else {
    for (uint32_t y = 0; y < there; ++y, source += image.row_pitch) {
      auto* row = reinterpret_cast<uint16_t*>(scratch + 3 * y * kM7Pitch128 + kPadding);
      constexpr uint32_t kNext = kM7Pitch128 / 2;
      const uint8_t* pixel = source;
      for (uint32_t x = 0; x < image.width; ++x, pixel += 3, ++row) {
        row[0] = pixel[0] ^ 0x80;
        row[kNext] = pixel[1] ^ 0x80;
        row[2 * kNext] = pixel[2] ^ 0x80;
      }
      const auto padding = static_cast<uint16_t>(block.padding);
      row[0] = row[kNext] = row[2 * kNext] = padding;
    }
  }
  for (uint32_t row = there * image.channels; row < needed * image.channels; ++row) {
    auto* words = reinterpret_cast<uint32_t*>(scratch + row * kM7Pitch128);
    for (uint32_t i = 0; i <= kM7Pitch128 / 4; ++i) words[i] = block.padding;
  }
}

void RunFirst(const FirstBlock& block, uint8_t* pool, const uint8_t* input, uint8_t* output) {
  uint8_t* scratch = pool + block.scratch_offset;
  for (uint32_t y = 0; y < block.output.height; y += block.strip_rows) {
    const uint32_t left = block.output.height - y;
    const uint32_t count = left < block.strip_rows ? left : block.strip_rows;
    UnpackImage(block, input, 2 * y, 2 * count + 1, scratch);
    const M7WindowStrip strip = {scratch + kPadding, count, block.blocks, 0, block.output.row_pitch};
    uint8_t* out = output + y * block.output.row_pitch;
    if (block.input.channels == 1) {
      const auto* channel = Constants<M7WindowChannel>(block.header, block.channels_offset);
      for (uint32_t c = 0; c < block.output.channels; ++c, ++channel, out += block.output.channel_pitch) {
        (channel->shift == 0 ? EMOJICAM_M7_KERNEL(FirstFold128) : EMOJICAM_M7_KERNEL(FirstAny128))(
            &strip, channel, out);
      }
    } else {
      const auto* channel = Constants<M7First3Channel>(block.header, block.channels_offset);
      for (uint32_t c = 0; c < block.output.channels; ++c, ++channel, out += block.output.channel_pitch) {
        (channel->shift == 0 ? EMOJICAM_M7_KERNEL(First3Fold128) : EMOJICAM_M7_KERNEL(First3Any128))(
            &strip, channel, out);
      }
    }
  }
}

// One row of an activation's channel, as int8, from bytes or halfwords.
template <typename Pixel>
struct RowM7 {
  const Pixel* pixels;
  RowM7(const Activation& image, const uint8_t* base, uint32_t c, uint32_t y)
      : pixels(reinterpret_cast<const Pixel*>(base + c * image.channel_pitch + y * image.row_pitch)) {}
  int32_t operator[](uint32_t x) const { return pixels[x] - 128; }
};

inline uint32_t AddElements(uint32_t sum, uint32_t word, uint8_t) {  // four bytes
#if defined(__ARM_FEATURE_DSP)
  asm("usada8 %0, %1, %2, %0" : "+r"(sum) : "r"(word), "r"(0));
  return sum;
#else
  return sum + (word & 0xFF) + (word >> 8 & 0xFF) + (word >> 16 & 0xFF) + (word >> 24);
#endif
}
inline uint32_t AddElements(uint32_t sum, uint32_t word, uint16_t) {  // two halfwords of 0 to 255
#if defined(__ARM_FEATURE_DSP)
  asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(word), "r"(0x00010001));
  return sum;
#else
  return sum + (word & 0xFFFF) + (word >> 16);
#endif
}

// A channel's sum, word by word: rows begin at words.
template <typename Pixel>
class SumsM7 {
 public:
  explicit SumsM7(const Activation& image)
      // Without gaps between them all rows are one.
      : rows_(HasGaps(image) ? image.height : 1),
        pitch_(image.row_pitch),
        count_(static_cast<int32_t>(image.height * image.width)) {
    const uint32_t width = HasGaps(image) ? image.width : image.height * image.width;
    words_ = width / kOfWord;
    mask_ = (1u << (width % kOfWord * 8 * sizeof(Pixel))) - 1;
  }

  int32_t operator()(const uint8_t* channel) const {
    uint32_t sum = 0;
    for (uint32_t y = 0; y < rows_; ++y, channel += pitch_) {
      const auto* word = reinterpret_cast<const uint32_t*>(channel);
      for (uint32_t i = 0; i < words_; ++i) sum = AddElements(sum, *word++, Pixel{});
      if (mask_ != 0) sum = AddElements(sum, *word & mask_, Pixel{});
    }
    return static_cast<int32_t>(sum) - 128 * count_;
  }

 private:
  static constexpr uint32_t kOfWord = 4 / sizeof(Pixel);
  uint32_t rows_;
  uint32_t pitch_;
  int32_t count_;
  uint32_t words_;  // of a row that are whole
  uint32_t mask_;   // of the one behind them
};

// A row of pixels, all channels, four at a time.
template <typename Pixel>
void ImportRow(const Activation& image, const uint8_t* pixels, uint8_t* row) {
  const uint32_t channels = image.channels;
  const uint32_t width = image.width;
  const uint32_t pitch = image.channel_pitch / sizeof(Pixel);
  auto* target = reinterpret_cast<Pixel*>(row);
  uint32_t c = 0;
  for (; c + 4 <= channels; c += 4, target += 4 * pitch) {
    Pixel* const rows[] = {target, target + pitch, target + 2 * pitch, target + 3 * pitch};
    const uint8_t* source = pixels + c;
    for (uint32_t x = 0; x < width; ++x, source += channels) {
      const uint32_t word = Word(source) ^ 0x80808080;
      rows[0][x] = word & 0xFF;
      rows[1][x] = word >> 8 & 0xFF;
      rows[2][x] = word >> 16 & 0xFF;
      rows[3][x] = static_cast<Pixel>(word >> 24);
    }
  }
  for (; c < channels; ++c, target += pitch) {
    const uint8_t* source = pixels + c;
    for (uint32_t x = 0; x < width; ++x, source += channels) target[x] = *source ^ 0x80;
  }
}

void Import(const SimpleBlock& block, const uint8_t* input, uint8_t* output) {
  const Activation& image = block.output;
  for (uint32_t y = 0; y < image.height; ++y, input += image.width * image.channels) {
    uint8_t* row = output + y * image.row_pitch;
    if (IsBytes(image)) {
      ImportRow<uint8_t>(image, input, row);
    } else {
      ImportRow<uint16_t>(image, input, row);
    }
  }
  if (image.layout == Layout::kPlanes) FillPadding(image, output);
}

}  // namespace

void RunBlockM7(const BlockHeader& block, uint8_t* pool, const uint8_t* input, uint8_t* output) {
  switch (block.kind) {
    case BlockKind::kFirst:
      return RunFirst(reinterpret_cast<const FirstBlock&>(block), pool, input, output);
    case BlockKind::kSeparable:
      return RunSeparable<CoreM7>(reinterpret_cast<const SeparableBlock&>(block), pool, input, output);
    case BlockKind::kImport:
      return Import(reinterpret_cast<const SimpleBlock&>(block), input, output);
    case BlockKind::kAverage: {
      const auto& simple = reinterpret_cast<const SimpleBlock&>(block);
      return IsBytes(simple.input) ? Average<SumsM7<uint8_t>>(simple, input, output)
                                   : Average<SumsM7<uint16_t>>(simple, input, output);
    }
    case BlockKind::kExport: {
      const auto& simple = reinterpret_cast<const SimpleBlock&>(block);
      return IsBytes(simple.input) ? Export<RowM7<uint8_t>>(simple, input, output)
                                   : Export<RowM7<uint16_t>>(simple, input, output);
    }
  }
}

}  // namespace emojicam::kernels
