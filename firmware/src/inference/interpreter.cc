#include "inference/interpreter.h"

#include <cstring>
#include <new>

#include "inference/kernels/emojicam/block_op.h"
#include "tensorflow/lite/micro/memory_helpers.h"
#include "tensorflow/lite/micro/micro_string.h"
#include "tensorflow/lite/micro/simple_memory_allocator.h"

namespace emojicam {
namespace {

constexpr int kSchemaVersion = 3;       // of the flatbuffer, since 2017
constexpr std::size_t kAlignment = 16;  // of what TFLM places

// The whole words between.
Span<const uint32_t> Words(const uint8_t* begin, const uint8_t* end) {
  const uint8_t* const first = tflite::AlignPointerUp(const_cast<uint8_t*>(begin), alignof(uint32_t));
  if (first >= end) return {};
  return {reinterpret_cast<const uint32_t*>(first), static_cast<std::size_t>(end - first) / sizeof(uint32_t)};
}

}  // namespace

int FirstError::Report(const char* format, va_list arguments) {
  if (text_[0] != '\0') return 0;
  return MicroVsnprintf(text_, sizeof(text_), format, arguments);
}

Error Interpreter::Load(const void* model, Span<uint8_t> arena) {
  Unload();
  error_.Clear();
  const tflite::Model* parsed = tflite::GetModel(model);
  if (parsed->version() != kSchemaVersion) {
    TF_LITE_REPORT_ERROR(&error_, "schema version %d, not %d", static_cast<int>(parsed->version()),
                         kSchemaVersion);
    return Error::kModelRefused;
  }
  pool_bytes_ = tflite::AlignSizeUp(kernels::PoolBytes(*parsed), kAlignment);
  if (pool_bytes_ > arena.size()) {
    TF_LITE_REPORT_ERROR(&error_, "failed to allocate %d bytes for blocks", static_cast<int>(pool_bytes_));
    return Error::kArenaTooSmall;
  }
  const Span<uint8_t> rest = arena.subspan(pool_bytes_);
  auto* interpreter =
      new (memory_) tflite::MicroInterpreter(parsed, kernels_, rest.data(), rest.size(), &error_);
  if (interpreter->initialization_status() == kTfLiteOk && pool_bytes_ > 0) {
    kernels::PlaceInPool(*parsed, arena.data(), interpreter->tensor(0));
  }
  if (interpreter->initialization_status() != kTfLiteOk || interpreter->AllocateTensors() != kTfLiteOk) {
    // Not destroyed: where a kernel was not found its destructor goes by registrations that were never
    // written. It would only call kernels' `free`, of which there is none, as nothing lies outside of the
    // arena. TFLM has one status for everything: only its words tell a full arena.
    const bool arena_full = std::strstr(error_.text(), "llocat") != nullptr;
    return arena_full ? Error::kArenaTooSmall : Error::kModelRefused;
  }
  interpreter_ = interpreter;
  FindLasting(arena);
  return Error::kNone;
}

// MicroAllocator has made its SimpleMemoryAllocator the arena's last bytes; its tail is what lasts.
void Interpreter::FindLasting(Span<uint8_t> arena) {
  constexpr std::size_t kSize = sizeof(tflite::SimpleMemoryAllocator);
  constexpr std::size_t kAligned = alignof(tflite::SimpleMemoryAllocator);
  static_assert(kAligned % alignof(uint32_t) == 0);
  const uint8_t* const place = tflite::AlignPointerDown(arena.end() - kSize, kAligned);
  const auto* const allocator = reinterpret_cast<const tflite::SimpleMemoryAllocator*>(place);
  if (allocator->GetUsedBytes() != interpreter_->arena_used_bytes()) return;
  lasting_ = Words(allocator->GetTail(), arena.end());
}

void Interpreter::Unload() {
  if (interpreter_ != nullptr) interpreter_->~MicroInterpreter();
  interpreter_ = nullptr;
  lasting_ = {};
}

std::size_t SmallestArena(Interpreter& interpreter, const void* model, Span<uint8_t> arena) {
  constexpr std::size_t kStep = 16;
  std::size_t too_small = interpreter.arena_used() / kStep - 1;
  std::size_t enough = arena.size() / kStep;
  while (enough - too_small > 1) {
    const std::size_t middle = too_small + (enough - too_small) / 2;
    const bool loads = interpreter.Load(model, arena.first(middle * kStep)) == Error::kNone;
    (loads ? enough : too_small) = middle;
  }
  interpreter.Load(model, arena.first(enough * kStep));
  return enough * kStep;
}

}  // namespace emojicam
