#include "keyboard/key_sequence.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "generated/keyboard_vectors.h"

namespace emojicam {
namespace {

constexpr Timing kVectorTiming{10, 11, 12};

std::vector<TimedReport> All(KeySequence sequence) {
  std::vector<TimedReport> reports;
  TimedReport report;
  while (reports.size() < 1000 && sequence.Next(&report)) reports.push_back(report);
  return reports;
}

class KeyboardVectorTest : public testing::TestWithParam<KeyboardVector> {};

TEST_P(KeyboardVectorTest, SameReportsAsPython) {
  const KeyboardVector& vector = GetParam();
  const Span<const uint8_t> text(vector.text, vector.text_size);
  const KeySequenceOptions options{vector.host, vector.layout, vector.function_key, kVectorTiming};
  KeySequence sequence;
  ASSERT_EQ(KeySequence::Create(text, options, &sequence), vector.error);
  ASSERT_EQ(KeySequence::Check(text, options), vector.error);
  const std::vector<TimedReport> reports = All(sequence);
  ASSERT_EQ(reports.size(), vector.report_count);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].report.modifiers, vector.reports[i][0]) << "report " << i;
    EXPECT_EQ(reports[i].report.keys[0], vector.reports[i][1]) << "report " << i;
    EXPECT_EQ(reports[i].hold_ms, vector.hold_ms[i]) << "report " << i;
  }
}

TEST_P(KeyboardVectorTest, ChangesOneThingAtATimeAndEndsAllUp) {
  const KeyboardVector& vector = GetParam();
  KeySequence sequence;
  const KeySequenceOptions options{vector.host, vector.layout, vector.function_key, kVectorTiming};
  if (KeySequence::Create({vector.text, vector.text_size}, options, &sequence) != TextError::kNone) {
    EXPECT_TRUE(All(sequence).empty());
    return;
  }
  Report before = kAllUp;
  for (const TimedReport& timed : All(sequence)) {
    const bool modifiers_changed = timed.report.modifiers != before.modifiers;
    const bool keys_changed = std::memcmp(timed.report.keys, before.keys, sizeof(before.keys)) != 0;
    EXPECT_NE(modifiers_changed, keys_changed);
    EXPECT_EQ(timed.report.reserved, 0);
    before = timed.report;
  }
  EXPECT_TRUE(IsAllUp(before));
}

INSTANTIATE_TEST_SUITE_P(Vectors, KeyboardVectorTest, testing::ValuesIn(kKeyboardVectors),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(KeySequence, DefaultIsEmpty) {
  KeySequence sequence;
  TimedReport report;
  EXPECT_FALSE(sequence.Next(&report));
}

TEST(KeySequence, RefusedText_LeavesTheSequenceAsItIs) {
  KeySequence sequence;
  const uint8_t good[] = {'a'};
  const uint8_t bad[] = {'b', 0xFF};
  ASSERT_EQ(KeySequence::Create(good, {}, &sequence), TextError::kNone);
  EXPECT_EQ(KeySequence::Create(bad, {}, &sequence), TextError::kInvalidUtf8);
  EXPECT_EQ(All(sequence).size(), 2u);
}

TEST(KeySequence, CallersTextMayGoAway) {
  KeySequence sequence;
  uint8_t text[] = {'a'};
  ASSERT_EQ(KeySequence::Create(text, {}, &sequence), TextError::kNone);
  text[0] = 'b';
  EXPECT_EQ(All(sequence)[0].report.keys[0], 0x04);
}

TEST(KeySequence, FitsABudget) { EXPECT_LE(sizeof(KeySequence), 160u); }

}  // namespace
}  // namespace emojicam
