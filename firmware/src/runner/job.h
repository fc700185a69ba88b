// What the runner is given to do: a block of memory that the emulator loads before reset.
//
// Written by python/emojicam/emulators/runner.py. All numbers little-endian, all offsets in bytes from the
// start of the block, models and inputs 16-byte aligned.
#pragma once

#include <cstdint>

namespace emojicam::runner {

inline constexpr uint32_t kMagic = 0x31424A45;  // "EJB1"

enum class Kernels : uint32_t { kReference = 0, kCmsisNn = 1 };

enum Flag : uint32_t {
  kProfile = 1u << 0,       // report every layer of the last inference
  kMeasureArena = 1u << 1,  // find the smallest arena that the model loads in
  // For the tests of what a board says when it can't go on:
  kUndefinedInstruction = 1u << 30,
  kStackOverflow = 1u << 31,
};

struct Job {
  uint32_t model_offset;
  uint32_t model_size;
  Kernels kernels;
  uint32_t flags;
  uint32_t inputs_offset;  // input_count inputs of input_bytes each, one behind the other
  uint32_t input_bytes;
  uint32_t input_count;
  uint32_t arena_limit;  // bytes of arena to allow, 0 for all there is
};

struct Block {
  uint32_t magic;
  uint32_t job_count;
  uint32_t reserved[2];
  Job jobs[1];  // job_count of them
};

}  // namespace emojicam::runner
