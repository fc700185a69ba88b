// Any bytes on the link, into the product itself: the decoder stays in its buffer, what it takes for a packet
// is one that the other side would have made, whatever a message says everything behind it stays in bounds,
// and the answers are messages.
#include <array>
#include <vector>

#include "app/app.h"
#include "app/fake_board.h"
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

std::vector<uint8_t> PacketOf(uint8_t id, Span<const uint8_t> payload) {
  std::vector<uint8_t> body{id};
  body.insert(body.end(), payload.begin(), payload.end());
  const uint32_t crc = link::Crc32({body.data(), body.size()});
  for (int i = 0; i < 4; ++i) body.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  FUZZ_CHECK(body.size() <= link::kMaxBody);
  std::vector<uint8_t> packet(link::kMaxPacket);
  packet.resize(link::EncodeCobs({body.data(), body.size()}, {packet.data(), packet.size()}));
  return packet;
}

void CheckPacket(uint8_t id, Span<const uint8_t> payload) {
  const std::vector<uint8_t> packet = PacketOf(id, payload);
  link::PacketDecoder again;
  bool whole = false;
  for (const uint8_t byte : packet) whole = again.Feed(byte);
  FUZZ_CHECK(whole && again.id() == id && again.payload().size() == payload.size());
  ReadAsMessage(id, payload);
}

// Scores of a model that is always sure of the same gesture.
class SureScorer final : public Scorer {
 public:
  Span<int8_t> input() override { return input_; }
  Span<const int8_t> Classify() override { return scores_; }
  bool Intact() const override { return true; }
  std::size_t arena_used() const override { return 0; }
  const char* detail() const override { return ""; }

 private:
  std::array<int8_t, 8 * 8 * 3> input_ = {};
  std::array<int8_t, 3> scores_ = {-128, 127, -128};
};

constexpr Gesture kGestures[] = {{"none", "", {}}, {"up", "\xF0\x9F\x91\x8D", {}}, {"fist", "x", {}}};

app::Product Built() {
  app::Product product = {};
  product.input_width = product.input_height = 8;
  product.input_channels = 3;
  product.scale = {nullptr, 1.0f / 256, -128};
  product.gestures = kGestures;
  product.crop_permille = 1000;
  product.settings.decision.time_constant_ms = 100;
  product.settings.decision.classes = 3;
  product.settings.decision.threshold = {0.5f, 0.5f, 0.5f};
  return product;
}

// The product behind the link, on a board in memory. Buffers are small, so that a frame fits into an input.
struct Behind {
  board::FakeBoard& board = board::TheBoard() = {};
  app::Product product = Built();
  SureScorer scorer;
  std::vector<uint8_t> frame = std::vector<uint8_t>(192), image = std::vector<uint8_t>(96);
  link::Sender sender{[](Span<const uint8_t> bytes) { return board::LinkWrite(bytes) == bytes.size(); }};
  app::Computer computer{sender};
  app::App app{product, scorer, {frame.data(), frame.size()}, {image.data(), image.size()}, computer, sender};

  Behind() { app.Start(); }

  void Say(uint8_t id, Span<const uint8_t> payload) {
    // Hours of typing are the typist's fuzzer's.
    if (id == link::Time::kId) return;
    const std::vector<uint8_t> packet = PacketOf(id, payload);
    app.OnBytes({packet.data(), packet.size()});
    for (int parts = 0; app.busy(); ++parts) {
      FUZZ_CHECK(parts < 3);
      app.Poll();
    }
    CheckAnswers();
  }

  // What it says are packets, and messages that can be read.
  void CheckAnswers() {
    link::PacketDecoder decoder;
    for (const uint8_t byte : board.sent) {
      if (decoder.Feed(byte)) CheckPacket(decoder.id(), decoder.payload());
    }
    FUZZ_CHECK(decoder.counters().bad_crc == 0 && decoder.counters().malformed == 0);
    FUZZ_CHECK(sender.dropped() == 0);
    board.sent.clear();
  }
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
  Behind behind;
  behind.app.OnBytes({data, size});
  behind.CheckAnswers();
  Input input(data, size);
  while (!input.empty()) {
    const uint8_t length = input.Byte();
    const uint8_t id = input.Byte();
    const Span<const uint8_t> payload = input.Bytes(length);
    CheckPacket(id, payload);
    behind.Say(id, payload);
  }
  return 0;
}
