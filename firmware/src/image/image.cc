#include "image/image.h"

namespace emojicam {
namespace {

// One direction of the area average. Input pixel i covers [i * out, (i + 1) * out), output pixel o covers
// [o * in, (o + 1) * in): whole numbers, whose overlaps are the weights. The weights of an output pixel add
// up to `in`.
struct Axis {
  uint32_t in;
  uint32_t out;

  uint32_t First(uint32_t o) const { return o * in / out; }
  uint32_t Weight(uint32_t o, uint32_t i) const {
    const uint32_t begin = o * in > i * out ? o * in : i * out;
    const uint32_t end = (o + 1) * in < (i + 1) * out ? (o + 1) * in : (i + 1) * out;
    return end > begin ? end - begin : 0;
  }
};

uint8_t Channel(const uint8_t* pixel, PixelFormat format, uint8_t channels, uint8_t channel) {
  if (channels == 3 && format == PixelFormat::kRgb888) return pixel[channel];
  return Luma(pixel, format);
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
  if (!IsInside(frame, crop) || out_width == 0 || out_height == 0 || (channels != 1 && channels != 3) ||
      out.size() < std::size_t{out_width} * out_height * channels) {
    return false;
  }
  const std::size_t pixel_bytes = BytesPerPixel(frame.format);
  const Axis horizontal{crop.width, out_width};
  const Axis vertical{crop.height, out_height};
  // 255 times this is below 2^32: kMaxFrameSide.
  const uint32_t area = uint32_t{crop.width} * crop.height;
  int8_t* to = out.data();
  for (uint32_t row = 0; row < out_height; ++row) {
    for (uint32_t column = 0; column < out_width; ++column) {
      for (uint8_t channel = 0; channel < channels; ++channel) {
        uint32_t sum = area / 2;
        for (uint32_t y = vertical.First(row); y < crop.height; ++y) {
          const uint32_t row_weight = vertical.Weight(row, y);
          if (row_weight == 0) break;
          uint32_t row_sum = 0;
          for (uint32_t x = horizontal.First(column); x < crop.width; ++x) {
            const uint32_t weight = horizontal.Weight(column, x);
            if (weight == 0) break;
            const uint8_t* pixel =
                frame.pixels.data() + ((crop.top + y) * frame.width + crop.left + x) * pixel_bytes;
            row_sum += weight * Channel(pixel, frame.format, channels, channel);
          }
          sum += row_weight * row_sum;
        }
        *to++ = static_cast<int8_t>(static_cast<int>(sum / area) - 128);
      }
    }
  }
  return true;
}

}  // namespace emojicam
