#include "app/button.h"

#include <gtest/gtest.h>

namespace emojicam::app {
namespace {

// How many presses there are while the level stays for so many ms.
int Hold(Button& button, bool down, uint32_t ms, uint32_t* now_ms) {
  int presses = 0;
  for (; ms > 0; --ms) presses += button.Pressed(down, ++*now_ms);
  return presses;
}

TEST(Button, EachPress_CountsOnceHoweverLongItIsHeld) {
  for (uint32_t now_ms : {0u, 0xFFFFFF00u}) {  // the clock wraps around
    Button button;
    EXPECT_EQ(Hold(button, false, 100, &now_ms), 0);
    EXPECT_EQ(Hold(button, true, 1000, &now_ms), 1);
    EXPECT_EQ(Hold(button, false, 100, &now_ms), 0);
    EXPECT_EQ(Hold(button, true, 100, &now_ms), 1);
  }
}

TEST(Button, Bounces_AreOnePress) {
  Button button;
  uint32_t now_ms = 0;
  int presses = Hold(button, false, 100, &now_ms);
  for (int i = 0; i < 5; ++i) presses += Hold(button, true, 2, &now_ms) + Hold(button, false, 1, &now_ms);
  presses += Hold(button, true, 100, &now_ms);
  for (int i = 0; i < 5; ++i) presses += Hold(button, false, 2, &now_ms) + Hold(button, true, 1, &now_ms);
  presses += Hold(button, false, 100, &now_ms);
  EXPECT_EQ(presses, 1);
}

TEST(Button, DisturbanceShorterThanAPress_IsNone) {
  Button button;
  uint32_t now_ms = 0;
  EXPECT_EQ(Hold(button, false, 100, &now_ms), 0);
  EXPECT_EQ(Hold(button, true, Button::kSteadyMs - 1, &now_ms), 0);
  EXPECT_EQ(Hold(button, false, 100, &now_ms), 0);
}

TEST(Button, DownFromTheStart_HasToGoUpFirst) {
  Button button;
  uint32_t now_ms = 0;
  EXPECT_EQ(Hold(button, true, 5000, &now_ms), 0);
  EXPECT_EQ(Hold(button, false, 100, &now_ms), 0);
  EXPECT_EQ(Hold(button, true, 100, &now_ms), 1);
}

}  // namespace
}  // namespace emojicam::app
