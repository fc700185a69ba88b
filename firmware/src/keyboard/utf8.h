// UTF-8 decoding that names what is wrong.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "generated/keyboard_tables.h"

namespace emojicam {

struct CodePoint {
  TextError error;  // kNone, kInvalidUtf8, kSurrogate or kControl
  uint32_t value;   // where error is kNone
  uint8_t size;     // bytes that it took
};

// Decodes the first code point of `text`, which is not empty.
//
// Well-formed is what the Unicode Standard, table 3-7, says: no overlong forms, nothing above U+10FFFF. An
// encoded surrogate is told apart from other ill-formed bytes. C0, DEL and C1 are controls.
CodePoint DecodeUtf8(Span<const uint8_t> text);

}  // namespace emojicam
