// The inference stage: a frame in the model's own form -> its scores.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/span.h"
#include "inference/head.h"
#include "inference/interpreter.h"
#include "inference/scorer.h"

namespace emojicam {

// The one int8 image classifier of a firmware.
//
// Lifetime: model, kernels and arena are the caller's and outlive the classifier. Nothing is allocated
// outside of the arena.
class Classifier final : public Scorer {
 public:
  explicit Classifier(const tflite::MicroOpResolver& kernels) : interpreter_(kernels) {}

  // model: a TFLite flatbuffer as export writes it, 16-byte aligned. arena: 16-byte aligned, of the size
  // that export measured or larger. input_bytes, head: what the rest of the firmware is built for; at most
  // kMaxScores classes. kModelRefused (detail() has TFLM's words), kArenaTooSmall (not the one that export
  // measured), or kWrongShape.
  Error Start(const void* model, Span<uint8_t> arena, std::size_t input_bytes, const Head& head);

  static constexpr std::size_t kMaxScores = 16;

  Span<int8_t> input() override { return input_; }
  Span<const int8_t> Classify() override;
  // Costs some instructions a word. Always true for a model of which the first inference has shown that a
  // kernel writes there.
  bool Intact() const override;
  std::size_t arena_used() const override { return interpreter_.arena_used(); }
  const char* detail() const override { return interpreter_.error(); }

 private:
  // Two sums, the second weighted by place (Fletcher 1982).
  struct Checksum {
    uint32_t sum = 0;
    uint32_t weighted = 0;
    bool operator==(const Checksum& other) const { return sum == other.sum && weighted == other.weighted; }
  };
  Checksum Sum() const;

  Interpreter interpreter_;
  Checksum started_with_;
  enum class Watch : uint8_t { kNotYet, kOn, kOff } watch_ = Watch::kNotYet;
  Span<int8_t> input_;
  Span<const int8_t> output_;
  Head head_;
  int8_t scores_[kMaxScores] = {};
};

}  // namespace emojicam
