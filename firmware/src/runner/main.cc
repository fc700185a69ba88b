// The runner: loads models that the emulator has put into memory, runs them on given inputs and reports
// outputs, arena and instructions of every layer. Export measures the arena with it, bench counts with it
// and the tests compare with it; the product is app/main.cc.
#include <cstdint>

#include "board/board.h"
#include "inference/interpreter.h"
#include "link/sender.h"
#include "runner/all_kernels.h"
#include "runner/job.h"
#include "runner/profiler.h"

extern "C" const uint8_t __job_start[];

namespace emojicam::runner {
namespace {

constexpr std::size_t kArenaSize = 1536 * 1024;
alignas(16) [[gnu::section(".fast")]] uint8_t arena[kArenaSize];

// The computer may be busy for a while, and what the runner reports must not get lost. About a minute on an
// emulator.
bool WritePatiently(Span<const uint8_t> bytes) {
  constexpr int kTries = 200;
  for (int tries = kTries; tries > 0; --tries) {
    const std::size_t taken = board::LinkWrite(bytes);
    bytes = bytes.subspan(taken);
    if (bytes.empty()) return true;
    if (taken > 0) tries = kTries;
  }
  return false;
}

link::Sender sender(WritePatiently);

void SendTensor(uint32_t job, uint32_t inference, const TfLiteTensor& tensor) {
  const Span<const uint8_t> data(reinterpret_cast<const uint8_t*>(tensor.data.raw_const), tensor.bytes);
  constexpr std::size_t kPart = 1024;
  for (std::size_t offset = 0; offset < data.size(); offset += kPart) {
    link::RunnerTensor message;
    message.job = job;
    message.inference = inference;
    message.offset = static_cast<uint32_t>(offset);
    message.data = data.subspan(offset).first(kPart);
    sender.Send(message);
  }
}

void SendLayers(uint32_t job) {
  uint16_t index = 0;
  for (const LayerTime& layer : ProfilingResolver::layers()) {
    link::RunnerLayer message;
    message.job = job;
    message.layer = index++;
    message.op = static_cast<uint16_t>(layer.op);
    message.nanoseconds = layer.nanoseconds;
    sender.Send(message);
  }
}

link::ErrorCode RunInferences(uint32_t index, const Job& job, Interpreter& interpreter,
                              link::RunnerDone* done) {
  const uint8_t* inputs = __job_start + job.inputs_offset;
  if (job.input_count > 0 && interpreter.input()->bytes != job.input_bytes) return link::ErrorCode::kBadFrame;
  for (uint32_t inference = 0; inference < job.input_count; ++inference) {
    std::memcpy(interpreter.input()->data.raw, inputs + inference * job.input_bytes, job.input_bytes);
    ProfilingResolver::Restart();
    const uint64_t start = board::Nanoseconds();
    const bool ran = interpreter.Invoke();
    done->nanoseconds = board::Nanoseconds() - start;
    if (!ran) return link::ErrorCode::kInferenceFailed;
    SendTensor(index, inference, *interpreter.output());
  }
  return link::ErrorCode::kNone;
}

// Each level keeps a buffer that has to stay, so that the stack grows until something stops it.
[[gnu::noinline]] uint8_t Recurse(uint32_t depth) {
  volatile uint8_t buffer[256] = {};
  buffer[depth % sizeof(buffer)] = 1;
  if (depth == 1000000) return 0;  // never reached: a stack has 16 KiB
  return static_cast<uint8_t>(Recurse(depth + 1) + buffer[0]);
}

void Provoke(uint32_t flags) {
  if ((flags & kUndefinedInstruction) != 0) asm volatile("udf #0");
  if ((flags & kStackOverflow) != 0) Recurse(0);
}

void Run(uint32_t index, const Job& job) {
  Provoke(job.flags);
  const TableOpResolver kernels(AllKernels(job.kernels));
  const ProfilingResolver profiled(kernels);
  const bool profile = (job.flags & kProfile) != 0;
  Interpreter interpreter(profile ? static_cast<const tflite::MicroOpResolver&>(profiled) : kernels);

  link::RunnerDone done;
  done.job = index;
  Span<uint8_t> allowed(arena);
  if (job.arena_limit != 0) allowed = allowed.first(job.arena_limit);
  const void* model = __job_start + job.model_offset;
  const Error loaded = interpreter.Load(model, allowed);
  link::ErrorCode status = loaded == Error::kNone            ? link::ErrorCode::kNone
                           : loaded == Error::kArenaTooSmall ? link::ErrorCode::kArenaTooSmall
                                                             : link::ErrorCode::kModelRejected;
  if (status == link::ErrorCode::kNone) {
    const bool measure = (job.flags & kMeasureArena) != 0;
    done.arena_bytes = static_cast<uint32_t>(measure ? SmallestArena(interpreter, model, allowed)
                                                     : interpreter.arena_used());
    status = RunInferences(index, job, interpreter, &done);
    if (profile) SendLayers(index);
  }
  done.status = static_cast<uint8_t>(status);
  done.detail = link::Text(interpreter.error());
  sender.Send(done);
}

}  // namespace
}  // namespace emojicam::runner

int main() {
  using namespace emojicam;
  board::Init();
  const auto& block = *reinterpret_cast<const runner::Block*>(__job_start);
  uint32_t count = 0;
  if (block.magic == runner::kMagic) {
    for (; count < block.job_count; ++count) runner::Run(count, block.jobs[count]);
  }
  link::RunnerEnd end;
  end.jobs = count;
  runner::sender.Send(end);
  for (;;) board::Idle();
}
