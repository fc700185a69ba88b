#include "inference/head.h"

#include <gtest/gtest.h>

#include <vector>

namespace emojicam {
namespace {

std::vector<int> Scores(const Head& head, std::vector<int8_t> outputs) {
  std::vector<int8_t> scores(head.classes, 99);
  ApplyHead(head, {outputs.data(), outputs.size()}, {scores.data(), scores.size()});
  return {scores.begin(), scores.end()};
}

TEST(Head, OneOutputAClass_StaysAsItIs) {
  EXPECT_EQ(Scores({Head::Kind::kAsItIs, 3, 3}, {1, -128, 127}), (std::vector<int>{1, -128, 127}));
}

TEST(Head, OneProbability_LeavesTheFirstClassTheRest) {
  const Head head = {Head::Kind::kSigmoid, 1, 2, -128};
  EXPECT_EQ(Scores(head, {0}), (std::vector<int>{0, 0}));
  EXPECT_EQ(Scores(head, {127}), (std::vector<int>{-127, 127}));
  EXPECT_EQ(Scores(head, {-127}), (std::vector<int>{127, -127}));
  EXPECT_EQ(Scores(head, {-128}), (std::vector<int>{127, -128}));
}

TEST(Head, OneLogit_StandsAgainstZero) {
  EXPECT_EQ(Scores({Head::Kind::kLogit, 1, 2, -7}, {50}), (std::vector<int>{-7, 50}));
}

TEST(Head, Groups_HaveTheBestOfTheirOutputs) {
  const uint8_t class_of[] = {0, 2, 1, 0, 2};
  EXPECT_EQ(Scores({Head::Kind::kGroups, 5, 3, 0, class_of}, {-5, 9, -128, 4, 3}),
            (std::vector<int>{4, -128, 9}));
}

}  // namespace
}  // namespace emojicam
