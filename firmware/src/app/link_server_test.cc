#include "app/link_server.h"

#include "app/app_fixture.h"

namespace emojicam::app {
namespace {

using LinkServerTest = AppTest;

template <typename Message>
std::vector<uint8_t> CodesOf(const std::vector<Message>& messages) {
  std::vector<uint8_t> codes;
  for (const auto& message : messages) codes.push_back(message.code);
  return codes;
}

TEST_F(LinkServerTest, Hello_SaysWhatItIs) {
  app.Start();
  ASSERT_EQ(Sent<link::Hello>().size(), 1u);
  const link::Hello hello = Sent<link::Hello>()[0];
  EXPECT_EQ(hello.version, link::kVersion);
  EXPECT_EQ(hello.model_hash, 0xABCD1234u);
  EXPECT_EQ(hello.arena_bytes, 1234u);
  EXPECT_EQ(hello.arena_size, 2048u);
  EXPECT_EQ(hello.classes, 3);
  EXPECT_EQ(std::string(hello.board.begin(), hello.board.end()), "fake");
  Forget();
  Say(link::HelloRequest{});
  EXPECT_EQ(Sent<link::Hello>().size(), 1u);
}

TEST_F(LinkServerTest, UnknownAndCutMessages_AreAnsweredByErrors_AndCounted) {
  app.Start();
  Forget();
  // An Arm with nothing in it, and an id that nobody has: made as a packet by hand.
  for (const uint8_t id : {link::Arm::kId, uint8_t{0xEE}}) {
    std::vector<uint8_t> body = {id};
    const uint32_t crc = link::Crc32({body.data(), 1});
    for (int i = 0; i < 4; ++i) body.push_back(static_cast<uint8_t>(crc >> (8 * i)));
    std::array<uint8_t, link::kMaxPacket> packet;
    const std::size_t size = link::EncodeCobs({body.data(), body.size()}, packet);
    app.OnBytes({packet.data(), size});
  }
  EXPECT_EQ(CodesOf(Sent<link::Error>()),
            (std::vector<uint8_t>{static_cast<uint8_t>(link::ErrorCode::kBadMessage),
                                  static_cast<uint8_t>(link::ErrorCode::kUnknownMessage)}));
  Forget();
  Say(link::StatisticsRequest{});
  EXPECT_EQ(Sent<link::Statistics>()[0].unknown, 1u);
  EXPECT_EQ(Sent<link::Statistics>()[0].received, 3u);
}

TEST_F(LinkServerTest, FrameThatLostItsEnd_IsDoneAsIncomplete_WhenTheNextBegins) {
  app.Start();
  Forget();
  link::FrameBegin begin;
  begin.frame = 5;
  begin.width = begin.height = 8;
  Say(begin);
  Show(6);
  const auto done = Sent<link::FrameDone>();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].frame, 5u);
  EXPECT_EQ(done[0].status, static_cast<uint8_t>(link::ErrorCode::kFrameIncomplete));
  EXPECT_EQ(done[1].frame, 6u);
  EXPECT_EQ(done[1].status, 0);
}

TEST_F(LinkServerTest, AskedFor_TheNextFrameGoesOutAsItCameIn) {
  app.Start();
  Forget();
  Say(link::ImageRequest{});
  Show(3, 77);
  while (app.busy()) app.Poll();
  ASSERT_EQ(Sent<link::ImageBegin>().size(), 1u);
  const auto data = Sent<link::ImageData>();
  ASSERT_EQ(data.size(), 1u);
  ASSERT_EQ(data[0].pixels.size(), 64u);
  for (const uint8_t pixel : data[0].pixels) EXPECT_EQ(pixel, 77);
}

TEST_F(LinkServerTest, SettingsOutOfRange_ChangeNothingAndAreAnsweredByAnError) {
  app.Start();
  Forget();
  Say(link::SettingsSet{});
  EXPECT_EQ(CodesOf(Sent<link::Error>()),
            (std::vector<uint8_t>{static_cast<uint8_t>(link::ErrorCode::kBadSettings)}));
  EXPECT_TRUE(Sent<link::Settings>().empty());
}

TEST_F(LinkServerTest, TimeOfTheLink_TypesOnlyWhereTimeComesFromThere) {
  app.Start();
  link::Arm arm;
  arm.armed = 1;
  Say(arm);
  Hold(1, 2);
  Forget();
  link::Time later;
  later.time_ms = now_ms + 3000;
  board_.time_comes_from_host = false;
  Say(later);
  EXPECT_TRUE(Sent<link::KeyReport>().empty());
  board_.time_comes_from_host = true;
  Say(later);
  EXPECT_FALSE(Sent<link::KeyReport>().empty());
}

}  // namespace
}  // namespace emojicam::app
