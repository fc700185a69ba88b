// The kernels that a firmware holds: a table that export generates from the model, with its ops and no
// others, so that the linker drops every kernel that the model does not use.
#pragma once

#include <cstring>

#include "base/span.h"
#include "tensorflow/lite/micro/micro_op_resolver.h"

namespace emojicam {

struct KernelEntry {
  tflite::BuiltinOperator op;
  // The registration that TFLM keeps for the op, with static lifetime.
  TfLiteRegistration* (*registration)();
  // Makes of the model's options for the op what its kernel is given.
  tflite::MicroOpResolver::BuiltinParseFunction parse = tflite::ParseOpData;
};

// Finds kernels in a table that outlives it. Versions are checked at export, not here.
class TableOpResolver final : public tflite::MicroOpResolver {
 public:
  explicit TableOpResolver(Span<const KernelEntry> kernels) : kernels_(kernels) {}

  const TfLiteRegistration* FindOp(tflite::BuiltinOperator op, int) const override {
    for (const KernelEntry& entry : kernels_) {
      if (entry.op != op) continue;
      TfLiteRegistration* registration = entry.registration();
      registration->builtin_code = op;
      return registration;
    }
    return nullptr;
  }
  // A custom operator stands in the table as BuiltinOperator_CUSTOM; its registration has the name.
  const TfLiteRegistration* FindOp(const char* name, int) const override {
    for (const KernelEntry& entry : kernels_) {
      if (entry.op != tflite::BuiltinOperator_CUSTOM) continue;
      const TfLiteRegistration* registration = entry.registration();
      if (std::strcmp(registration->custom_name, name) == 0) return registration;
    }
    return nullptr;
  }
  BuiltinParseFunction GetOpDataParser(tflite::BuiltinOperator op) const override {
    for (const KernelEntry& entry : kernels_) {
      if (entry.op == op) return entry.parse;
    }
    return nullptr;
  }
  TfLiteStatus AddBuiltin(tflite::BuiltinOperator, TfLiteRegistration*, int) override { return kTfLiteError; }

 private:
  Span<const KernelEntry> kernels_;
};

}  // namespace emojicam
