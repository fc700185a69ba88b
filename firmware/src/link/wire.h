// Little-endian fields to and from a buffer that the caller owns. What link_messages.h is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/span.h"

namespace emojicam::link {

// Appends fields to a buffer. Each call returns false, and writes nothing, where the buffer is full.
class Writer {
 public:
  explicit Writer(Span<uint8_t> buffer) : buffer_(buffer) {}

  template <typename T>
  bool Scalar(T value) {
    static_assert(std::is_arithmetic_v<T>);
    return Bytes(&value, sizeof(value));  // every core here is little-endian
  }

  // A length byte and `count` <= `limit` values.
  template <typename T>
  bool Array(const T* values, uint8_t count, std::size_t limit) {
    return count <= limit && size_ + 1 + count * sizeof(T) <= buffer_.size() && Scalar(count) &&
           Bytes(values, count * sizeof(T));
  }

  bool Rest(Span<const uint8_t> bytes) { return Bytes(bytes.data(), bytes.size()); }

  std::size_t size() const { return size_; }

 private:
  bool Bytes(const void* from, std::size_t count) {
    if (count > buffer_.size() - size_) return false;
    if (count > 0) std::memcpy(buffer_.data() + size_, from, count);
    size_ += count;
    return true;
  }

  Span<uint8_t> buffer_;
  std::size_t size_ = 0;
};

// Takes fields off a buffer, which must outlive every span read from it.
class Reader {
 public:
  explicit Reader(Span<const uint8_t> buffer) : buffer_(buffer) {}

  template <typename T>
  bool Scalar(T* value) {
    static_assert(std::is_arithmetic_v<T>);
    return Bytes(value, sizeof(T));
  }

  template <typename T>
  bool Array(T* values, uint8_t* count, std::size_t limit) {
    return Scalar(count) && *count <= limit && Bytes(values, *count * sizeof(T));
  }

  bool Rest(Span<const uint8_t>* bytes) {
    *bytes = buffer_;
    buffer_ = {};
    return true;
  }

  bool AtEnd() const { return buffer_.empty(); }

 private:
  bool Bytes(void* to, std::size_t count) {
    if (count > buffer_.size()) return false;
    if (count > 0) std::memcpy(to, buffer_.data(), count);
    buffer_ = buffer_.subspan(count);
    return true;
  }

  Span<const uint8_t> buffer_;
};

// The bytes of a string literal or C string, without its terminator.
inline Span<const uint8_t> Text(const char* text) {
  return {reinterpret_cast<const uint8_t*>(text), std::strlen(text)};
}

}  // namespace emojicam::link
