#include "link/packet.h"

#include <algorithm>

namespace emojicam::link {
namespace {

// CRC-32 of each nibble: 64 bytes of flash, and two look-ups a byte.
constexpr std::array<uint32_t, 16> MakeNibbleTable() {
  std::array<uint32_t, 16> table{};
  for (uint32_t nibble = 0; nibble < 16; ++nibble) {
    uint32_t crc = nibble;
    for (int bit = 0; bit < 4; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
    table[nibble] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 16> kNibbles = MakeNibbleTable();

}  // namespace

uint32_t Crc32(Span<const uint8_t> bytes, uint32_t crc) {
  crc = ~crc;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    crc = (crc >> 4) ^ kNibbles[crc & 0xF];
    crc = (crc >> 4) ^ kNibbles[crc & 0xF];
  }
  return ~crc;
}

std::size_t EncodeCobs(Span<const uint8_t> body, Span<uint8_t> packet) {
  std::size_t code_at = 0;
  std::size_t size = 1;
  uint8_t code = 1;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != 0) {
      packet[size++] = body[i];
      ++code;
    }
    // A full block has no zero of its own, and none is opened behind the last byte.
    if (body[i] == 0 || (code == 0xFF && i + 1 < body.size())) {
      packet[code_at] = code;
      code_at = size++;
      code = 1;
    }
  }
  packet[code_at] = code;
  packet[size++] = 0;
  return size;
}

PacketDecoder::Fed PacketDecoder::Feed(Span<const uint8_t> bytes) {
  if (done_) {
    size_ = 0;
    done_ = false;
  }
  for (std::size_t taken = 0; taken < bytes.size();) {
    if (bytes[taken] == 0) {
      ++taken;
      if (Finish()) return {taken, true};
      size_ = 0;
      done_ = false;
    } else if (block_left_ == 0) {
      FeedCode(bytes[taken++]);
    } else {
      taken += FeedData(bytes.subspan(taken));
    }
  }
  return {bytes.size(), false};
}

// A COBS code: first the zero that ended the block before it.
void PacketDecoder::FeedCode(uint8_t code) {
  started_ = true;
  if (zero_follows_) {
    if (size_ < body_.size()) {
      body_[size_++] = 0;
    } else {
      overflow_ = true;
    }
  }
  block_left_ = static_cast<uint8_t>(code - 1);
  zero_follows_ = code != 0xFF;
}

// Data of a block up to its end, or to a zero, which has no place in it. Returns how many bytes that is.
// Nearly all bytes of the link pass through this loop.
std::size_t PacketDecoder::FeedData(Span<const uint8_t> bytes) {
  const std::size_t limit = std::min<std::size_t>(bytes.size(), block_left_);
  const std::size_t room = std::min(limit, body_.size() - size_);
  uint8_t* const to = body_.data() + size_;
  std::size_t count = 0;
  while (count < room && bytes[count] != 0) {
    to[count] = bytes[count];
    ++count;
  }
  size_ += count;
  // What does not fit is skipped.
  while (count >= room && count < limit && bytes[count] != 0) {
    overflow_ = true;
    ++count;
  }
  block_left_ = static_cast<uint8_t>(block_left_ - count);
  return count;
}

bool PacketDecoder::Finish() {
  const bool empty = !started_;
  const bool malformed = overflow_ || block_left_ != 0 || size_ < 5;
  started_ = overflow_ = zero_follows_ = false;
  block_left_ = 0;
  done_ = true;
  if (empty) return false;  // zeros between packets are allowed
  if (malformed) {
    ++counters_.malformed;
    return false;
  }
  uint32_t expected = 0;
  Reader(Span<const uint8_t>(body_.data() + size_ - 4, 4)).Scalar(&expected);
  if (Crc32({body_.data(), size_ - 4}) != expected) {
    ++counters_.bad_crc;
    return false;
  }
  ++counters_.received;
  return true;
}

}  // namespace emojicam::link
