#include "keyboard/utf8.h"

namespace emojicam {
namespace {

constexpr CodePoint kInvalid{TextError::kInvalidUtf8, 0, 0};

// Bytes that a sequence with this first byte has; 0 where no sequence starts with it.
constexpr uint8_t SequenceSize(uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a continuation, or an overlong form of ASCII
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  if (first < 0xF5) return 4;
  return 0;
}

}  // namespace

CodePoint DecodeUtf8(Span<const uint8_t> text) {
  const uint8_t size = SequenceSize(text[0]);
  if (size == 0 || size > text.size()) return kInvalid;
  uint32_t value = text[0];
  if (size > 1) value &= 0x7Fu >> size;
  for (std::size_t i = 1; i < size; ++i) {
    if ((text[i] & 0xC0u) != 0x80u) return kInvalid;
    value = value << 6 | (text[i] & 0x3Fu);
  }
  if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000) || value > 0x10FFFF) return kInvalid;
  if (value >= 0xD800 && value <= 0xDFFF) return {TextError::kSurrogate, 0, size};
  if (value < 0x20 || (value >= 0x7F && value <= 0x9F)) return {TextError::kControl, 0, size};
  return {TextError::kNone, value, size};
}

}  // namespace emojicam
