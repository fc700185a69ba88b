// One 32-bit register by its address.
#pragma once

#include <cstdint>

namespace emojicam::board {

class Register {
 public:
  explicit constexpr Register(uint32_t address) : address_(address) {}

  uint32_t Read() const { return *Pointer(); }
  void Write(uint32_t value) const { *Pointer() = value; }
  void Set(uint32_t bits) const { Write(Read() | bits); }
  void Clear(uint32_t bits) const { Write(Read() & ~bits); }
  // Replaces the bits of `mask` by those of `value`.
  void Modify(uint32_t mask, uint32_t value) const { Write((Read() & ~mask) | value); }
  bool All(uint32_t bits) const { return (Read() & bits) == bits; }
  bool Any(uint32_t bits) const { return (Read() & bits) != 0; }

  // The register `bytes` further on, in an array of them.
  constexpr Register operator[](uint32_t bytes) const { return Register(address_ + bytes); }
  constexpr uint32_t address() const { return address_; }

 private:
  volatile uint32_t* Pointer() const { return reinterpret_cast<volatile uint32_t*>(address_); }

  uint32_t address_;
};

// Bit n, and a field's value at its place.
constexpr uint32_t Bit(uint32_t n) { return 1u << n; }
constexpr uint32_t Field(uint32_t value, uint32_t at) { return value << at; }

}  // namespace emojicam::board
