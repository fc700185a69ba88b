// One small record in flash that survives a power cut at any moment of its change.
//
//   slot 0: [header][content......]     the older one is erased and written,
//   slot 1: [header][content...]        the newer one stays until that is read back
//
//   header: magic:u32 sequence:u32 size:u32 crc:u32, and zeros up to a word; CRC-32 over sequence, size and
//   content
//
// What is loaded is the valid record with the higher sequence number; numbers may wrap around.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/span.h"
#include "storage/flash_device.h"

namespace emojicam {

class SlotStore {
 public:
  // The largest content.
  static constexpr std::size_t kMaxContent = 256;

  // `flash` is the caller's and lives as long as this.
  explicit SlotStore(FlashDevice* flash) : flash_(flash) {}

  // Reads the newest record into `content` and returns its size; 0 where there is none, or it is larger than
  // that.
  std::size_t Load(Span<uint8_t> content);

  // Whether Load() has met a record that is damaged: flash that cannot be read any more, or lost bits. A slot
  // that holds nothing of ours is none, nor one whose change was cut short before its header was written.
  bool damaged() const { return damaged_; }

  // Makes `content` (1 to kMaxContent bytes) the newest record. What is there already is not written again.
  // If the flash fails, the last record is still what Load() gives.
  Error Save(Span<const uint8_t> content);

 private:
  static constexpr std::size_t kRecord = FlashDevice::kWord + kMaxContent;

  struct Found {
    bool valid;
    bool damaged;
    uint8_t slot;
    uint32_t sequence;
    std::size_t size;
  };

  // Reads a slot's record into buffer_.
  Found Read(uint8_t slot);
  Found Newest();

  FlashDevice* flash_;
  bool damaged_ = false;
  std::array<uint8_t, kRecord> buffer_ = {};
};

}  // namespace emojicam
