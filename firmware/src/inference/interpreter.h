// TFLM's interpreter in memory of its own, with its errors kept as text instead of printed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/span.h"
#include "inference/op_resolver.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

namespace emojicam {

// Keeps the first thing that TFLM complained about, cut to its buffer.
class FirstError final : public tflite::ErrorReporter {
 public:
  int Report(const char* format, va_list arguments) override;
  void Clear() { text_[0] = '\0'; }
  const char* text() const { return text_; }

 private:
  char text_[160] = {};
};

// Owns one interpreter at a time; the model, the kernels and the arena stay the caller's and must outlive
// it. The arena begins with the pool of our blocks, if the model has any (block_op.h); the rest is laid out
// by TFLM: activations from its start, what lasts from its end (tensorflow/lite/micro/micro_allocator.h has
// the map).
class Interpreter {
 public:
  // cppcheck-suppress uninitMemberVar; memory_ is room for an object that Load makes
  explicit Interpreter(const tflite::MicroOpResolver& kernels) : kernels_(kernels) {}
  ~Interpreter() { Unload(); }
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // model: a verified TFLite flatbuffer, 16-byte aligned. arena: 16-byte aligned.
  // Anything loaded before is gone, whatever the result: kModelRefused (schema version, or an op or tensor
  // that a kernel refuses: error() has TFLM's words), or kArenaTooSmall.
  Error Load(const void* model, Span<uint8_t> arena);
  void Unload();

  // Runs the model on what is in input(). False if a kernel failed.
  bool Invoke() { return interpreter_ != nullptr && interpreter_->Invoke() == kTfLiteOk; }

  // The one input and the one output; valid until the next Load.
  TfLiteTensor* input() { return interpreter_->input(0); }
  const TfLiteTensor* output() { return interpreter_->output(0); }

  // Bytes of the arena in use. TFLM needs some more while it plans: see SmallestArena.
  std::size_t arena_used() const { return pool_bytes_ + interpreter_->arena_used_bytes(); }
  const char* error() const { return error_.text(); }

  // The part of the arena's end that no inference is to change: TFLM's tables, and what kernels keep. Empty
  // if this TFLM's allocator is not where it is expected.
  Span<const uint32_t> lasting() const { return lasting_; }

 private:
  void FindLasting(Span<uint8_t> arena);

  const tflite::MicroOpResolver& kernels_;
  FirstError error_;
  tflite::MicroInterpreter* interpreter_ = nullptr;
  std::size_t pool_bytes_ = 0;
  Span<const uint32_t> lasting_;
  alignas(tflite::MicroInterpreter) uint8_t memory_[sizeof(tflite::MicroInterpreter)];
};

// The smallest arena, in steps of 16 bytes, that `model` loads in. `interpreter` must have loaded it in
// `arena`, and has it loaded in the smallest one afterwards.
std::size_t SmallestArena(Interpreter& interpreter, const void* model, Span<uint8_t> arena);

}  // namespace emojicam
