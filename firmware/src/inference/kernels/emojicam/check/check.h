// What the kernel check has: random memory, two outputs, and a report by log lines.
#pragma once

#include <cstdint>
#include <cstring>

namespace emojicam::kernels::check {

// A linear congruential generator: the same numbers at every run. (Numerical Recipes)
inline uint32_t random_state = 1;
inline uint32_t Random() {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}
inline int32_t Random(int32_t low, int32_t high) {
  return low + static_cast<int32_t>(Random() % static_cast<uint32_t>(high - low + 1));
}

inline constexpr std::size_t kInputBytes = 96 * 1024;
inline constexpr std::size_t kOutputBytes = 96 * 1024;
extern uint8_t input[kInputBytes];
extern uint32_t constants[1024];
extern uint8_t by_assembly[kOutputBytes];
extern uint8_t by_twin[kOutputBytes];

// Fills both outputs with the same pattern, so that a byte written beyond shows.
void Begin();
// Compares all of both outputs and counts. `name` is said once where they differ.
void Compare(const char* name);

// An assembly kernel, its portable twin, and what the kernel bounds of its arguments.
template <typename Kernel, typename Limit>
struct Twins {
  const char* name;
  Kernel* kernel;
  Kernel* twin;
  Limit limit;
};
#define TWINS(core, name, limit) \
  { #name, Emojicam##core##name, Emojicam##core##name##Portable, limit }

// Every kernel of this core against its twin, with random and extreme data.
void Run();

}  // namespace emojicam::kernels::check
