// Sends messages as packets. One buffer for the payload and one for the packet, both its own.
#pragma once

#include <array>
#include <cstdint>

#include "base/span.h"
#include "link/packet.h"

namespace emojicam::link {

class Sender {
 public:
  // Puts bytes on the wire; false if the other side does not take them in time.
  using WriteBytes = bool (*)(Span<const uint8_t>);

  explicit Sender(WriteBytes write) : write_(write) {}

  // False if the message is too large or was not taken: it is dropped and counted.
  template <typename Message>
  bool Send(const Message& message) {
    body_[0] = Message::kId;
    Writer writer(Span<uint8_t>(body_).subspan(1).first(kMaxPayload));
    const bool fits = message.Write(writer);
    return Finish(fits, 1 + writer.size());
  }

  uint32_t dropped() const { return dropped_; }

 private:
  bool Finish(bool fits, std::size_t size) {
    if (fits) {
      Writer crc(Span<uint8_t>(body_).subspan(size));
      crc.Scalar(Crc32({body_.data(), size}));
      const std::size_t length = EncodeCobs({body_.data(), size + 4}, packet_);
      if (write_({packet_.data(), length})) return true;
    }
    ++dropped_;
    return false;
  }

  WriteBytes write_;
  uint32_t dropped_ = 0;
  std::array<uint8_t, kMaxBody> body_;
  std::array<uint8_t, kMaxPacket> packet_;
};

}  // namespace emojicam::link
