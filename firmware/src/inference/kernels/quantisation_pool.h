// Memory for the requantisation tables that kernels compute once, in Prepare.
//
// TFLM (July 2020) hands out memory that lasts only until a first node asks for scratch memory, and in
// Init, where it may always be asked for, a kernel does not know its shapes yet. So the whole model's need
// is counted beforehand, the first kernel's Init takes it from the arena, and Prepare deals it out.
//
// One interpreter at a time: TFLM's kernels have no other context to keep it in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/c/common.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace emojicam::kernels {

// A multiplier and a shift for each output channel. (TFLite quantisation specification, per-axis)
struct ChannelQuantisation {
  int32_t* multiplier = nullptr;  // Q31
  int32_t* shift = nullptr;       // positive is left
  int32_t channels = 0;
};

class QuantisationPool {
 public:
  // Counts what `model` needs. Call it before its interpreter allocates its tensors.
  static void Begin(const tflite::Model& model);

  // From Init: takes the model's memory from the arena, the first time.
  static TfLiteStatus Reserve(TfLiteContext* context);

  // From Prepare: a table for `channels` channels, or null where Begin has not counted it.
  static bool Take(int32_t channels, ChannelQuantisation* table);

 private:
  static inline std::size_t needed_ = 0;
  static inline std::size_t taken_ = 0;
  static inline int32_t* memory_ = nullptr;
};

}  // namespace emojicam::kernels
