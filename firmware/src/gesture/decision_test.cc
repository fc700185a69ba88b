#include "gesture/decision.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "generated/decision_vectors.h"

namespace emojicam {
namespace {

float FromBits(uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
uint32_t Bits(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

TEST(Decision, EveryStream_MatchesPythonBitForBit) {
  for (const DecisionStream& stream : kDecisionStreams) {
    std::vector<float> exponential;
    if (stream.exponential != nullptr) {
      for (int i = 0; i < 256; ++i) exponential.push_back(FromBits(stream.exponential[i]));
    }
    const ScoreScale scale{exponential.empty() ? nullptr : exponential.data(), FromBits(stream.scale),
                           stream.zero_point};
    DecisionSettings settings;
    settings.classes = 5;
    settings.time_constant_ms = stream.time_constant_ms;
    settings.margin = FromBits(stream.margin);
    for (std::size_t i = 0; i < 5; ++i) {
      settings.activation[i] = FromBits(stream.activation[i]);
      settings.threshold[i] = FromBits(stream.threshold[i]);
    }
    Decider decider(settings);
    for (int i = 0; i < stream.step_count; ++i) {
      const DecisionStep& step = stream.steps[i];
      float probabilities[5];
      Probabilities(step.scores, scale, probabilities);
      const Decision decision = decider.Update(probabilities, step.time_ms);
      for (std::size_t c = 0; c < 5; ++c) {
        ASSERT_EQ(Bits(probabilities[c]), step.probabilities[c]);
        ASSERT_EQ(Bits(decider.smoothed()[c]), step.smoothed[c]);
      }
      ASSERT_EQ(decision.gesture, step.gesture);
      ASSERT_EQ(decision.fired, step.fired);
    }
  }
}

TEST(Decision, EveryWeight_IsPythonsBitForBit) {
  for (const DecisionWeight& each : kDecisionWeights) {
    EXPECT_EQ(DecayOf(each.time_constant_ms), each.decay);
    EXPECT_EQ(Bits(WeightOf(each.gap_ms, each.decay)), each.weight)
        << each.time_constant_ms << " " << each.gap_ms;
  }
}

TEST(FrameClock, GapIsTheTimeBetweenFrames_TheFirstsIsThatOf25ASecond_ALongOnesTheLongest) {
  FrameClock clock;
  EXPECT_EQ(clock.Gap(0xFFFFFFF0u), 40u);
  EXPECT_EQ(clock.Gap(0xFFFFFFFFu), 15u);
  EXPECT_EQ(clock.Gap(12), 13u);
  EXPECT_EQ(clock.Gap(12), 0u);
  EXPECT_EQ(clock.Gap(12 + 249), 249u);
  EXPECT_EQ(clock.Gap(12 + 249 + 2000), 250u);
  EXPECT_EQ(clock.Gap(5), 250u);  // set back
  clock.Reset();
  EXPECT_EQ(clock.Gap(6), 40u);
}

class HeldGesture : public ::testing::Test {
 protected:
  HeldGesture() {
    settings_.classes = 3;
    settings_.time_constant_ms = 78;
    settings_.margin = 0.1f;
    settings_.activation = {0, 0.6f, 0.6f};
    settings_.threshold = {0.5f, 0.7f, 0.7f};
  }
  // Firings in `frames` frames of a class seen with `probability`.
  int Show(Decider& decider, std::size_t gesture, int frames, float probability = 0.9f) {
    int fired = 0;
    for (int i = 0; i < frames; ++i) {
      float seen[3];
      for (float& value : seen) value = (1 - probability) / 2;
      seen[gesture] = probability;
      const Decision decision = decider.Update(seen, now_ms_ += 40);
      if (decision.fired) {
        EXPECT_EQ(decision.gesture, gesture);
        ++fired;
      }
    }
    return fired;
  }
  DecisionSettings settings_;
  uint32_t now_ms_ = 0;
};

TEST_F(HeldGesture, FiresOnceHoweverLongItIsHeld) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 200), 1);
}

TEST_F(HeldGesture, FiresAgainOnlyAfterItWasReleased) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 20), 1);
  EXPECT_EQ(Show(decider, 0, 20), 0);
  EXPECT_EQ(Show(decider, 1, 20), 1);
}

TEST_F(HeldGesture, SingleFrameFiresNothing) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 1, 1.0f), 0);
  EXPECT_EQ(Show(decider, 0, 10), 0);
}

TEST_F(HeldGesture, ShortDoubtInBetweenDoesNotFireTwice) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 20), 1);
  EXPECT_EQ(Show(decider, 1, 1, 0.4f), 0);
  EXPECT_EQ(Show(decider, 1, 20), 0);
}

TEST_F(HeldGesture, BelowItsActivationCountsAsNone) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 100, 0.59f), 0);
  EXPECT_GT(decider.smoothed()[0], 0.99f);
}

TEST_F(HeldGesture, ExactlyItsActivationIsEnough) {
  settings_.threshold[1] = 0.5f;
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 100, settings_.activation[1]), 1);
}

TEST_F(HeldGesture, ExactlyTheMarginIsEnough) {
  settings_.margin = 0.625f;  // 0.75 against 0.125
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 100, 0.75f), 1);
}

TEST_F(HeldGesture, ExactlyItsThresholdFires) {
  settings_.time_constant_ms = 20;
  settings_.threshold[1] = WeightOf(40, DecayOf(20));
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 1, 1.0f), 1);
}

TEST_F(HeldGesture, ResetForgetsWhatWasSeenAndWhen) {
  Decider decider(settings_);
  Decider fresh(settings_);
  Show(decider, 1, 20);
  decider.Reset();
  const float seen[3] = {0.05f, 0.05f, 0.9f};
  now_ms_ += 200;
  decider.Update(seen, now_ms_);
  fresh.Update(seen, now_ms_);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(decider.smoothed()[i], fresh.smoothed()[i]);
}

TEST_F(HeldGesture, ResetLetsWhatWasHeldFireAgain) {
  settings_.time_constant_ms = 20;
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 20), 1);
  decider.Reset();
  EXPECT_EQ(Show(decider, 1, 1), 1);
}

TEST_F(HeldGesture, OfTwoEquallySure_TheFirstsActivationCounts) {
  settings_.margin = 0;
  settings_.activation = {0, 0.3f, 0.9f};
  settings_.time_constant_ms = 20;
  Decider decider(settings_);
  const float seen[3] = {0.1f, 0.45f, 0.45f};
  decider.Update(seen, 40);
  EXPECT_GT(decider.smoothed()[1], 0.3f);
}

TEST_F(HeldGesture, AnotherGestureFiresWithoutReleaseInBetween) {
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 1, 20), 1);
  EXPECT_EQ(Show(decider, 2, 20), 1);
}

TEST_F(HeldGesture, SingleFrameAfterAStall_FiresNothing_AndWhatWasHeldDoesNotFireAgain) {
  settings_.time_constant_ms = 551;
  Decider decider(settings_);
  EXPECT_EQ(Show(decider, 0, 25), 0);
  now_ms_ += 2000;
  EXPECT_EQ(Show(decider, 1, 1), 0);
  EXPECT_EQ(Show(decider, 1, 25), 1);
  now_ms_ += 2000;
  EXPECT_EQ(Show(decider, 1, 25), 0);
}

}  // namespace
}  // namespace emojicam
