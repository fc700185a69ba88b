// Flash in memory whose power can be cut, for tests and fuzzers.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <random>

#include "storage/flash_device.h"

namespace emojicam {

class FakeFlash : public FlashDevice {
 public:
  static constexpr std::size_t kSlot = 1024;

  FakeFlash() {
    for (auto& slot : bytes) slot.fill(0xFF);
  }

  std::size_t slot_size() const override { return kSlot; }

  Error Erase(uint8_t slot) override {
    ++erases;
    if (on_erase) on_erase();
    for (std::size_t word = 0; word < kSlot / kWord; ++word) {
      if (!Step(slot, word * kWord, nullptr)) return Error::kFlashFailed;
    }
    return Error::kNone;
  }

  Error Write(uint8_t slot, std::size_t offset, Span<const uint8_t> content) override {
    for (std::size_t at = 0; at < content.size(); at += kWord) {
      for (std::size_t i = 0; i < kWord; ++i) {
        if (bytes[slot][offset + at + i] != 0xFF) programmed_twice = true;
      }
      if (!Step(slot, offset + at, content.data() + at)) return Error::kFlashFailed;
    }
    return Error::kNone;
  }

  Error Read(uint8_t slot, std::size_t offset, Span<uint8_t> content) override {
    for (std::size_t at = 0; at < content.size(); at += kWord) {
      if (unreadable[slot][(offset + at) / kWord]) return Error::kFlashFailed;
    }
    std::memcpy(content.data(), bytes[slot].data() + offset, content.size());
    return Error::kNone;
  }

  // The power goes at the step after so many; -1 never. A step is one word erased or programmed.
  int steps_left = -1;
  // What the word is that was being changed then.
  enum class Torn { kOld, kNew, kNoise, kUnreadable } torn = Torn::kOld;
  bool programmed_twice = false;
  int erases = 0;
  std::function<void()> on_erase;  // called before one
  // A worn cell: bits that come out wrong, without the flash saying so.
  struct Worn {
    uint8_t slot;
    std::size_t byte;
    uint8_t mask;
  } worn = {0, 0, 0};
  std::array<std::array<uint8_t, kSlot>, 2> bytes;
  std::array<std::array<bool, kSlot / kWord>, 2> unreadable = {};

 private:
  // `content` null: erased.
  bool Step(uint8_t slot, std::size_t offset, const uint8_t* content) {
    uint8_t* const word = bytes[slot].data() + offset;
    bool& bad = unreadable[slot][offset / kWord];
    const bool cut = steps_left == 0;
    if (steps_left > 0) --steps_left;
    if (cut && torn == Torn::kOld) return false;
    bad = cut && torn == Torn::kUnreadable;
    for (std::size_t i = 0; i < kWord; ++i) {
      const uint8_t value = content == nullptr ? 0xFF : content[i];
      word[i] = cut && torn == Torn::kNoise ? static_cast<uint8_t>(value | noise_()) : value;
      if (slot == worn.slot && offset + i == worn.byte) word[i] ^= worn.mask;
    }
    return !cut;
  }

  std::minstd_rand noise_;
};

}  // namespace emojicam
