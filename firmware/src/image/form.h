// What the model was trained to see of a pixel, where that is not pixel - 128: 0 to 1, -1 to 1, less a mean
// and in units of a deviation, in another order of colours.
//
// The table is made of the model's own scale and zero point (python/emojicam/model/pixels.py); its Python
// twin is python/emojicam/image/form.py.
#pragma once

#include <cstdint>

#include "base/span.h"

namespace emojicam {

struct PixelForm {
  // [tables][256]: the model's int8 for each pixel; null is pixel - 128. The caller's, outlives this.
  const int8_t* table = nullptr;
  // 1 for all channels, or 3, one for each of the model's.
  uint8_t tables = 1;
  // The model's first channel is blue.
  bool bgr = false;

  // Whether the image stage's output is the model's input as it is.
  constexpr bool plain() const { return table == nullptr && !bgr; }
};

// In place. picture: as ToModelInput() writes it, pixels of `channels` (1 or 3) values.
void ApplyForm(const PixelForm& form, uint8_t channels, Span<int8_t> picture);

}  // namespace emojicam
