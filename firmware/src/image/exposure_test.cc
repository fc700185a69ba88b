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

TEST(ExposureCheck, EveryStream_ChangesWhenPythonSays) {
  int changes = 0;
  ForEachExposureStream([&changes](Span<const ExposureLook> looks) {
    ExposureCheck check;
    for (const ExposureLook& look : looks) {
      EXPECT_EQ(check.Update(look.seen, look.time_ms), look.changed) << "at " << look.time_ms << " ms";
      changes += look.changed ? 1 : 0;
    }
  });
  EXPECT_GT(changes, 8);
}

// What is seen for so long in even steps; returns how often what counts has changed.
int See(ExposureCheck& check, Exposure seen, uint32_t* now_ms, uint32_t for_ms, uint32_t step_ms) {
  int changes = 0;
  for (const uint32_t end = *now_ms + for_ms; *now_ms < end; *now_ms += step_ms) {
    changes += check.Update(seen, *now_ms) ? 1 : 0;
  }
  return changes;
}

TEST(ExposureCheck, ShortDarkness_DoesNotCount_HoweverManyPictures) {
  for (const uint32_t step_ms : {13u, 40u, 83u}) {
    ExposureCheck check;
    uint32_t now_ms = 0;
    EXPECT_EQ(See(check, Exposure::kDark, &now_ms, ExposureCheck::kPatienceMs - 100, step_ms), 0);
    EXPECT_EQ(See(check, Exposure::kFine, &now_ms, step_ms, step_ms), 0);
    EXPECT_EQ(See(check, Exposure::kDark, &now_ms, ExposureCheck::kPatienceMs - 100, step_ms), 0);
    EXPECT_EQ(check.verdict(), Exposure::kFine);
  }
}

TEST(ExposureCheck, LastingDarknessAndItsEnd_CountOnce_HoweverFewPictures) {
  for (const uint32_t step_ms : {13u, 40u, 83u, 200u}) {
    ExposureCheck check;
    uint32_t now_ms = 0;
    EXPECT_EQ(See(check, Exposure::kDark, &now_ms, 2 * ExposureCheck::kPatienceMs, step_ms), 1);
    EXPECT_EQ(check.verdict(), Exposure::kDark);
    EXPECT_EQ(See(check, Exposure::kFine, &now_ms, 2 * ExposureCheck::kPatienceMs, step_ms), 1);
    EXPECT_EQ(check.verdict(), Exposure::kFine);
  }
}

TEST(ExposureCheck, TwoDarkPicturesOnEitherSideOfAStall_DoNotCount) {
  ExposureCheck check;
  EXPECT_FALSE(check.Update(Exposure::kDark, 0));
  EXPECT_FALSE(check.Update(Exposure::kDark, 60000));
}

}  // namespace
}  // namespace emojicam
