#include "storage/slot_store.h"

#include <algorithm>
#include <cstring>

#include "link/packet.h"

namespace emojicam {
namespace {

constexpr std::size_t kHeader = FlashDevice::kWord;
constexpr uint32_t kMagic = 0x4A4D4531;  // "1EMJ" in memory

struct Header {
  uint32_t magic;
  uint32_t sequence;
  uint32_t size;
  uint32_t crc;
};
static_assert(sizeof(Header) <= kHeader);

constexpr std::size_t RoundUp(std::size_t size) {
  return (size + FlashDevice::kWord - 1) / FlashDevice::kWord * FlashDevice::kWord;
}

uint32_t CrcOf(const Header& header, Span<const uint8_t> content) {
  uint8_t head[8];
  std::memcpy(head, &header.sequence, 4);
  std::memcpy(head + 4, &header.size, 4);
  return link::Crc32(content, link::Crc32(head));
}

}  // namespace

SlotStore::Found SlotStore::Read(uint8_t slot) {
  const Found nothing{false, false, slot, 0, 0};
  const Found damaged{false, true, slot, 0, 0};
  if (flash_->Read(slot, 0, {buffer_.data(), kHeader}) != Error::kNone) return damaged;
  Header header;
  std::memcpy(&header, buffer_.data(), sizeof(header));
  if (header.magic != kMagic) return nothing;
  if (header.size == 0 || header.size > kMaxContent) return damaged;
  const std::size_t padded = RoundUp(header.size);
  if (kHeader + padded > flash_->slot_size()) return damaged;
  if (flash_->Read(slot, kHeader, {buffer_.data() + kHeader, padded}) != Error::kNone) return damaged;
  if (CrcOf(header, {buffer_.data() + kHeader, header.size}) != header.crc) return damaged;
  return {true, false, slot, header.sequence, header.size};
}

// Leaves that record in buffer_.
SlotStore::Found SlotStore::Newest() {
  const Found first = Read(0);
  const Found second = Read(1);
  if (!second.valid) return first.valid ? Read(0) : first;
  const bool second_is_newer = static_cast<int32_t>(second.sequence - first.sequence) > 0;
  return !first.valid || second_is_newer ? second : Read(0);
}

std::size_t SlotStore::Load(Span<uint8_t> content) {
  damaged_ = Read(0).damaged || Read(1).damaged;
  const Found newest = Newest();
  if (!newest.valid || newest.size > content.size()) return 0;
  std::copy_n(buffer_.data() + kHeader, newest.size, content.begin());
  return newest.size;
}

Error SlotStore::Save(Span<const uint8_t> content) {
  const std::size_t padded = RoundUp(content.size());
  if (content.empty() || content.size() > kMaxContent || kHeader + padded > flash_->slot_size()) {
    return Error::kOutOfRange;
  }
  const Found newest = Newest();
  const uint8_t* const current = buffer_.data() + kHeader;
  if (newest.valid && newest.size == content.size() && std::equal(content.begin(), content.end(), current)) {
    return Error::kNone;
  }
  const uint8_t slot = newest.valid ? static_cast<uint8_t>(1 - newest.slot) : 0;
  Header header{kMagic, newest.sequence + 1, static_cast<uint32_t>(content.size()), 0};
  header.crc = CrcOf(header, content);
  buffer_ = {};
  std::memcpy(buffer_.data(), &header, sizeof(header));
  std::copy(content.begin(), content.end(), buffer_.begin() + kHeader);
  Error error = flash_->Erase(slot);
  // The header last: without it the slot is empty.
  if (error == Error::kNone) error = flash_->Write(slot, kHeader, {buffer_.data() + kHeader, padded});
  if (error == Error::kNone) error = flash_->Write(slot, 0, {buffer_.data(), kHeader});
  if (error != Error::kNone) return error;
  const Found written = Read(slot);
  return written.valid && written.sequence == header.sequence ? Error::kNone : Error::kFlashFailed;
}

}  // namespace emojicam
