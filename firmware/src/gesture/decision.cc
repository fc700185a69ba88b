#include "gesture/decision.h"

namespace emojicam {

void Probabilities(Span<const int8_t> scores, const ScoreScale& scale, Span<float> probabilities) {
  if (scale.exponential == nullptr) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      probabilities[i] = static_cast<float>(scores[i] - scale.zero_point) * scale.scale;
    }
    return;
  }
  int highest = -128;
  for (const int8_t score : scores) highest = score > highest ? score : highest;
  float sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    probabilities[i] = scale.exponential[highest - scores[i]];
    sum += probabilities[i];
  }
  for (float& probability : probabilities.first(scores.size())) probability /= sum;
}

namespace {

constexpr uint32_t kOne = uint32_t{1} << 31;

constexpr uint32_t Times(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 31); }

}  // namespace

uint32_t DecayOf(uint16_t time_constant_ms) {
  // The exponential series, until its terms vanish.
  const uint32_t x = kOne / time_constant_ms;
  uint32_t sum = kOne;
  uint32_t term = kOne;
  for (uint32_t k = 1; term != 0; ++k) {
    term = Times(term, x) / k;
    sum += k % 2 == 0 ? term : 0 - term;
  }
  return sum;
}

float WeightOf(uint32_t gap_ms, uint32_t decay) {
  uint32_t left = kOne;
  for (; gap_ms != 0; gap_ms >>= 1) {
    if ((gap_ms & 1) != 0) left = Times(left, decay);
    decay = Times(decay, decay);
  }
  return static_cast<float>(kOne - left) / static_cast<float>(kOne);
}

void Decider::Reset() {
  clock_.Reset();
  decay_ = DecayOf(settings_.time_constant_ms);
  smoothed_.fill(0);
  smoothed_[0] = 1;
  held_ = 0;
}

Decision Decider::Update(Span<const float> probabilities, uint32_t time_ms) {
  const float weight = WeightOf(clock_.Gap(time_ms), decay_);
  std::size_t best = 0;
  for (std::size_t i = 1; i < settings_.classes; ++i) {
    if (probabilities[i] > probabilities[best]) best = i;
  }
  float second = 0;
  for (std::size_t i = 0; i < settings_.classes; ++i) {
    if (i != best && probabilities[i] > second) second = probabilities[i];
  }
  const bool certain =
      probabilities[best] >= settings_.activation[best] && probabilities[best] - second >= settings_.margin;

  std::size_t strongest = 0;
  for (std::size_t i = 0; i < settings_.classes; ++i) {
    const float none = i == 0 ? 1.0f : 0.0f;
    const float evidence = certain ? probabilities[i] : none;
    smoothed_[i] += weight * (evidence - smoothed_[i]);
    if (smoothed_[i] > smoothed_[strongest]) strongest = i;
  }

  Decision decision;
  // Between two thresholds what was held stays held.
  if (smoothed_[strongest] >= settings_.threshold[strongest] && strongest != held_) {
    held_ = static_cast<uint8_t>(strongest);
    decision.fired = held_ != 0;
  }
  decision.gesture = held_;
  return decision;
}

}  // namespace emojicam
