// The app on a fake board, with scores that a test gives: what goes in are messages, what comes out are
// messages.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/fake_board.h"

namespace emojicam::app {

// Scores as a test wants them; a picture of nothing but these is what it is given.
class FakeScorer final : public Scorer {
 public:
  Span<int8_t> input() override { return input_; }
  Span<const int8_t> Classify() override {
    ++calls;
    if (fails) return {};
    return scores;
  }
  bool Intact() const override { return intact; }
  std::size_t arena_used() const override { return 1234; }
  const char* detail() const override { return "a kernel failed"; }

  std::array<int8_t, 3> scores = {127, -128, -128};
  bool fails = false;
  bool intact = true;
  int calls = 0;

 private:
  std::array<int8_t, 8 * 8> input_ = {};
};

inline constexpr Gesture kGestures[] = {{"none", "", {0, 0, 0}},
                                        {"up", "\xF0\x9F\x91\x8D", {0, 240, 0}},
                                        {"fist", "\xF0\x9F\x91\x8A", {0, 0, 240}}};

inline Product ProductOfTests() {
  Product product = {};
  product.input_width = product.input_height = 8;
  product.input_channels = 1;
  product.scale = {nullptr, 1.0f / 256, -128};
  product.model_hash = 0xABCD1234;
  product.arena_size = 2048;
  product.gestures = kGestures;
  product.crop_permille = 1000;
  product.settings.typist.min_interval_ms = 0;
  product.settings.decision.time_constant_ms = 40;
  product.settings.decision.classes = 3;
  product.settings.decision.threshold = {0.5f, 0.6f, 0.6f};
  return product;
}

class AppTest : public ::testing::Test {
 protected:
  // First of all, so that the app begins on a fresh board.
  board::FakeBoard& board_ = board::TheBoard() = {};

  // Every message of a kind that has been sent since the last call of Forget().
  template <typename Message>
  std::vector<Message> Sent() {
    std::vector<Message> found;
    link::PacketDecoder decoder;
    for (const uint8_t byte : board::TheBoard().sent) {
      if (!decoder.Feed(byte) || decoder.id() != Message::kId) continue;
      Message message;
      kept_.emplace_back(decoder.payload().begin(), decoder.payload().end());
      link::Reader reader({kept_.back().data(), kept_.back().size()});
      EXPECT_TRUE(message.Read(reader));
      found.push_back(message);
    }
    return found;
  }
  void Forget() { board::TheBoard().sent.clear(); }

  template <typename Message>
  void Say(const Message& message) {
    std::vector<uint8_t> wire;
    static std::vector<uint8_t>* out;
    out = &wire;
    link::Sender packer([](Span<const uint8_t> bytes) {
      out->insert(out->end(), bytes.begin(), bytes.end());
      return true;
    });
    ASSERT_TRUE(packer.Send(message));
    app.OnBytes({wire.data(), wire.size()});
  }

  // A frame over the link, all of one level.
  void Show(uint32_t number, uint8_t level = 100) {
    link::FrameBegin begin;
    begin.frame = number;
    begin.time_ms = now_ms += 40;
    begin.width = begin.height = 8;
    Say(begin);
    const std::vector<uint8_t> pixels(64, level);
    link::FrameData data;
    data.pixels = {pixels.data(), pixels.size()};
    Say(data);
  }

  // So many frames of a gesture that the model is sure of.
  void Hold(uint8_t gesture, int frames) {
    scorer.scores = {-128, -128, -128};
    scorer.scores[gesture] = 127;
    for (int i = 0; i < frames; ++i) Show(++shown);
  }

  uint32_t now_ms = 0;
  uint32_t shown = 0;
  Product product = ProductOfTests();
  FakeScorer scorer;
  std::array<uint8_t, 512> frame_buffer = {};
  std::array<uint8_t, 128> image_buffer = {};
  link::Sender sender{[](Span<const uint8_t> bytes) { return board::LinkWrite(bytes) == bytes.size(); }};
  Computer computer{sender};
  App app{product, scorer, frame_buffer, image_buffer, computer, sender};

 private:
  std::vector<std::vector<uint8_t>> kept_;  // what texts and bytes of messages point into
};

}  // namespace emojicam::app
