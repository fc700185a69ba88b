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

constexpr uint32_t Bit(uint32_t n) { return 1u << n; }

// Bits high to low of a register.
class Field {
 public:
  constexpr Field(uint32_t high, uint32_t low) : low_(low), ones_((2u << (high - low)) - 1) {}

  // A value at its place. It has to fit.
  constexpr uint32_t operator()(uint32_t value) const { return value << low_; }
  // The value that is in what was read.
  constexpr uint32_t Of(uint32_t bits) const { return bits >> low_ & ones_; }
  constexpr uint32_t mask() const { return ones_ << low_; }

 private:
  uint32_t low_;
  uint32_t ones_;
};

}  // namespace emojicam::board
