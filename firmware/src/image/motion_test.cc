#include "image/motion.h"

#include <gtest/gtest.h>

#include <vector>

#include "generated/watch_vectors.h"

namespace emojicam {
namespace {

TEST(Motion, EveryStream_IsGatedAsPythonGatesIt) {
  int rested = 0;
  ForEachMotionStream([&rested](const MotionStream& stream) {
    MotionGate gate(stream.settings);
    const std::size_t size = std::size_t{stream.width} * stream.height * stream.channels;
    for (const MotionLook& look : stream.looks) {
      EXPECT_EQ(gate.Update({look.values, size}, stream.width, stream.height, stream.channels, look.time_ms),
                look.awake)
          << "at " << look.time_ms << " ms";
      rested += look.awake ? 0 : 1;
    }
  });
  EXPECT_GT(rested, 10);
}

TEST(Motion, GateThatIsOff_NeverRests) {
  const MotionSettings settings{false, 1, 1};
  MotionGate gate(settings);
  const std::vector<int8_t> picture(64);
  for (uint32_t ms = 0; ms < 100000; ms += 1000) {
    EXPECT_TRUE(gate.Update({picture.data(), picture.size()}, 8, 8, 1, ms));
  }
}

TEST(Motion, RestingBoard_WakesWithTheFirstPictureThatDiffers) {
  const MotionSettings settings{true, 6, 1000};
  MotionGate gate(settings);
  std::vector<int8_t> picture(64);
  const auto look = [&](uint32_t ms) { return gate.Update({picture.data(), picture.size()}, 8, 8, 1, ms); };
  EXPECT_TRUE(look(0));
  EXPECT_TRUE(look(999));
  EXPECT_FALSE(look(1000));
  EXPECT_TRUE(gate.resting());
  picture[63] = 5;
  EXPECT_FALSE(look(5000));
  picture[63] = 6;
  EXPECT_TRUE(look(5001));
  EXPECT_TRUE(look(6000));
  EXPECT_FALSE(look(6001));
}

}  // namespace
}  // namespace emojicam
