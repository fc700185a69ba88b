// The gesture stage: scores of single frames -> which gesture is held, and when it fires.
//
//   scores --softmax--> probabilities --activation, margin--> evidence --exponential smoothing--> smoothed
//          --threshold--> held gesture --changed?--> firing
//
// Its Python twin is python/emojicam/gesture; both compute in float32, in the same order and without fused
// operations, so that their results are equal to the last bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

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

struct DecisionSettings {
  // Weight of the newest frame, above 0 and up to 1.
  float smoothing = 1;
  // By how much the best class must lead the second.
  float margin = 0;
  // The least probability with which a frame counts for a class.
  std::array<float, kMaxGestures> activation = {};
  // The smoothed evidence at which a class is held.
  std::array<float, kMaxGestures> threshold = {};
  std::size_t classes = 0;
};

// What one frame led to.
struct Decision {
  uint8_t gesture = 0;  // the class that is held; 0 is none
  bool fired = false;   // it became held with this frame
};

// Keeps the smoothed evidence of a stream of frames. Class 0 means that there is no gesture: it is held to
// begin with and never fires, and a frame too uncertain for any class counts fully for it.
class Decider {
 public:
  // settings: the caller's, outlives this. classes: 2 to kMaxGestures.
  explicit Decider(const DecisionSettings& settings) : settings_(settings) { Reset(); }

  // One frame. probabilities: one a class.
  Decision Update(Span<const float> probabilities);

  // Back to no gesture, with full evidence for it.
  void Reset();

  // One value a class, adding up to 1 but for rounding.
  Span<const float> smoothed() const { return {smoothed_.data(), settings_.classes}; }

 private:
  const DecisionSettings& settings_;
  std::array<float, kMaxGestures> smoothed_ = {};
  uint8_t held_ = 0;
};

}  // namespace emojicam
