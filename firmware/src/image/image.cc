#include "image/image.h"

namespace emojicam {
namespace {

// What lies under one output pixel in one direction: `count` input pixels from `first` on, the ends by their
// part, those between in full. In units of 1 / out of an input pixel, so that all weights are whole numbers
// that add up to `in`: input pixel i covers [i * out, (i + 1) * out), output pixel o [o * in, (o + 1) * in).
struct Overlap {
  uint16_t first;
  uint16_t count;
  uint16_t first_weight;
  uint16_t last_weight;  // where count is above 1
};

Overlap OverlapOf(uint32_t o, uint32_t in, uint32_t out) {
  const uint32_t begin = o * in;
  const uint32_t end = begin + in;
  const uint32_t first = begin / out;
  const uint32_t last = (end - 1) / out;
  const uint32_t first_end = (first + 1) * out;
  return {static_cast<uint16_t>(first), static_cast<uint16_t>(last - first + 1),
          static_cast<uint16_t>((first_end < end ? first_end : end) - begin),
          static_cast<uint16_t>(end - last * out)};
}

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
