#include "image/by_lines.h"

#include <cstring>
#include <numeric>

#include "image/line_kernels.h"
#include "image/overlap.h"

namespace emojicam {
namespace {

// A row's weights add up to so much at most, for sums of 16 bits.
constexpr uint32_t kMaxRowWeights = 65535 / 255;

struct Block {
  uint32_t words[4];
};

void CopyGrey(const uint8_t* from, std::size_t width, uint8_t* line) {
  // Four words at a time (LDM), where both sides are on words.
  if (reinterpret_cast<uintptr_t>(from) % alignof(Block) == 0) {
    for (; width >= sizeof(Block); width -= sizeof(Block), from += sizeof(Block), line += sizeof(Block)) {
      Block block;
      std::memcpy(&block, __builtin_assume_aligned(from, alignof(Block)), sizeof(block));
      std::memcpy(__builtin_assume_aligned(line, alignof(Block)), &block, sizeof(block));
    }
  }
  if (width != 0) std::memcpy(line, from, width);
}

void CopyLuma(const uint8_t* from, PixelFormat format, std::size_t width, uint8_t* line) {
  if (format == PixelFormat::kGrey8) return CopyGrey(from, width, line);
  const std::size_t step = BytesPerPixel(format);
  const std::size_t done = format == PixelFormat::kRgb888 ? LumaOfRgb(from, width, line) : 0;
  for (std::size_t x = done; x < width; ++x) line[x] = Luma(from + x * step, format);
}

// in / out of one direction in lowest terms, which changes no average.
struct Ratio {
  uint32_t in;
  uint32_t out;
};

Ratio LowestTerms(uint32_t in, uint32_t out) {
  const uint32_t common = std::gcd(in, out);
  return {in / common, out / common};
}

// How many windows each output needs, and the window in which its columns begin. 0 if they are too many.
std::size_t PlaceWindows(const Ratio& ratio, uint32_t out_width, ColumnTaps* taps) {
  std::size_t windows = 1;
  for (uint32_t o = 0; o < out_width; ++o) {
    const Overlap columns = OverlapOf(o, ratio.in, ratio.out);
    taps->place[o] = static_cast<uint16_t>(columns.first / 2 * 2);
    if (columns.first % 2 + columns.count > 4) windows = 2;
    if (columns.first % 2 + columns.count > 8) return 0;
  }
  const uint32_t whole_groups = (out_width + 3) / 4 * 4;
  return whole_groups <= ColumnTaps::kMaxOutputs && whole_groups * windows <= ColumnTaps::kMaxWindows
             ? windows
             : 0;
}

// Twice the weights, so that the half that rounds is a whole number too.
void PlaceWeights(const Ratio& ratio, uint32_t out_width, std::size_t windows, ColumnTaps* taps) {
  for (uint32_t o = 0; o < out_width; ++o) {
    const Overlap columns = OverlapOf(o, ratio.in, ratio.out);
    for (uint32_t i = 0; i < columns.count; ++i) {
      const uint32_t column = columns.first % 2 + i;
      const uint32_t place = column % 4 / 2 + column % 2 * 2;
      taps->weights[ColumnTaps::Place(o, column / 4, windows, place)] =
          static_cast<uint16_t>(2 * columns.weight(i, ratio.out));
    }
  }
}

}  // namespace

bool AverageByLines(const Frame& frame, const Rectangle& crop, uint16_t out_width, uint16_t out_height,
                    Span<int8_t> out) {
  const Ratio across = LowestTerms(crop.width, out_width);
  const Ratio down = LowestTerms(crop.height, out_height);
  if (crop.width > kMaxLine || out_width > ColumnTaps::kMaxOutputs || down.in > kMaxRowWeights) return false;
  ColumnTaps taps = {};
  const std::size_t windows = PlaceWindows(across, out_width, &taps);
  if (windows == 0) return false;
  PlaceWeights(across, out_width, windows, &taps);

  // Sums must be below 2^15 for a lane that is signed.
  const bool wide = down.in * 255 >= 1u << 15;
  const uint32_t divisor = 2 * across.in * down.in;
  LineSums sums = {};
  // Half of the divisor rounds; 128 of it come out as the 128 that the model's input is less.
  const Columns columns = {&sums,
                           taps.place,
                           taps.weights,
                           divisor / 2 + 128 * divisor + (wide ? kWideIsBelow * 2 * across.in : 0),
                           Reciprocal::Of(divisor),
                           out_width};
  alignas(16) uint8_t line[kMaxLine] = {};
  const std::size_t step = BytesPerPixel(frame.format);
  const std::size_t row_bytes = frame.width * step;
  const uint8_t* const corner = frame.pixels.data() + crop.top * row_bytes + crop.left * step;
  uint32_t next = 0;  // the first row that is not in `line` yet
  for (uint32_t o = 0; o < out_height; ++o) {
    const Overlap rows = OverlapOf(o, down.in, down.out);
    for (uint32_t i = 0; i < rows.count; ++i) {
      const uint32_t row = rows.first + i;
      if (row >= next) CopyLuma(corner + row * row_bytes, frame.format, crop.width, line);
      next = row + 1;
      const uint32_t weight = rows.weight(i, down.out);
      if (i == 0) {
        SetLine(line, crop.width, weight, &sums);
      } else {
        AddLine(line, crop.width, weight, &sums);
      }
    }
    AverageColumns(columns, windows, wide, out.data() + std::size_t{o} * out_width);
  }
  return true;
}

}  // namespace emojicam
