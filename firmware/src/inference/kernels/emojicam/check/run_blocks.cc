// Runs the blocks of a compiled model on the host with the portable kernels, each buffer of exactly the size
// that the firmware would give it, so that a sanitizer sees every byte beyond.
//
//   run_blocks FILE: little-endian words: core, pool bytes, number of blocks; each block's size and bytes;
//   input bytes and input; output bytes. The output goes to stdout.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "inference/kernels/emojicam/block_format.h"

using namespace emojicam::kernels;

namespace {

std::vector<char> file;
std::size_t at = 0;

uint32_t Word() {
  uint32_t word = 0;
  std::memcpy(&word, file.data() + at, 4);
  at += 4;
  return word;
}

// A copy of the next bytes in memory of their own, aligned as in the firmware.
std::unique_ptr<uint8_t[]> Bytes(uint32_t size) {
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
  std::memcpy(bytes.get(), file.data() + at, size);
  at += size;
  return bytes;
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream stream(arguments[1], std::ios::binary);
  file.assign(std::istreambuf_iterator<char>(stream), {});
  const RunBlock run = Word() == 55 ? &RunBlockM55 : &RunBlockM7;
  const uint32_t pool_bytes = Word();
  std::unique_ptr<uint8_t[]> pool(new uint8_t[pool_bytes]);
  std::memset(pool.get(), 0xA5, pool_bytes);
  std::vector<std::unique_ptr<uint8_t[]>> blocks(Word());
  for (auto& block : blocks) block = Bytes(Word());
  const uint32_t input_bytes = Word();
  auto input = Bytes(input_bytes);
  const uint32_t output_bytes = Word();
  std::unique_ptr<uint8_t[]> output(new uint8_t[output_bytes]);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& header = *reinterpret_cast<const BlockHeader*>(blocks[i].get());
    if (header.magic != kBlockMagic || header.pool_bytes != pool_bytes) return 1;
    uint8_t* source = header.input_offset == kNotInPool ? input.get() : pool.get() + header.input_offset;
    if (i == 0 && header.input_offset != kNotInPool) std::memcpy(source, input.get(), input_bytes);
    uint8_t* target = header.output_offset == kNotInPool ? output.get() : pool.get() + header.output_offset;
    run(header, pool.get(), source, target);
  }
  std::fwrite(output.get(), 1, output_bytes, stdout);
  return 0;
}
