#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "generated/link_messages.h"
#include "generated/link_vectors.h"
#include "link/packet.h"
#include "link/sender.h"

namespace emojicam::link {
namespace {

std::vector<uint8_t> wire;
bool Collect(Span<const uint8_t> bytes) {
  wire.insert(wire.end(), bytes.begin(), bytes.end());
  return true;
}
bool Refuse(Span<const uint8_t>) { return false; }

template <typename Message>
std::vector<uint8_t> Payload(const Message& message) {
  std::vector<uint8_t> payload(kMaxPayload);
  Writer writer({payload.data(), payload.size()});
  EXPECT_TRUE(message.Write(writer));
  payload.resize(writer.size());
  return payload;
}

TEST(Link, EveryVectorOfTheTable_EncodesToTheBytesThatPythonEncodes) {
  ForEachVector([](const auto& message, const uint8_t* expected, std::size_t size) {
    wire.clear();
    Sender sender(Collect);
    EXPECT_TRUE(sender.Send(message));
    EXPECT_EQ(wire, std::vector<uint8_t>(expected, expected + size));
  });
}

TEST(Link, EveryVectorOfTheTable_DecodesToTheMessageThatPythonEncoded) {
  PacketDecoder decoder;
  ForEachVector([&](const auto& message, const uint8_t* bytes, std::size_t size) {
    for (std::size_t i = 0; i + 1 < size; ++i) EXPECT_FALSE(decoder.Feed(bytes[i]));
    ASSERT_TRUE(decoder.Feed(bytes[size - 1]));
    std::decay_t<decltype(message)> read;
    EXPECT_EQ(decoder.id(), read.kId);
    Reader reader(decoder.payload());
    EXPECT_TRUE(read.Read(reader));
    EXPECT_EQ(Payload(read), Payload(message));
  });
}

TEST(Link, PayloadOneByteShortOrLong_IsRefused) {
  ForEachVector([](const auto& message, const uint8_t*, std::size_t) {
    std::decay_t<decltype(message)> read;
    std::vector<uint8_t> payload = Payload(message);
    const bool ends_in_rest = [&] {
      payload.push_back(0);
      Reader reader({payload.data(), payload.size()});
      return read.Read(reader);  // only a message that ends in text or bytes takes one more
    }();
    payload.pop_back();
    if (ends_in_rest || payload.empty()) return;
    Reader reader({payload.data(), payload.size() - 1});
    EXPECT_FALSE(read.Read(reader));
  });
}

TEST(Link, CorruptedByte_IsCountedAndTheNextPacketIsReceived) {
  wire.clear();
  Sender sender(Collect);
  FrameBegin begin;
  begin.frame = 7;
  sender.Send(begin);
  const std::vector<uint8_t> good = wire;
  for (std::size_t at = 0; at + 1 < good.size(); ++at) {
    PacketDecoder decoder;
    std::vector<uint8_t> bad = good;
    bad[at] ^= 0x55;
    int whole = 0;
    for (const uint8_t byte : bad) whole += decoder.Feed(byte);
    EXPECT_EQ(whole, 0) << "byte " << at;
    for (const uint8_t byte : good) whole += decoder.Feed(byte);
    EXPECT_EQ(whole, 1) << "byte " << at;
    const PacketCounters& counters = decoder.counters();
    EXPECT_GE(counters.bad_crc + counters.malformed, 1u) << "byte " << at;
  }
}

TEST(Link, PacketLongerThanTheBuffer_IsCountedAndStaysInsideOfIt) {
  PacketDecoder decoder;
  for (std::size_t i = 0; i < 3 * kMaxPacket; ++i) EXPECT_FALSE(decoder.Feed(0xAA));
  EXPECT_FALSE(decoder.Feed(0));
  EXPECT_EQ(decoder.counters().malformed, 1u);
}

TEST(Link, RandomBytes_NeverMakeAPacketAndNeverLeaveTheBuffer) {
  std::mt19937 random(1);
  PacketDecoder decoder;
  for (int i = 0; i < 1000000; ++i) EXPECT_FALSE(decoder.Feed(static_cast<uint8_t>(random() >> 7)));
  EXPECT_GT(decoder.counters().malformed, 0u);
  EXPECT_EQ(decoder.counters().received, 0u);
}

// Messages, damage, noise, zeros and what is too long, in one stream.
std::vector<uint8_t> MixedStream() {
  std::mt19937 random(3);
  std::vector<uint8_t> stream;
  for (int i = 0; i < 200; ++i) {
    std::vector<uint8_t> text(random() % (i % 20 == 0 ? kMaxPayload : 300));
    for (uint8_t& byte : text) byte = static_cast<uint8_t>(random() % 4 == 0 ? 0 : random());
    Log log;
    log.line = {text.data(), text.size()};
    wire.clear();
    Sender(Collect).Send(log);
    if (i % 7 == 0) wire[random() % wire.size()] ^= 0x21;
    if (i % 11 == 0) wire.insert(wire.begin(), 5, 0);
    if (i % 13 == 0) wire.insert(wire.begin(), random() % (2 * kMaxPacket), 0xAA);
    stream.insert(stream.end(), wire.begin(), wire.end());
  }
  return stream;
}

TEST(Link, PiecesOfAnySize_GiveWhatSingleBytesGive) {
  const std::vector<uint8_t> stream = MixedStream();
  std::vector<std::vector<uint8_t>> expected;
  PacketDecoder single;
  for (const uint8_t byte : stream) {
    if (single.Feed(byte)) expected.emplace_back(single.payload().begin(), single.payload().end());
  }
  ASSERT_GT(expected.size(), 100u);
  ASSERT_GT(single.counters().bad_crc, 0u);
  ASSERT_GT(single.counters().malformed, 0u);
  std::mt19937 random(4);
  for (const std::size_t largest : {std::size_t{2}, std::size_t{64}, std::size_t{512}, stream.size()}) {
    std::vector<std::vector<uint8_t>> packets;
    PacketDecoder decoder;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t piece = largest == stream.size() ? largest : 1 + random() % largest;
      const PacketDecoder::Fed fed =
          decoder.Feed(Span<const uint8_t>(stream.data() + at, stream.size() - at).first(piece));
      ASSERT_GT(fed.taken, 0u);
      ASSERT_LE(fed.taken, piece);
      at += fed.taken;
      if (fed.whole) packets.emplace_back(decoder.payload().begin(), decoder.payload().end());
    }
    EXPECT_EQ(packets, expected) << "pieces of up to " << largest;
    EXPECT_EQ(decoder.counters().received, single.counters().received);
    EXPECT_EQ(decoder.counters().bad_crc, single.counters().bad_crc);
    EXPECT_EQ(decoder.counters().malformed, single.counters().malformed);
  }
}

TEST(Link, ZerosBetweenPackets_AreNoError) {
  PacketDecoder decoder;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(decoder.Feed(0));
  EXPECT_EQ(decoder.counters().malformed, 0u);
}

TEST(Link, BodiesOfEveryLength_SurviveCobs) {
  // Lengths around 254 and its multiples are where COBS blocks end.
  std::mt19937 random(2);
  for (const bool zeros : {false, true}) {
    for (std::size_t size = 0; size <= kMaxPayload; ++size) {
      std::vector<uint8_t> pixels(size);
      for (uint8_t& pixel : pixels) pixel = zeros ? (random() % 3 == 0) : 0xA5;
      Log log;
      log.line = {pixels.data(), pixels.size()};
      wire.clear();
      Sender sender(Collect);
      ASSERT_TRUE(sender.Send(log));
      ASSERT_LE(wire.size(), kMaxPacket);
      PacketDecoder decoder;
      bool whole = false;
      for (const uint8_t byte : wire) whole = decoder.Feed(byte);
      ASSERT_TRUE(whole) << size;
      ASSERT_EQ(std::vector<uint8_t>(decoder.payload().begin(), decoder.payload().end()), pixels);
    }
  }
}

TEST(Link, MessageThatIsTooLargeOrNotTaken_IsDroppedAndCounted) {
  std::vector<uint8_t> pixels(kMaxPayload + 1);
  Log log;
  log.line = {pixels.data(), pixels.size()};
  Sender sender(Collect);
  EXPECT_FALSE(sender.Send(log));
  Sender refused(Refuse);
  EXPECT_FALSE(refused.Send(HelloRequest()));
  EXPECT_EQ(sender.dropped(), 1u);
  EXPECT_EQ(refused.dropped(), 1u);
}

}  // namespace
}  // namespace emojicam::link
