// One channel's rows of an activation, made ready for the Cortex-M7's depthwise kernels.
#pragma once

#include <cstring>

#include "inference/kernels/emojicam/block_format.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/m7_kernels.h"

namespace emojicam::kernels {

inline constexpr uint32_t kPadding = 4;  // bytes before the pixels of a plane's row

// The word of padding before the pixels of a plane's row.
inline void ZeroPadding(uint8_t* row) { *reinterpret_cast<uint32_t*>(row) = 0; }

// The rows of one channel, from `first` on, as a plane that a depthwise kernel reads. Rows outside of the
// image are padding; so is what lies left and right.
class Rows {
 public:
  Rows(const SeparableLayer& layer, const uint8_t* input, int32_t first, uint32_t count, uint8_t* scratch)
      : layer_(layer), input_(input), first_(first), scratch_(scratch) {
    const auto height = static_cast<int32_t>(layer.input.height);
    const uint32_t top = first < 0 ? static_cast<uint32_t>(-first) : 0;
    const int32_t below = height - first;  // rows down to the image's end
    const uint32_t bottom = below < static_cast<int32_t>(count) ? static_cast<uint32_t>(below) : count;
    top_ = top;
    rows_ = bottom - top;
    switch (layer.input.layout) {
      case Layout::kPlanes:
        pitch_ = layer.input.row_pitch;
        break;
      case Layout::kPacked:
        pitch_ = kM7Pitch64;
        std::memset(scratch, 0, count * pitch_ + kPadding);
        break;
      case Layout::kFlat:
        pitch_ = kM7Pitch6;
        std::memset(scratch, 0, count * pitch_ + kPadding);
        break;
      default:
        pitch_ = kM7Pitch64;
        unpack_ = {layer.input.row_pitch, pitch_, bottom - top, layer.input.width, 0};
        // The unpacked rows bring their right padding, which is the next one's left padding.
        std::memset(scratch, 0, top * pitch_ + kPadding);
        for (uint32_t row = top; row < bottom; ++row) ZeroPadding(scratch + row * pitch_);
        std::memset(scratch + bottom * pitch_, 0, (count - bottom) * pitch_ + kPadding);
        break;
    }
    if (layer.stride == 2) left_ = kPadding;
  }

  uint32_t pitch() const { return pitch_; }

  const uint8_t* Channel(uint32_t channel) const {
    const Activation& input = layer_.input;
    const uint8_t* plane = input_ + channel * input.channel_pitch;
    if (input.layout == Layout::kPlanes) {
      return plane + first_ * static_cast<int32_t>(pitch_) - kPadding + left_;
    }
    if (input.layout == Layout::kFlat) {
      Expand(reinterpret_cast<const uint16_t*>(plane), layer_.input.height);
    } else if (input.layout == Layout::kPacked) {
      const uint32_t row = static_cast<uint32_t>(first_ + static_cast<int32_t>(top_));
      Expand(plane + row * input.width, rows_);
    } else {
      const uint32_t row = static_cast<uint32_t>(first_ + static_cast<int32_t>(top_));
      EMOJICAM_M7_KERNEL(Unpack)(&unpack_, plane + row * input.row_pitch, scratch_ + top_ * pitch_);
    }
    return scratch_ + left_;
  }

 private:
  // Pixels without padding between the rows to rows of a plane.
  template <typename Pixel>
  void Expand(const Pixel* source, uint32_t rows) const {
    for (uint32_t y = 0; y < rows; ++y) {
      auto* row = reinterpret_cast<uint16_t*>(scratch_ + (top_ + y) * pitch_ + kPadding);
      for (uint32_t x = 0; x < layer_.input.width; ++x) row[x] = *source++;
    }
  }

  const SeparableLayer& layer_;
  const uint8_t* input_;
  int32_t first_;
  uint8_t* scratch_;
  uint32_t pitch_ = 0;
  uint32_t top_ = 0;
  uint32_t rows_ = 0;  // that are not padding
  uint32_t left_ = 0;
  M7Unpack unpack_ = {};
};

}  // namespace emojicam::kernels
