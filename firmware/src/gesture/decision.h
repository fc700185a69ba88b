// The gesture stage: scores of single frames -> which gesture is held, and when it fires.
//
//   scores --softmax--> probabilities --activation, margin--> evidence --exponential smoothing--> smoothed
//          --threshold--> held gesture --changed?--> firing
//
// Smoothing is in time: a frame's evidence holds for the time since the frame before it, so that a gesture
// fires after as long at 12 frames a second as at 75.
//
// Its Python twin is python/emojicam/gesture; both compute in float32, in the same order and without fused
// operations, so that their results are equal to the last bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/frame_clock.h"
#include "base/span.h"

namespace emojicam {

inline constexpr std::size_t kMaxGestures = 16;

// How a model's int8 scores become probabilities.
struct ScoreScale {
  // exp(-k * scale) for k = 0 to 255, or null where the model ends in a softmax of its own.
  const float* exponential = nullptr;
  // real = (score - zero_point) * scale
  float scale = 0;
  int zero_point = 0;
};

// Probability of each class; as many as there are scores, at most kMaxGestures.
//
// With a table of exponentials: exp(score - highest) / sum, the sum taken from the first class to the last.
void Probabilities(Span<const int8_t> scores, const ScoreScale& scale, Span<float> probabilities);

inline constexpr uint16_t kMaxTimeConstantMs = 10000;

struct DecisionSettings {
  // The smoothing's, 1 to kMaxTimeConstantMs: 63 % of the evidence is of the last so many milliseconds.
  uint16_t time_constant_ms = 1;
  // By how much the best class must lead the second.
  float margin = 0;
  // The least probability with which a frame counts for a class.
  std::array<float, kMaxGestures> activation = {};
  // The smoothed evidence at which a class is held.
  std::array<float, kMaxGestures> threshold = {};
  std::size_t classes = 0;
};

// What is left of a share after a millisecond: exp(-1 / time_constant_ms), in 2^-31.
//
// time_constant_ms: 1 to kMaxTimeConstantMs. In integers, as every processor's exp() is another.
uint32_t DecayOf(uint16_t time_constant_ms);

// Weight of a frame so long after the one before: 1 - decay^gap_ms, 0 to 1.
float WeightOf(uint32_t gap_ms, uint32_t decay);

// What one frame led to.
struct Decision {
  uint8_t gesture = 0;  // the class that is held; 0 is none
  bool fired = false;   // it became held with this frame
};

// Keeps the smoothed evidence of a stream of frames. Class 0 means that there is no gesture: it is held to
// begin with and never fires, and a frame too uncertain for any class counts fully for it.
class Decider {
 public:
  // settings: the caller's, outlives this; Reset() after a change. classes: 2 to kMaxGestures.
  explicit Decider(const DecisionSettings& settings) : settings_(settings) { Reset(); }

  // One frame. probabilities: one a class. time_ms: when it was taken.
  Decision Update(Span<const float> probabilities, uint32_t time_ms);

  // Back to no gesture, with full evidence for it.
  void Reset();

  // One value a class, adding up to 1 but for rounding.
  Span<const float> smoothed() const { return {smoothed_.data(), settings_.classes}; }

 private:
  const DecisionSettings& settings_;
  FrameClock clock_;
  uint32_t decay_ = 0;
  std::array<float, kMaxGestures> smoothed_ = {};
  uint8_t held_ = 0;
};

}  // namespace emojicam
