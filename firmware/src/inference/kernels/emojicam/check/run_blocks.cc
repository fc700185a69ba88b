// Runs the blocks of a compiled model on the host with the portable kernels, each buffer of exactly the size
// that the firmware would give it, so that a sanitizer sees every byte beyond.
//
//   run_blocks FILE: little-endian words: core, pool bytes, number of blocks; each block's size and bytes;
//   input bytes and input; output bytes. The output goes to stdout. Exit status 3: CheckBlock refuses one.
//   run_blocks FILE SEED COUNT: COUNT times, one to three bits of a block flipped; says how many were
//   refused.
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

int main(int count, char** arguments) {
  std::ifstream stream(arguments[1], std::ios::binary);
  file.assign(std::istreambuf_iterator<char>(stream), {});
  const uint32_t core = Word();
  const RunBlock run = core == 55 ? &RunBlockM55 : &RunBlockM7;
  const uint32_t pool_bytes = Word();
  std::unique_ptr<uint8_t[]> pool(new uint8_t[pool_bytes]);
  std::memset(pool.get(), 0xA5, pool_bytes);
  std::vector<std::unique_ptr<uint8_t[]>> blocks(Word());
  std::vector<uint32_t> sizes;
  for (auto& block : blocks) {
    sizes.push_back(Word());
    block = Bytes(sizes.back());
  }
  if (count == 4) {
    uint32_t random = static_cast<uint32_t>(std::strtoul(arguments[2], nullptr, 10));
    const auto next = [&random] { return (random = random * 1664525u + 1013904223u) >> 8; };
    unsigned refused = 0;
    for (unsigned long left = std::strtoul(arguments[3], nullptr, 10); left > 0; --left) {
      const std::size_t i = next() % blocks.size();
      const std::vector<uint8_t> saved(blocks[i].get(), blocks[i].get() + sizes[i]);
      // Different bits: the same one twice would be none.
      const uint32_t first = next() % (sizes[i] * 8);
      const uint32_t flips = next() % 3 + 1;
      for (uint32_t k = 0; k < flips; ++k) {
        const uint32_t bit = (first + k * 8 * (next() % 64 * 4 + 1)) % (sizes[i] * 8);
        blocks[i][bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      }
      const bool same = std::memcmp(saved.data(), blocks[i].get(), saved.size()) == 0;
      if (same || !CheckBlock(blocks[i].get(), sizes[i], core)) ++refused;
      std::memcpy(blocks[i].get(), saved.data(), saved.size());
    }
    std::printf("%u", refused);
    return 0;
  }
  const uint32_t input_bytes = Word();
  auto input = Bytes(input_bytes);
  const uint32_t output_bytes = Word();
  std::unique_ptr<uint8_t[]> output(new uint8_t[output_bytes]);
  for (std::size_t i = 0; i < blocks.size(); ++i) {  // as Prepare does, before anything runs
    if (!CheckBlock(blocks[i].get(), sizes[i], core)) return 3;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& header = *reinterpret_cast<const BlockHeader*>(blocks[i].get());
    if (header.pool_bytes != pool_bytes) return 1;
    uint8_t* source = header.input_offset == kNotInPool ? input.get() : pool.get() + header.input_offset;
    if (i == 0 && header.input_offset != kNotInPool) std::memcpy(source, input.get(), input_bytes);
    uint8_t* target = header.output_offset == kNotInPool ? output.get() : pool.get() + header.output_offset;
    run(header, pool.get(), source, target);
  }
  std::fwrite(output.get(), 1, output_bytes, stdout);
  return 0;
}
