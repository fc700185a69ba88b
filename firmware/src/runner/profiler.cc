#include "runner/profiler.h"

#include <utility>

#include "board/board.h"
#include "inference/kernels/emojicam/part_profile.h"

namespace emojicam::runner {
namespace {

// A registration carries no pointer of ours, so each op that a model uses gets a slot, and each slot a
// function of its own that knows the slot's number.
constexpr std::size_t kSlots = 32;

struct Slot {
  TfLiteRegistration measured = {};
  const TfLiteRegistration* original = nullptr;
};
std::array<Slot, kSlots> slots;
std::size_t slot_count = 0;
std::array<LayerTime, ProfilingResolver::kMaxLayers> layer_times;
std::size_t layer_count = 0;

void Add(const LayerTime& layer) {
  if (layer_count < layer_times.size()) layer_times[layer_count++] = layer;
}

// What a block of our own kernels says of the layers that it does the work of.
struct Parts {
  std::array<uint64_t, 4> nanoseconds;
  std::size_t count;
  uint64_t last;

  void Begin() {
    nanoseconds = {};
    count = 0;
    last = board::Nanoseconds();
  }
  void Done(uint32_t part) {
    const uint64_t now = board::Nanoseconds();
    if (part >= nanoseconds.size()) return;
    nanoseconds[part] += now - last;
    if (count <= part) count = part + 1;
    last = now;
  }
};
Parts parts;

template <std::size_t kSlot>
TfLiteStatus MeasuredInvoke(TfLiteContext* context, TfLiteNode* node) {
  const TfLiteRegistration& original = *slots[kSlot].original;
  kernels::part_done = [](uint32_t part) { parts.Done(part); };
  parts.Begin();
  const uint64_t start = board::Nanoseconds();
  const TfLiteStatus status = original.invoke(context, node);
  const uint64_t end = board::Nanoseconds();
  kernels::part_done = nullptr;
  uint64_t rest = end - start;
  const auto op = static_cast<tflite::BuiltinOperator>(original.builtin_code);
  for (std::size_t i = 0; i + 1 < parts.count; ++i) {
    Add({op, parts.nanoseconds[i]});
    rest -= parts.nanoseconds[i];
  }
  Add({op, rest});
  return status;
}

using InvokeFunction = TfLiteStatus (*)(TfLiteContext*, TfLiteNode*);
template <std::size_t... kIndices>
constexpr std::array<InvokeFunction, kSlots> MakeFunctions(std::index_sequence<kIndices...>) {
  return {MeasuredInvoke<kIndices>...};
}
constexpr std::array<InvokeFunction, kSlots> kFunctions = MakeFunctions(std::make_index_sequence<kSlots>());

}  // namespace

ProfilingResolver::ProfilingResolver(const TableOpResolver& kernels) : kernels_(kernels) { slot_count = 0; }

const TfLiteRegistration* ProfilingResolver::FindOp(tflite::BuiltinOperator op, int version) const {
  return Measured(kernels_.FindOp(op, version));
}

const TfLiteRegistration* ProfilingResolver::FindOp(const char* name, int version) const {
  return Measured(kernels_.FindOp(name, version));
}

const TfLiteRegistration* ProfilingResolver::Measured(const TfLiteRegistration* original) {
  if (original == nullptr || original->invoke == nullptr) return original;
  for (std::size_t i = 0; i < slot_count; ++i) {
    if (slots[i].original == original) return &slots[i].measured;
  }
  if (slot_count == kSlots) return original;
  Slot& slot = slots[slot_count];
  slot.original = original;
  slot.measured = *original;
  slot.measured.invoke = kFunctions[slot_count++];
  return &slot.measured;
}

void ProfilingResolver::Restart() { layer_count = 0; }

Span<const LayerTime> ProfilingResolver::layers() { return {layer_times.data(), layer_count}; }

}  // namespace emojicam::runner
