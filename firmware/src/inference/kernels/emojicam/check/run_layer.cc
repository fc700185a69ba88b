// Runs one layer on the host with the portable kernels, each buffer of exactly the size that it says, so that
// a sanitizer sees every byte beyond. (Inputs have the few bytes more that kernels may read.)
//
//   run_layer FILE: little-endian words: core; the layer's size and bytes; number of inputs and each one's
//   bytes; output bytes. The output goes to stdout. Exit status 3: CheckLayer refuses the layer. run_layer
//   FILE SEED COUNT: the same COUNT times, each with a few of the layer's bits flipped; says how many were
//   refused. What isn't refused is run, whatever comes out.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "inference/kernels/emojicam/layer_format.h"

using namespace emojicam::kernels;

namespace {

// Bytes behind an input that whole words and vectors may reach.
constexpr uint32_t kSlack = 16;

std::vector<char> file;
std::size_t at = 0;

uint32_t Word() {
  uint32_t word = 0;
  std::memcpy(&word, file.data() + at, 4);
  at += 4;
  return word;
}

std::unique_ptr<uint8_t[]> Bytes(uint32_t size, uint32_t slack) {
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[size + slack]());
  std::memcpy(bytes.get(), file.data() + at, size);
  at += size;
  return bytes;
}

struct Job {
  uint32_t core;
  uint32_t size;
  std::unique_ptr<uint8_t[]> layer;
  std::vector<std::unique_ptr<uint8_t[]>> inputs;
  std::vector<uint32_t> sizes;
  uint32_t output_bytes;
};

// False where the layer is refused, as Prepare would.
bool Run(const Job& job, uint8_t* output) {
  const auto& header = *reinterpret_cast<const LayerHeader*>(job.layer.get());
  if (!CheckLayer(job.layer.get(), job.size, job.core)) return false;
  for (std::size_t i = 0; i < job.sizes.size(); ++i) {
    const bool gate = i == 1 && header.kind == LayerKind::kProduct;
    const uint32_t size = gate ? reinterpret_cast<const ProductLayer&>(header).period : header.input_bytes;
    if (job.sizes[i] != size) return false;
  }
  if (job.output_bytes != header.output_bytes) return false;
  std::unique_ptr<uint8_t[]> scratch(new uint8_t[header.scratch_bytes]);
  std::memset(scratch.get(), 0xA5, header.scratch_bytes);
  const auto* input = reinterpret_cast<const int8_t*>(job.inputs[0].get());
  auto* out = reinterpret_cast<int8_t*>(output);
  switch (header.kind) {
    case LayerKind::kConvolution:
      (job.core == 55 ? RunConvolutionM55 : RunConvolutionM7)(
          reinterpret_cast<const ConvolutionLayer&>(header), input, out, scratch.get());
      return true;
    case LayerKind::kDepthwise:
      (job.core == 55 ? RunDepthwiseM55 : RunDepthwiseM7)(reinterpret_cast<const DepthwiseLayer&>(header),
                                                          input, out, scratch.get());
      return true;
    case LayerKind::kDepthwiseAny:
      (job.core == 55 ? RunDepthwiseAnyM55 : RunDepthwiseAnyM7)(
          reinterpret_cast<const DepthwiseAnyLayer&>(header), input, out, scratch.get());
      return true;
    case LayerKind::kDense:
      (job.core == 55 ? RunDenseM55 : RunDenseM7)(reinterpret_cast<const DenseLayer&>(header), input, out,
                                                  scratch.get());
      return true;
    case LayerKind::kSum:
      if (job.inputs.size() != 2) return false;
      RunSum(reinterpret_cast<const SumLayer&>(header), input,
             reinterpret_cast<const int8_t*>(job.inputs[1].get()), out);
      return true;
    case LayerKind::kProduct:
      if (job.inputs.size() != 2) return false;
      RunProduct(reinterpret_cast<const ProductLayer&>(header), input,
                 reinterpret_cast<const int8_t*>(job.inputs[1].get()), out);
      return true;
    case LayerKind::kPool:
      RunPool(reinterpret_cast<const PoolLayer&>(header), input, out);
      return true;
    case LayerKind::kTable:
      RunTable(reinterpret_cast<const TableLayer&>(header), input, out);
      return true;
    case LayerKind::kTranspose:
      RunTranspose(reinterpret_cast<const TransposeLayer&>(header), input, out);
      return true;
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  std::ifstream stream(arguments[1], std::ios::binary);
  file.assign(std::istreambuf_iterator<char>(stream), {});
  Job job = {};
  job.core = Word();
  job.size = Word();
  job.layer = Bytes(job.size, 0);
  job.inputs.resize(Word());
  for (auto& input : job.inputs) {
    job.sizes.push_back(Word());
    input = Bytes(job.sizes.back(), kSlack);
  }
  job.output_bytes = Word();
  std::unique_ptr<uint8_t[]> output(new uint8_t[job.output_bytes]);
  if (count < 4) {
    if (!Run(job, output.get())) return 3;
    std::fwrite(output.get(), 1, job.output_bytes, stdout);
    return 0;
  }
  uint32_t random = static_cast<uint32_t>(std::strtoul(arguments[2], nullptr, 10));
  const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
  unsigned refused = 0;
  const unsigned long rounds = std::strtoul(arguments[3], nullptr, 10);
  // Words, not constants: those are data, which no check can know.
  const uint32_t words = job.size < 128 ? job.size : 128;
  for (unsigned long round = 0; round < rounds; ++round) {
    const std::vector<uint8_t> saved(job.layer.get(), job.layer.get() + job.size);
    for (uint32_t flips = next() % 3 + 1; flips != 0; --flips) {
      job.layer[next() % words] ^= static_cast<uint8_t>(1u << next() % 8);
    }
    if (!Run(job, output.get())) ++refused;
    std::memcpy(job.layer.get(), saved.data(), saved.size());
  }
  std::printf("%u", refused);
  return 0;
}
