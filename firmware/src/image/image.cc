#include "image/image.h"

#include "image/by_lines.h"
#include "image/overlap.h"

namespace emojicam {
namespace {

// The weighted sum of one row under one output pixel. Value: pixel pointer -> grey or colour value.
template <typename Value>
uint32_t SumRow(const uint8_t* pixel, std::size_t step, const Overlap& columns, uint32_t full, Value value) {
  uint32_t sum = columns.first_weight * value(pixel);
  if (columns.count > 1) {
    uint32_t between = 0;
    for (uint32_t i = 2; i < columns.count; ++i) between += value(pixel += step);
    sum += full * between + columns.last_weight * value(pixel + step);
  }
  return sum;
}

// One output channel of all pixels; `out` and `out_step` are its first value and the distance to the next.
template <typename Value>
void Average(const Frame& frame, const Rectangle& crop, uint32_t out_width, uint32_t out_height, int8_t* out,
             std::size_t out_step, Value value) {
  Overlap columns[kMaxModelSide];
  for (uint32_t column = 0; column < out_width; ++column) {
    columns[column] = OverlapOf(column, crop.width, out_width);
  }
  const std::size_t step = BytesPerPixel(frame.format);
  const std::size_t row_bytes = frame.width * step;
  const uint8_t* corner = frame.pixels.data() + crop.top * row_bytes + crop.left * step;
  // 255 times this is below 2^32: kMaxFrameSide.
  const uint32_t area = uint32_t{crop.width} * crop.height;
  for (uint32_t row = 0; row < out_height; ++row) {
    const Overlap rows = OverlapOf(row, crop.height, out_height);
    const uint8_t* top = corner + rows.first * row_bytes;
    for (uint32_t column = 0; column < out_width; ++column) {
      const Overlap& across = columns[column];
      const uint8_t* pixel = top + across.first * step;
      uint32_t sum = area / 2 + rows.first_weight * SumRow(pixel, step, across, out_width, value);
      for (uint32_t y = 1; y < rows.count; ++y) {
        pixel += row_bytes;
        const uint32_t weight = y + 1 < rows.count ? out_height : rows.last_weight;
        sum += weight * SumRow(pixel, step, across, out_width, value);
      }
      *out = static_cast<int8_t>(static_cast<int>(sum / area) - 128);
      out += out_step;
    }
  }
}

bool IsInside(const Frame& frame, const Rectangle& crop) {
  return frame.width <= kMaxFrameSide && frame.height <= kMaxFrameSide && crop.width > 0 && crop.height > 0 &&
         crop.left + crop.width <= frame.width && crop.top + crop.height <= frame.height &&
         frame.pixels.size() >= std::size_t{frame.width} * frame.height * BytesPerPixel(frame.format);
}

}  // namespace

Rectangle CentredSquare(uint16_t width, uint16_t height, uint16_t permille) {
  const uint16_t shorter = width < height ? width : height;
  uint32_t side = (uint32_t{shorter} * permille + 500) / 1000;
  if (side < 1) side = 1;
  if (side > shorter) side = shorter;
  const auto size = static_cast<uint16_t>(side);
  return {static_cast<uint16_t>((width - size) / 2), static_cast<uint16_t>((height - size) / 2), size, size};
}

uint8_t Luma(const uint8_t* pixel, PixelFormat format) {
  if (format != PixelFormat::kRgb888) return pixel[0];
  return static_cast<uint8_t>((77u * pixel[0] + 150u * pixel[1] + 29u * pixel[2] + 128u) / 256u);
}

bool ToModelInput(const Frame& frame, const Rectangle& crop, uint16_t out_width, uint16_t out_height,
                  uint8_t channels, Span<int8_t> out) {
  if (!IsInside(frame, crop) || out_width == 0 || out_height == 0 || out_width > kMaxModelSide ||
      out_height > kMaxModelSide || (channels != 1 && channels != 3) ||
      out.size() < std::size_t{out_width} * out_height * channels) {
    return false;
  }
  if (channels == 1 && AverageByLines(frame, crop, out_width, out_height, out)) return true;
  const bool colour = frame.format == PixelFormat::kRgb888;
  for (uint8_t channel = 0; channel < channels; ++channel) {
    int8_t* first = out.data() + channel;
    if (!colour) {
      Average(frame, crop, out_width, out_height, first, channels,
              [](const uint8_t* p) { return uint32_t{p[0]}; });
    } else if (channels == 1) {
      Average(frame, crop, out_width, out_height, first, 1,
              [](const uint8_t* p) { return uint32_t{Luma(p, PixelFormat::kRgb888)}; });
    } else {
      Average(frame, crop, out_width, out_height, first, channels,
              [channel](const uint8_t* p) { return uint32_t{p[channel]}; });
    }
  }
  return true;
}

}  // namespace emojicam
