#include "keyboard/typist.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace emojicam {
namespace {

struct Sent {
  uint32_t at_ms;
  Report report;
};

// The host's side: takes reports while it listens, and answers lock keys with its LEDs.
class FakeHost : public Sink {
 public:
  bool Ready() override { return ready; }
  bool Send(const Report& report) override {
    if (refusals > 0) {
      --refusals;
      return false;
    }
    sent.push_back({now_ms, report});
    if (answers_locks && report.keys[0] == usage::kNumLock) leds ^= led::kNumLock;
    if (answers_locks && report.keys[0] == usage::kCapsLock) leds ^= led::kCapsLock;
    return true;
  }
  bool AllUp() const { return sent.empty() || IsAllUp(sent.back().report); }
  std::size_t Presses(uint8_t key) const {
    std::size_t count = 0;
    for (const Sent& one : sent) count += one.report.keys[0] == key;
    return count;
  }

  bool ready = true;
  bool answers_locks = true;
  int refusals = 0;
  uint8_t leds = 0;
  uint32_t now_ms = 0;
  std::vector<Sent> sent;
};

class TypistTest : public testing::Test {
 protected:
  TypistTest() {
    typist.Configure(settings);
    typist.Arm(true);
  }
  void Use(Host which) {
    settings.host = which;
    typist.Configure(settings);
  }
  Firing Type(const std::string& text, uint8_t function_key = 0) {
    return typist.Type({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, function_key,
                       host.now_ms);
  }
  void Run(uint32_t ms) {
    for (uint32_t i = 0; i < ms; ++i) {
      ++host.now_ms;
      typist.OnLeds(host.leds);
      typist.Poll(host.now_ms);
    }
  }

  FakeHost host;
  TypistSettings settings;
  Typist typist{&host};
};

TEST_F(TypistTest, Armed_TypesAndEndsAllUp) {
  EXPECT_EQ(Type("👍"), Firing::kQueued);
  EXPECT_FALSE(typist.idle());
  Run(1000);
  EXPECT_EQ(host.sent.size(), 16u);
  EXPECT_TRUE(host.AllUp());
  EXPECT_TRUE(typist.idle());
  EXPECT_EQ(typist.counters().typed, 1u);
}

TEST_F(TypistTest, ReportsStayForTheirTimes) {
  settings.timing = {15, 12, 20};
  typist.Configure(settings);
  Type("aA");
  Run(1000);
  std::vector<uint32_t> times;
  for (std::size_t i = 1; i < host.sent.size(); ++i)
    times.push_back(host.sent[i].at_ms - host.sent[i - 1].at_ms);
  EXPECT_EQ(times, (std::vector<uint32_t>{15, 20, 12, 15, 12}));
}

TEST_F(TypistTest, Disarmed_TypesNothing) {
  typist.Arm(false);
  EXPECT_EQ(Type("a"), Firing::kNotArmed);
  Run(100);
  EXPECT_TRUE(host.sent.empty());
  EXPECT_EQ(typist.counters().not_armed, 1u);
}

TEST_F(TypistTest, DisarmedByDefault) { EXPECT_FALSE(Typist(&host).armed()); }

TEST_F(TypistTest, DisarmedWhileKeyIsDown_ReleasesItAndTypesNoMore) {
  Type("abc");
  Run(2);
  ASSERT_FALSE(host.AllUp());
  typist.Arm(false);
  Run(1);
  EXPECT_TRUE(host.AllUp());
  const std::size_t sent = host.sent.size();
  Run(500);
  EXPECT_EQ(host.sent.size(), sent);
  EXPECT_TRUE(typist.idle());
  EXPECT_EQ(typist.counters().cut, 1u);
}

TEST_F(TypistTest, FiringWhileTyping_WaitsForItsTurn) {
  settings.min_interval_ms = 0;
  typist.Configure(settings);
  Type("a");
  Run(1);
  EXPECT_EQ(Type("b"), Firing::kQueued);
  EXPECT_EQ(Type("c"), Firing::kQueued);
  EXPECT_EQ(Type("d"), Firing::kQueueFull);
  Run(500);
  ASSERT_EQ(host.sent.size(), 6u);
  EXPECT_EQ(host.sent[0].report.keys[0], 0x04);
  EXPECT_EQ(host.sent[2].report.keys[0], 0x05);
  EXPECT_EQ(host.sent[4].report.keys[0], 0x06);
  EXPECT_EQ(typist.counters().queue_full, 1u);
}

TEST_F(TypistTest, TooSoonAfterTheLast_IsDroppedAndCounted) {
  Type("a");
  Run(499);
  EXPECT_EQ(Type("b"), Firing::kTooSoon);
  Run(1);
  EXPECT_EQ(Type("c"), Firing::kQueued);
  EXPECT_EQ(typist.counters().too_soon, 1u);
}

TEST_F(TypistTest, RateLimitHoldsWhenTheClockWrapsAround) {
  host.now_ms = 0xFFFFFF00u;
  Type("a");
  Run(400);
  EXPECT_EQ(Type("b"), Firing::kTooSoon);
  Run(200);
  EXPECT_EQ(Type("b"), Firing::kQueued);
  Run(300);
  EXPECT_EQ(typist.counters().typed, 2u);
}

TEST_F(TypistTest, BadText_IsRefusedAndCounted) {
  EXPECT_EQ(Type("\xED\xA0\xBD"), Firing::kRefusedText);
  EXPECT_EQ(Type(""), Firing::kRefusedText);
  Run(100);
  EXPECT_TRUE(host.sent.empty());
  EXPECT_EQ(typist.counters().refused_text, 2u);
}

TEST_F(TypistTest, FunctionKey_IgnoresTextOfAnySize) {
  Use(Host::kFunctionKeys);
  EXPECT_EQ(Type(std::string(500, 'x'), 3), Firing::kQueued);
  Run(100);
  ASSERT_EQ(host.sent.size(), 2u);
  EXPECT_EQ(host.sent[0].report.keys[0], 0x6B);
}

TEST_F(TypistTest, HostIsSlow_NothingIsLostOrRepeated) {
  Type("ab");
  for (int i = 0; i < 40; ++i) {
    host.ready = i % 7 == 0;
    host.refusals = i % 14 == 0 ? 1 : 0;
    Run(30);
  }
  EXPECT_EQ(host.sent.size(), 4u);
  EXPECT_EQ(typist.counters().typed, 1u);
}

TEST_F(TypistTest, HostStopsReadingInTheMiddle_SequenceIsCutAndReleasedWhenItReadsAgain) {
  Type("👍");
  Run(2);
  host.ready = false;
  Run(60000);
  EXPECT_EQ(host.sent.size(), 1u);
  host.ready = true;
  Run(1000);
  ASSERT_EQ(host.sent.size(), 2u);
  EXPECT_TRUE(host.AllUp());
  EXPECT_EQ(typist.counters().cut, 1u);
  Type("a");
  Run(100);
  EXPECT_EQ(host.sent.size(), 4u);
}

TEST_F(TypistTest, HostReadsAgainInTime_SequenceGoesOn) {
  Type("👍");
  Run(50);
  host.ready = false;
  Run(1900);
  host.ready = true;
  Run(500);
  EXPECT_EQ(host.sent.size(), 16u);
  EXPECT_EQ(typist.counters().typed, 1u);
}

TEST_F(TypistTest, HostThatNeverReads_FiringsGetStale) {
  host.ready = false;
  Type("a");
  Run(600);
  Type("b");
  Run(600);
  EXPECT_EQ(Type("c"), Firing::kQueueFull);
  Run(3000);
  EXPECT_EQ(typist.counters().stale, 2u);
  host.ready = true;
  Run(100);
  EXPECT_TRUE(host.sent.empty());
}

TEST_F(TypistTest, Reset_FirstReportIsAllUpAndTheRestIsGone) {
  settings.min_interval_ms = 0;
  typist.Configure(settings);
  Type("👍");
  Type("a");
  Run(15);
  ASSERT_FALSE(host.AllUp());
  host.ready = false;
  typist.Reset();
  Run(100);
  const std::size_t before = host.sent.size();
  host.ready = true;
  Run(500);
  ASSERT_EQ(host.sent.size(), before + 1);
  EXPECT_TRUE(host.AllUp());
  EXPECT_EQ(typist.counters().cut, 2u);
  EXPECT_TRUE(typist.armed());
}

TEST_F(TypistTest, ResetWhileIdle_SendsAllUpOnce) {
  typist.Reset();
  EXPECT_FALSE(typist.idle());
  Run(100);
  ASSERT_EQ(host.sent.size(), 1u);
  EXPECT_TRUE(host.AllUp());
  EXPECT_TRUE(typist.idle());
}

TEST_F(TypistTest, OtherSettings_CutWhatIsBeingTyped) {
  Type("abc");
  Run(2);
  Use(Host::kMacos);
  Run(500);
  EXPECT_TRUE(host.AllUp());
  EXPECT_EQ(host.sent.size(), 2u);
}

TEST_F(TypistTest, WindowsAlt_NumLockOff_IsTurnedOnAndOffAgain) {
  Use(Host::kWindowsAlt);
  Type("👍");
  Run(1000);
  EXPECT_EQ(host.sent.front().report.keys[0], usage::kNumLock);
  EXPECT_EQ(host.Presses(usage::kNumLock), 2u);
  EXPECT_EQ(host.leds, 0);
  EXPECT_TRUE(host.AllUp());
  EXPECT_EQ(typist.counters().typed, 1u);
}

TEST_F(TypistTest, WindowsAlt_NumLockOn_StaysOn) {
  Use(Host::kWindowsAlt);
  host.leds = led::kNumLock;
  Run(1);
  Type("👍");
  Run(1000);
  EXPECT_EQ(host.Presses(usage::kNumLock), 0u);
  EXPECT_EQ(typist.counters().typed, 1u);
}

TEST_F(TypistTest, NumLockIgnoredByHost_NothingIsTyped) {
  Use(Host::kWindowsAlt);
  host.answers_locks = false;
  Type("👍");
  Run(1000);
  EXPECT_EQ(host.sent.size(), 2u);
  EXPECT_EQ(typist.counters().lock_refused, 1u);
  EXPECT_EQ(typist.counters().typed, 0u);
}

TEST_F(TypistTest, CapsLockOn_IsTurnedOffAndOnAgain) {
  host.leds = led::kCapsLock | led::kNumLock;
  Run(1);
  Type("a");
  Run(1000);
  EXPECT_EQ(host.Presses(usage::kCapsLock), 2u);
  EXPECT_EQ(host.Presses(usage::kNumLock), 0u);
  EXPECT_EQ(host.leds, led::kCapsLock | led::kNumLock);
}

TEST_F(TypistTest, Macos_LeavesLockKeysAlone) {
  Use(Host::kMacos);
  host.leds = led::kCapsLock;
  Run(1);
  Type("👍");
  Run(1000);
  EXPECT_EQ(host.Presses(usage::kCapsLock), 0u);
}

TEST_F(TypistTest, DisarmedWhileLocksAreChanged_PutsThemBack) {
  Use(Host::kWindowsAlt);
  host.leds = led::kCapsLock;
  Run(1);
  for (uint32_t after : {1u, 5u, 15u, 30u, 45u, 60u, 80u, 120u}) {
    typist.Arm(true);
    Type("👍");
    Run(after);
    typist.Arm(false);
    Run(1000);
    EXPECT_EQ(host.leds, led::kCapsLock) << "disarmed after " << after << " ms";
    EXPECT_TRUE(host.AllUp());
    EXPECT_TRUE(typist.idle());
  }
}

// Whatever happens in whatever order, nothing stays down, each report follows from the one before, and every
// firing is counted once.
TEST_F(TypistTest, RandomEvents_NeverStuckAndEveryFiringIsCounted) {
  const std::string texts[] = {"👍", "a", "Hi!", "\xFF", "", "👨‍👩‍👧‍👦"};
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 generator(seed);
    const auto random = [&generator] { return static_cast<uint32_t>(generator()); };
    host = FakeHost();
    host.now_ms = random();
    host.answers_locks = seed % 5 != 0;
    host.leds = static_cast<uint8_t>(random() & 3);
    settings.host = static_cast<Host>(seed % kHostCount);
    settings.layout = static_cast<Layout>(seed % kLayoutCount);
    Typist fresh(&host);
    fresh.Configure(settings);
    fresh.Arm(true);
    uint32_t firings = 0;
    for (int event = 0; event < 60; ++event) {
      const std::string& text = texts[random() % 6];
      switch (random() % 8) {
        case 0:
          host.ready = random() % 3 != 0;
          break;
        case 1:
          fresh.Arm(random() % 4 != 0);
          break;
        case 2:
          if (random() % 4 == 0) fresh.Reset();
          break;
        case 3:
          host.refusals = static_cast<int>(random() % 3);
          break;
        default:
          fresh.Type({reinterpret_cast<const uint8_t*>(text.data()), text.size()},
                     static_cast<uint8_t>(random() % 14), host.now_ms);
          ++firings;
      }
      for (uint32_t ms = random() % 400; ms > 0; --ms) {
        ++host.now_ms;
        fresh.OnLeds(host.leds);
        fresh.Poll(host.now_ms);
      }
    }
    host.ready = true;
    for (int ms = 0; ms < 20000; ++ms) {
      ++host.now_ms;
      fresh.OnLeds(host.leds);
      fresh.Poll(host.now_ms);
    }
    EXPECT_TRUE(fresh.idle()) << "seed " << seed;
    EXPECT_TRUE(host.AllUp()) << "seed " << seed;
    Report before = kAllUp;
    for (const Sent& one : host.sent) {
      const bool modifiers_changed = one.report.modifiers != before.modifiers;
      const bool key_changed = one.report.keys[0] != before.keys[0];
      EXPECT_TRUE(IsAllUp(one.report) || modifiers_changed != key_changed) << "seed " << seed;
      before = one.report;
    }
    const TypistCounters& c = fresh.counters();
    EXPECT_EQ(
        c.typed + c.not_armed + c.too_soon + c.queue_full + c.refused_text + c.stale + c.cut + c.lock_refused,
        firings)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace emojicam
