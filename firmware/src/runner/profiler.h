// Counts each layer of an inference by standing between the interpreter and its kernels.
#pragma once

#include <array>
#include <cstdint>

#include "base/span.h"
#include "inference/op_resolver.h"

namespace emojicam::runner {

// One layer as it ran.
struct LayerTime {
  tflite::BuiltinOperator op;
  uint64_t nanoseconds;
};

// A resolver whose registrations measure their Invoke with board::Nanoseconds(). One at a time.
// A block of our own kernels counts as the layers of the original model that it does the work of.
class ProfilingResolver final : public tflite::MicroOpResolver {
 public:
  explicit ProfilingResolver(const TableOpResolver& kernels);

  const TfLiteRegistration* FindOp(tflite::BuiltinOperator op, int version) const override;
  const TfLiteRegistration* FindOp(const char* name, int version) const override;
  BuiltinParseFunction GetOpDataParser(tflite::BuiltinOperator op) const override {
    return kernels_.GetOpDataParser(op);
  }
  TfLiteStatus AddBuiltin(tflite::BuiltinOperator, TfLiteRegistration*, int) override { return kTfLiteError; }

  // Forgets the layers seen so far: call it before each inference.
  static void Restart();
  // The layers that ran since, in their order; at most kMaxLayers.
  static Span<const LayerTime> layers();

  static constexpr std::size_t kMaxLayers = 256;

 private:
  static const TfLiteRegistration* Measured(const TfLiteRegistration* original);

  const TableOpResolver& kernels_;
};

}  // namespace emojicam::runner
