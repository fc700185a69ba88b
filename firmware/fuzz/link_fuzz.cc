// Any bytes on the link: the decoder stays in its buffer, and what it takes for a packet is one that the
// other side would have made.
#include <vector>

#include "check.h"
#include "input.h"
#include "link/packet.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

namespace {

// Reads the payload as each message there is; none may look past its end.
template <typename... Messages>
void ReadAs(Span<const uint8_t> payload) {
  const auto read = [payload](auto message) {
    link::Reader reader(payload);
    message.Read(reader);
  };
  (read(Messages()), ...);
}

void CheckPacket(uint8_t id, Span<const uint8_t> payload) {
  std::vector<uint8_t> body{id};
  body.insert(body.end(), payload.begin(), payload.end());
  const uint32_t crc = link::Crc32({body.data(), body.size()});
  for (int i = 0; i < 4; ++i) body.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  FUZZ_CHECK(body.size() <= link::kMaxBody);
  std::vector<uint8_t> packet(link::kMaxPacket);
  const std::size_t size = link::EncodeCobs({body.data(), body.size()}, {packet.data(), packet.size()});
  link::PacketDecoder again;
  bool whole = false;
  for (std::size_t i = 0; i < size; ++i) whole = again.Feed(packet[i]);
  FUZZ_CHECK(whole && again.id() == id && again.payload().size() == payload.size());
  ReadAs<link::HelloRequest, link::Hello, link::Error, link::Log, link::FrameBegin, link::FrameData,
         link::Scores, link::Decision, link::KeyReport, link::Arm>(payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  // Random bytes have the right CRC once in four thousand million times, so the input is taken twice: as
  // bytes on the wire, and as a packet's id and payload.
  static link::PacketDecoder decoder;
  decoder = link::PacketDecoder();
  for (std::size_t i = 0; i < size; ++i) {
    if (decoder.Feed(data[i])) CheckPacket(decoder.id(), decoder.payload());
  }
  Input input(data, size);
  const uint8_t id = input.Byte();
  CheckPacket(id, input.Bytes(link::kMaxPayload));
  return 0;
}
