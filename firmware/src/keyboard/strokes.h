// How each host is told one code point: the C++ twin of python/emojicam/keyboard/methods.py, which says where
// each method works.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "generated/keyboard_tables.h"

namespace emojicam {

// The most that one code point needs: WinCompose has right Alt down and up, U, eight digits and Enter.
inline constexpr std::size_t kMaxStrokes = 12;

// The strokes of one code point.
class Strokes {
 public:
  void Add(Stroke stroke) {
    if (size_ < kMaxStrokes) strokes_[size_++] = stroke;
  }
  std::size_t size() const { return size_; }
  Stroke operator[](std::size_t index) const { return strokes_[index]; }

 private:
  Stroke strokes_[kMaxStrokes] = {};
  std::size_t size_ = 0;
};

// What types `code_point` (not a control, not a surrogate): its own key where the layout has one for it on
// every system, else the host's way to enter it by number. Empty for Host::kFunctionKeys, which has no
// numbers.
Strokes StrokesFor(uint32_t code_point, Host host, Layout layout);

}  // namespace emojicam
