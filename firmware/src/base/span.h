// A view of contiguous elements that somebody else owns. The part of C++20's std::span that we use.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

namespace emojicam {

template <typename T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
  template <std::size_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}  // NOLINT(google-explicit-constructor)
  template <std::size_t N>
  constexpr Span(std::array<std::remove_const_t<T>, N>& array)  // NOLINT(google-explicit-constructor)
      : data_(array.data()), size_(N) {}
  template <std::size_t N>
  constexpr Span(const std::array<std::remove_const_t<T>, N>& array)  // NOLINT(google-explicit-constructor)
      : data_(array.data()), size_(N) {}
  // A view that may write becomes one that may only read.
  template <typename U, typename = std::enable_if_t<std::is_same_v<const U, T>>>
  constexpr Span(Span<U> other)  // NOLINT(google-explicit-constructor)
      : data_(other.data()), size_(other.size()) {}

  constexpr T* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }
  // Not checked, as with std::span: index < size().
  constexpr T& operator[](std::size_t index) const { return data_[index]; }

  // The first `count` elements; fewer where there are fewer.
  constexpr Span first(std::size_t count) const { return {data_, count < size_ ? count : size_}; }
  // All but the first `offset` elements; none where there are fewer.
  constexpr Span subspan(std::size_t offset) const {
    return offset < size_ ? Span(data_ + offset, size_ - offset) : Span();
  }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace emojicam
