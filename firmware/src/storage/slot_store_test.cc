#include "storage/slot_store.h"

#include <gtest/gtest.h>

#include <string>

#include "link/packet.h"
#include "storage/fake_flash.h"

namespace emojicam {
namespace {

std::string Loaded(FakeFlash& flash) {
  uint8_t content[SlotStore::kMaxContent];
  const std::size_t size = SlotStore(&flash).Load(content);
  return std::string(content, content + size);
}

bool Save(FakeFlash& flash, const std::string& content) {
  return SlotStore(&flash).Save({reinterpret_cast<const uint8_t*>(content.data()), content.size()}) ==
         Error::kNone;
}

TEST(SlotStore, EmptyFlash_HasNothing) {
  FakeFlash flash;
  EXPECT_EQ(Loaded(flash), "");
}

TEST(SlotStore, WhatIsSavedLast_IsLoaded) {
  FakeFlash flash;
  for (int i = 0; i < 20; ++i) {
    const std::string content(static_cast<std::size_t>(1 + 13 * i), static_cast<char>('a' + i));
    ASSERT_TRUE(Save(flash, content));
    EXPECT_EQ(Loaded(flash), content);
  }
  EXPECT_FALSE(flash.programmed_twice);
}

TEST(SlotStore, SameContentAgain_IsNotWritten) {
  FakeFlash flash;
  ASSERT_TRUE(Save(flash, "same"));
  flash.steps_left = 0;
  EXPECT_TRUE(Save(flash, "same"));
}

TEST(SlotStore, EmptyOrTooLarge_IsRefused) {
  FakeFlash flash;
  ASSERT_TRUE(Save(flash, "kept"));
  EXPECT_FALSE(Save(flash, ""));
  EXPECT_FALSE(Save(flash, std::string(SlotStore::kMaxContent + 1, 'x')));
  EXPECT_EQ(Loaded(flash), "kept");
}

TEST(SlotStore, BufferTooSmall_LoadsNothing) {
  FakeFlash flash;
  ASSERT_TRUE(Save(flash, "eight by"));
  uint8_t content[7];
  EXPECT_EQ(SlotStore(&flash).Load(content), 0u);
}

// Flash that is worn says that it has written, and has not.
TEST(SlotStore, BytesThatReadBackOtherwise_AreNotSaved) {
  for (const std::size_t byte : {std::size_t{0}, std::size_t{4}, std::size_t{12}, FlashDevice::kWord}) {
    FakeFlash flash;
    ASSERT_TRUE(Save(flash, "older"));
    flash.worn = {1, byte, 0x80};
    EXPECT_FALSE(Save(flash, "newer")) << "byte " << byte;
    EXPECT_EQ(Loaded(flash), "older") << "byte " << byte;
  }
}

TEST(SlotStore, SequenceWrapsAround) {
  FakeFlash flash;
  ASSERT_TRUE(Save(flash, "a"));
  // The record with the last number there is, made by hand: sequence, size and content are what the CRC
  // covers.
  const uint8_t covered[] = {0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 'a'};
  const uint32_t crc = link::Crc32(covered);
  std::memcpy(flash.bytes[0].data() + 4, covered, 8);
  std::memcpy(flash.bytes[0].data() + 12, &crc, 4);
  ASSERT_EQ(Loaded(flash), "a");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Save(flash, std::string(1, static_cast<char>('b' + i))));
    EXPECT_EQ(Loaded(flash), std::string(1, static_cast<char>('b' + i)));
  }
}

TEST(SlotStore, AnyBitOfTheNewerRecordWrong_LoadsTheOlder) {
  FakeFlash flash;
  ASSERT_TRUE(Save(flash, "older"));
  ASSERT_TRUE(Save(flash, "newer"));
  for (std::size_t bit = 0; bit < 8 * (FlashDevice::kWord + 5); ++bit) {
    const std::size_t byte = bit / 8;
    if (byte >= 16 && byte < FlashDevice::kWord) continue;  // padding
    FakeFlash damaged = flash;
    damaged.bytes[1][byte] = static_cast<uint8_t>(damaged.bytes[1][byte] ^ (1u << bit % 8));
    EXPECT_EQ(Loaded(damaged), "older") << "bit " << bit;
  }
}

TEST(SlotStore, DamagedRecord_IsToldFromNoRecord) {
  FakeFlash flash;
  const auto damaged = [&flash] {
    uint8_t content[SlotStore::kMaxContent];
    SlotStore store(&flash);
    store.Load(content);
    return store.damaged();
  };
  EXPECT_FALSE(damaged());
  flash.bytes[1].fill(0);  // another firmware's
  EXPECT_FALSE(damaged());
  ASSERT_TRUE(Save(flash, "older"));
  ASSERT_TRUE(Save(flash, "newer"));
  EXPECT_FALSE(damaged());
  FakeFlash whole = flash;
  flash.bytes[1][FlashDevice::kWord] = 0;
  EXPECT_TRUE(damaged());
  flash = whole;
  flash.unreadable[0][0] = true;
  EXPECT_TRUE(damaged());
  ASSERT_TRUE(Save(flash, "healed"));
  EXPECT_FALSE(damaged());
}

// The power goes at every single step of a change, and leaves the word that was being changed in every state.
TEST(SlotStore, PowerCutAnywhere_LeavesTheOldOrTheNew) {
  for (const auto torn : {FakeFlash::Torn::kOld, FakeFlash::Torn::kNew, FakeFlash::Torn::kNoise,
                          FakeFlash::Torn::kUnreadable}) {
    for (int history = 0; history < 3; ++history) {
      FakeFlash before;
      std::string old;
      for (int i = 0; i < history; ++i) {
        old = "old " + std::string(static_cast<std::size_t>(40 * i), 'x') + std::to_string(i);
        ASSERT_TRUE(Save(before, old));
      }
      const std::string fresh = "new " + std::string(100, 'y');
      bool finished = false;
      int steps = 0;
      for (; !finished; ++steps) {
        ASSERT_LT(steps, 1000);
        FakeFlash flash = before;
        flash.torn = torn;
        flash.steps_left = steps;
        finished = Save(flash, fresh);
        flash.steps_left = -1;
        const std::string found = Loaded(flash);
        EXPECT_TRUE(found == old || found == fresh) << "after " << steps << " steps: " << found;
        if (finished) {
          EXPECT_EQ(found, fresh);
        }
        // And life goes on.
        EXPECT_TRUE(Save(flash, "next"));
        EXPECT_EQ(Loaded(flash), "next");
      }
      EXPECT_GT(steps, 30);
    }
  }
}

TEST(SlotStore, PowerCutsOneAfterAnother_NeverLoseTheLastThatWasSaved) {
  std::minstd_rand random(1);
  for (int run = 0; run < 200; ++run) {
    FakeFlash flash;
    std::string saved;
    for (int i = 0; i < 20; ++i) {
      const std::string next = std::to_string(run) + "/" + std::to_string(i);
      flash.torn = static_cast<FakeFlash::Torn>(random() % 4);
      flash.steps_left = random() % 3 == 0 ? -1 : static_cast<int>(random() % 36);
      const bool done = Save(flash, next);
      flash.steps_left = -1;
      const std::string found = Loaded(flash);
      if (done) {
        EXPECT_EQ(found, next);
      } else {
        EXPECT_TRUE(found == saved || found == next);
      }
      saved = found;
    }
  }
}

}  // namespace
}  // namespace emojicam
