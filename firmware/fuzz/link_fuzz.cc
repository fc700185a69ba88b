// Any bytes on the link: the decoder stays in its buffer, what it takes for a packet is one that the other
// side would have made, and whatever a message says, the frame and the settings behind it stay in bounds.
#include <array>
#include <vector>

#include "app/board_settings.h"
#include "app/frame_assembly.h"
#include "app/frame_out.h"
#include "check.h"
#include "input.h"
#include "link/packet.h"
#include "link/sender.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<uint8_t> payload_of(link::kMaxPayload);

// Reads the payload as the message that has this id; what can be read is written as the same bytes.
void ReadAsMessage(uint8_t id, Span<const uint8_t> payload) {
  link::ForEachMessage([&](auto message) {
    if (message.kId != id) return;
    link::Reader reader(payload);
    if (!message.Read(reader)) return;
    link::Writer writer({payload_of.data(), payload_of.size()});
    FUZZ_CHECK(message.Write(writer) && writer.size() == payload.size());
    FUZZ_CHECK(std::equal(payload.begin(), payload.end(), payload_of.begin()));
  });
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
  ReadAsMessage(id, payload);
}

bool Ignore(Span<const uint8_t>) { return true; }

// The board behind the link, as far as messages steer it.
class Board {
 public:
  Board() : frame_(kFrame), image_(kImage), frames_({frame_.data(), kFrame}), out_({image_.data(), kImage}) {
    settings_.decision.classes = 3;
    settings_.decision.time_constant_ms = 300;
    settings_.decision.threshold = {0.5f, 0.5f, 0.5f};
  }

  void OnMessage(uint8_t id, Span<const uint8_t> payload) {
    switch (id) {
      case link::FrameBegin::kId:
        return With<link::FrameBegin>(payload, [this](const auto& begin) { frames_.Begin(begin); });
      case link::FrameData::kId:
        return With<link::FrameData>(payload, [this](const auto& data) { Add(data); });
      case link::FrameDelta::kId:
        return With<link::FrameDelta>(payload, [this](const auto& data) { Add(data); });
      case link::ImageRequest::kId:
        return out_.Ask();
      case link::SettingsSet::kId:
        return With<link::SettingsSet>(payload, [this](const auto& message) { Set(message); });
      default:
        return;
    }
  }

 private:
  // Small, so that a frame fits into an input.
  static constexpr std::size_t kFrame = 192, kImage = 96;

  template <typename Message, typename Function>
  void With(Span<const uint8_t> payload, Function function) {
    Message message;
    link::Reader reader(payload);
    if (message.Read(reader)) function(message);
  }

  template <typename Data>
  void Add(const Data& data) {
    frames_.Add(data);
    if (!frames_.complete()) return;
    const Frame frame = frames_.Take();
    FUZZ_CHECK(frame.pixels.size() == std::size_t{frame.width} * frame.height * BytesPerPixel(frame.format));
    FUZZ_CHECK(frame.pixels.size() <= kFrame);
    const Rectangle crop = CentredSquare(frame.width, frame.height, 1000);
    std::array<int8_t, 8 * 8 * 3> input;
    FUZZ_CHECK(ToModelInput(frame, crop, 8, 8, 1, {input.data(), 64}));
    FUZZ_CHECK(ToModelInput(frame, crop, 8, 8, 3, {input.data(), input.size()}));
    out_.Offer(frames_.number(), frames_.time_ms(), frame);
    link::Sender sender(Ignore);
    for (int parts = 0; out_.busy(); ++parts) {
      FUZZ_CHECK(parts < 3);
      out_.SendPart(sender);
    }
    FUZZ_CHECK(sender.dropped() == 0);
  }

  void Set(const link::SettingsSet& message) {
    app::BoardSettings before = settings_;
    const bool taken = app::Apply(message, &settings_);
    // What is in force can always be told, and set again.
    const link::Settings told = app::Describe(settings_);
    FUZZ_CHECK(told.host < kHostCount && told.layout < kLayoutCount && told.threshold_count == 3);
    link::SettingsSet again;
    std::array<uint8_t, link::kMaxPayload> bytes;
    link::Writer writer(bytes);
    FUZZ_CHECK(told.Write(writer));
    link::Reader reader(Span<const uint8_t>(bytes).first(writer.size()));
    FUZZ_CHECK(again.Read(reader));
    FUZZ_CHECK(!taken || app::Apply(again, &before));
  }

  std::vector<uint8_t> frame_, image_;
  app::FrameAssembly frames_;
  app::FrameOut out_;
  app::BoardSettings settings_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  // Random bytes have the right CRC once in four thousand million times, so the input is taken twice: as
  // bytes on the wire, and as messages, each a length, an id and a payload.
  static link::PacketDecoder decoder;
  decoder = link::PacketDecoder();
  for (std::size_t i = 0; i < size; ++i) {
    if (decoder.Feed(data[i])) CheckPacket(decoder.id(), decoder.payload());
  }
  Input input(data, size);
  Board board;
  while (!input.empty()) {
    const uint8_t length = input.Byte();
    const uint8_t id = input.Byte();
    const Span<const uint8_t> payload = input.Bytes(length);
    CheckPacket(id, payload);
    board.OnMessage(id, payload);
  }
  return 0;
}
