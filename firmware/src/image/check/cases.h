// Pictures of every width, remainder and place in memory, against the rule of image.h written down as plainly
// as can be: for the host's unit test, and for the cores whose kernels are others.
#pragma once

#include <algorithm>
#include <cstring>

#include "image/image.h"

namespace emojicam::image_check {

// The largest frame that the cases have, in bytes, and the largest output.
inline constexpr std::size_t kFrameBytes = 320 * 240 * 2;
inline constexpr std::size_t kOutBytes = 160 * 160;

struct Case {
  uint16_t width, height;
  PixelFormat format;
  Rectangle crop;
  uint16_t out_width, out_height;
  uint8_t misaligned;  // bytes past a multiple of 16 at which the frame begins
};

// How much of input pixel i lies under output pixel o.
inline uint32_t Part(uint32_t i, uint32_t o, uint32_t in, uint32_t out) {
  return std::min((i + 1) * out, (o + 1) * in) - std::max(i * out, o * in);
}

inline int8_t Expected(const Frame& frame, const Case& c, uint32_t row, uint32_t column) {
  const std::size_t step = BytesPerPixel(c.format);
  uint32_t sum = 0;
  for (uint32_t y = row * c.crop.height / c.out_height; y * c.out_height < (row + 1) * c.crop.height; ++y) {
    for (uint32_t x = column * c.crop.width / c.out_width; x * c.out_width < (column + 1) * c.crop.width;
         ++x) {
      const std::size_t at = ((c.crop.top + y) * std::size_t{c.width} + c.crop.left + x) * step;
      sum += Part(y, row, c.crop.height, c.out_height) * Part(x, column, c.crop.width, c.out_width) *
             Luma(frame.pixels.data() + at, c.format);
    }
  }
  const uint32_t area = uint32_t{c.crop.width} * c.crop.height;
  return static_cast<int8_t>(static_cast<int>((sum + area / 2) / area) - 128);
}

class Checker {
 public:
  // frame: kFrameBytes + 16, 16-byte aligned; out: kOutBytes + 16. Both the caller's.
  Checker(uint8_t* frame, int8_t* out) : frame_(frame), out_(out) {}

  // Runs them all. told(Case) for each that comes out otherwise. Returns how many there were.
  template <typename Told>
  uint32_t Run(Told told) {
    uint32_t count = 0;
    const auto one = [&](const Case& c) {
      ++count;
      if (!Same(c)) told(c);
    };
    // Every width and remainder, from every place; larger, smaller and equal outputs.
    for (uint16_t width = 1; width <= 70; ++width) {
      const auto left = static_cast<uint16_t>(width % 5);
      const auto frame_width = static_cast<uint16_t>(left + width + width % 3);
      const auto out = static_cast<uint16_t>(1 + width * 7 % 40);
      const auto at = static_cast<uint8_t>(width % 16);
      one({frame_width, 9, PixelFormat::kGrey8, {left, 1, width, 8}, out, 5, at});
      one({frame_width, 5, PixelFormat::kGrey8, {left, 0, width, 5}, width, 5, at});
    }
    for (uint16_t out = 1; out <= 50; ++out) {
      one({52, 12, PixelFormat::kGrey8, {1, 0, 50, 12}, out, static_cast<uint16_t>(1 + out % 16), 0});
    }
    for (uint8_t at = 0; at < 16; ++at) {
      for (uint16_t left = 0; left < 4; ++left) {
        one({44, 10, PixelFormat::kGrey8, {left, 0, 40, 10}, 16, 4, at});
      }
    }
    for (uint16_t width = 1; width <= 40; ++width) {
      const auto left = static_cast<uint16_t>(width % 3);
      const auto at = static_cast<uint8_t>(width % 5);
      one({static_cast<uint16_t>(left + width), 4, PixelFormat::kRgb888, {left, 0, width, 4}, width, 4, at});
      one({static_cast<uint16_t>(left + width), 4, PixelFormat::kYuv422, {left, 0, width, 4}, 9, 3, at});
    }
    // The camera's frame as it is cropped: 5 to 2, and sides that have nothing in common with 96.
    for (const int square : {240, 239, 233, 216, 200, 193, 192, 131, 96, 61}) {
      const auto side = static_cast<uint16_t>(square);
      const Rectangle crop = {static_cast<uint16_t>((320 - side) / 2),
                              static_cast<uint16_t>((240 - side) / 2), side, side};
      one({320, 240, PixelFormat::kGrey8, crop, 96, 96, 0});
    }
    one({160, 120, PixelFormat::kGrey8, {20, 0, 120, 120}, 96, 96, 0});
    one({160, 120, PixelFormat::kRgb888, {20, 0, 120, 120}, 96, 96, 0});
    one({320, 240, PixelFormat::kYuv422, {40, 0, 240, 240}, 96, 96, 2});
    // Beyond what goes by lines: too wide, too many input pixels to one, row weights that are too large.
    one({700, 12, PixelFormat::kGrey8, {0, 0, 700, 12}, 96, 5, 0});
    one({640, 12, PixelFormat::kGrey8, {0, 0, 640, 12}, 160, 5, 0});
    one({300, 20, PixelFormat::kGrey8, {0, 0, 300, 20}, 7, 3, 0});
    one({20, 300, PixelFormat::kGrey8, {0, 0, 20, 300}, 10, 7, 0});
    one({20, 263, PixelFormat::kGrey8, {0, 0, 20, 263}, 10, 2, 0});
    return count;
  }

 private:
  bool Same(const Case& c) {
    const std::size_t size = std::size_t{c.width} * c.height * BytesPerPixel(c.format);
    uint8_t* const pixels = frame_ + c.misaligned;
    // Noise, all white, and stripes, which reach the ends of every sum.
    for (int kind = 0; kind < 3; ++kind) {
      for (std::size_t i = 0; i < size; ++i) {
        random_ = random_ * 1664525u + 1013904223u;
        const uint32_t noise = random_ >> 24;
        pixels[i] = static_cast<uint8_t>(kind == 0 ? noise : kind == 1 ? 255 : noise > 127 ? 255 : 0);
      }
      const Frame frame = {{pixels, size}, c.width, c.height, c.format};
      const std::size_t out_size = std::size_t{c.out_width} * c.out_height;
      std::memset(out_, 0x5A, out_size + 16);
      if (!ToModelInput(frame, c.crop, c.out_width, c.out_height, 1, {out_, out_size})) return false;
      for (uint32_t row = 0; row < c.out_height; ++row) {
        for (uint32_t column = 0; column < c.out_width; ++column) {
          if (out_[row * c.out_width + column] != Expected(frame, c, row, column)) return false;
        }
      }
      for (std::size_t i = out_size; i < out_size + 16; ++i) {
        if (out_[i] != 0x5A) return false;  // written past the end
      }
    }
    return true;
  }

  uint8_t* frame_;
  int8_t* out_;
  uint32_t random_ = 1;
};

}  // namespace emojicam::image_check
