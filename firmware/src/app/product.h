// What a build knows of itself: the model and the settings that were compiled in. main.cc fills it from the
// generated headers, which nothing else of app/ reads.
#pragma once

#include <cstdint>

#include "app/board_settings.h"
#include "base/span.h"
#include "gesture/decision.h"
#include "gesture/gesture.h"
#include "image/form.h"
#include "image/motion.h"

namespace emojicam::app {

struct Product {
  // The model: its input in pixels, how its scores are meant, its name and the arena it has.
  uint16_t input_width;
  uint16_t input_height;
  uint8_t input_channels;
  PixelForm form;
  ScoreScale scale;
  uint32_t model_hash;
  uint32_t arena_size;
  // emojicam.toml's.
  Span<const Gesture> gestures;
  uint16_t crop_permille;
  bool mirror_in_turn;
  MotionSettings motion;
  BoardSettings settings;
};

}  // namespace emojicam::app
