#include "image/exposure.h"

#include <gtest/gtest.h>

#include "generated/watch_vectors.h"

namespace emojicam {
namespace {

TEST(Exposure, EveryPicture_IsJudgedAsPythonJudgesIt) {
  int count = 0;
  ForEachExposureVector([&count](Span<const int8_t> picture, Exposure expected) {
    EXPECT_EQ(ExposureOf(picture), expected) << "picture " << count;
    ++count;
  });
  EXPECT_GT(count, 8);
}

TEST(Exposure, NoPicture_IsFine) { EXPECT_EQ(ExposureOf({}), Exposure::kFine); }

TEST(ExposureCheck, ShortDarkness_DoesNotCount) {
  ExposureCheck check;
  for (uint32_t n = 0; n + 1 < ExposureCheck::kPatience; ++n) EXPECT_FALSE(check.Update(Exposure::kDark));
  EXPECT_FALSE(check.Update(Exposure::kFine));
  for (uint32_t n = 0; n + 1 < ExposureCheck::kPatience; ++n) EXPECT_FALSE(check.Update(Exposure::kDark));
  EXPECT_EQ(check.verdict(), Exposure::kFine);
}

TEST(ExposureCheck, LastingDarknessAndItsEnd_CountOnce) {
  ExposureCheck check;
  int changes = 0;
  for (uint32_t n = 0; n < 2 * ExposureCheck::kPatience; ++n) changes += check.Update(Exposure::kDark) ? 1 : 0;
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(check.verdict(), Exposure::kDark);
  for (uint32_t n = 0; n < 2 * ExposureCheck::kPatience; ++n) changes += check.Update(Exposure::kFine) ? 1 : 0;
  EXPECT_EQ(changes, 2);
  EXPECT_EQ(check.verdict(), Exposure::kFine);
}

}  // namespace
}  // namespace emojicam
