#include "image/form.h"

#include <gtest/gtest.h>

#include <vector>

#include "generated/image_vectors.h"

namespace emojicam {
namespace {

TEST(Form, EveryVector_ComesOutAsPythonMakesIt) {
  int compared = 0;
  ForEachFormVector([&compared](const PixelForm& form, uint8_t channels, Span<const int8_t> picture,
                                Span<const int8_t> expected) {
    std::vector<int8_t> out(picture.begin(), picture.end());
    ApplyForm(form, channels, {out.data(), out.size()});
    EXPECT_EQ(out, std::vector<int8_t>(expected.begin(), expected.end())) << compared;
    ++compared;
  });
  EXPECT_EQ(compared, 6);
}

TEST(Form, PlainForm_IsOneThatChangesNothing) {
  EXPECT_TRUE(PixelForm{}.plain());
  const int8_t table[256] = {};
  EXPECT_FALSE((PixelForm{table, 1, false}.plain()));
  EXPECT_FALSE((PixelForm{nullptr, 1, true}.plain()));
  std::vector<int8_t> empty;
  ApplyForm({table, 3, true}, 3, {empty.data(), empty.size()});
}

}  // namespace
}  // namespace emojicam
