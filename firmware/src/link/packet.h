// Packets on a byte stream: COBS( id payload crc32 ) 0x00.
//
// COBS: Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM ToN 7(2), 1999.
// CRC-32: IEEE 802.3, reflected, as in zlib.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "generated/link_messages.h"

namespace emojicam::link {

// CRC-32 of `bytes`, going on from `crc` (0 to begin with).
uint32_t Crc32(Span<const uint8_t> bytes, uint32_t crc = 0);

// Id, payload and CRC before COBS.
inline constexpr std::size_t kMaxBody = 1 + kMaxPayload + 4;
// COBS adds a byte for every 254 begun, and the delimiter.
inline constexpr std::size_t kMaxPacket = kMaxBody + kMaxBody / 254 + 1 + 1;

// COBS with its delimiter. `body` is at most kMaxBody bytes; `packet` holds kMaxPacket. Returns its size.
std::size_t EncodeCobs(Span<const uint8_t> body, Span<uint8_t> packet);

// What arrived since start, whole or not.
struct PacketCounters {
  uint32_t received = 0;
  uint32_t bad_crc = 0;
  uint32_t malformed = 0;
};

// Finds packets in a stream, in a buffer of its own. Whatever the bytes are, it stays
// inside of that buffer, counts what is no packet, and is back in step at the next zero.
class PacketDecoder {
 public:
  // How many bytes were taken, and whether the last of them completed a packet: id() and payload() are it
  // until the next Feed.
  struct Fed {
    std::size_t taken;
    bool whole;
  };
  // Takes bytes until a packet is whole, or all of them.
  Fed Feed(Span<const uint8_t> bytes);
  bool Feed(uint8_t byte) { return Feed({&byte, 1}).whole; }

  uint8_t id() const { return body_[0]; }
  Span<const uint8_t> payload() const { return {body_.data() + 1, size_ - 5}; }
  const PacketCounters& counters() const { return counters_; }

 private:
  void FeedCode(uint8_t code);
  std::size_t FeedData(Span<const uint8_t> bytes);
  bool Finish();

  std::array<uint8_t, kMaxBody> body_;
  std::size_t size_ = 0;       // bytes decoded
  uint8_t block_left_ = 0;     // data bytes until the next COBS code
  bool zero_follows_ = false;  // the block that is open ends in a zero, unless it is the last
  bool started_ = false;       // any byte since the last delimiter
  bool overflow_ = false;
  bool done_ = false;  // the packet in body_ has been given out
  PacketCounters counters_;
};

}  // namespace emojicam::link
