#include "image/form.h"

namespace emojicam {
namespace {

constexpr std::size_t kLevels = 256;

// ToModelInput() has taken 128 off, which is the highest bit.
constexpr uint8_t PixelOf(int8_t value) { return static_cast<uint8_t>(static_cast<uint8_t>(value) ^ 0x80u); }

}  // namespace

void ApplyForm(const PixelForm& form, uint8_t channels, Span<int8_t> picture) {
  if (form.bgr && channels == 3) {
    for (std::size_t i = 0; i + 2 < picture.size(); i += 3) {
      const int8_t red = picture[i];
      picture[i] = picture[i + 2];
      picture[i + 2] = red;
    }
  }
  if (form.table == nullptr) return;
  if (form.tables == 1) {
    for (int8_t& value : picture) value = form.table[PixelOf(value)];
    return;
  }
  for (std::size_t i = 0; i + 2 < picture.size(); i += 3) {
    for (std::size_t c = 0; c < 3; ++c) picture[i + c] = form.table[c * kLevels + PixelOf(picture[i + c])];
  }
}

}  // namespace emojicam
