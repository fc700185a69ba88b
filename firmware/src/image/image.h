// The image stage: a camera frame -> what the model looks at.
//
//   frame --luma--> grey --centred square--> crop --area average--> model size --pixel - 128--> int8
//
// All in integers, so that its Python twin (python/emojicam/image) gives the same bytes; the model is
// trained on what that twin makes of its pictures.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam {

// How a pixel is stored; the values are those of the link's PixelFormat.
enum class PixelFormat : uint8_t {
  kGrey8 = 0,   // one byte
  kRgb888 = 1,  // red, green, blue
  kYuv422 = 2,  // luma, then one of the two chromas, which is ignored
};

constexpr std::size_t BytesPerPixel(PixelFormat format) {
  return format == PixelFormat::kGrey8 ? 1 : format == PixelFormat::kRgb888 ? 3 : 2;
}

// A frame that somebody else owns: rows from the top, without gaps.
struct Frame {
  Span<const uint8_t> pixels;  // width x height x BytesPerPixel(format)
  uint16_t width = 0;
  uint16_t height = 0;
  PixelFormat format = PixelFormat::kGrey8;
};

// A part of a frame, in pixels.
struct Rectangle {
  uint16_t left = 0;
  uint16_t top = 0;
  uint16_t width = 0;
  uint16_t height = 0;
};

// Bounds that keep every sum below 2^32.
inline constexpr uint16_t kMaxFrameSide = 2048;

// The largest model input, in pixels a side.
inline constexpr uint16_t kMaxModelSide = 320;

// The centred square whose side is `permille` thousandths of the frame's shorter side, at least one pixel.
Rectangle CentredSquare(uint16_t width, uint16_t height, uint16_t permille);

// A pixel's luma: BT.601 in eighths of a bit for RGB, (77 R + 150 G + 29 B + 128) / 256.
uint8_t Luma(const uint8_t* pixel, PixelFormat format);

// Averages what lies under each output pixel, weighted by how much of each input pixel does, and rounds
// half up; an input of the output's size comes out unchanged.
//
// out: out_height rows of out_width pixels with `channels` (1 or 3) values each, every value - 128. Three
// channels of a frame that has one are three times that.
// False, and nothing written, if the frame or the crop is empty, larger than kMaxFrameSide, or not inside of
// its pixels, or if the output is larger than kMaxModelSide or than `out`.
bool ToModelInput(const Frame& frame, const Rectangle& crop, uint16_t out_width, uint16_t out_height,
                  uint8_t channels, Span<int8_t> out);

}  // namespace emojicam
