// Compares each assembly kernel with its portable twin, byte for byte, on the core that it is written for.
// Says what differs and how many comparisons there were, as log lines; tests/kernels/test_assembly.py reads
// them.
#include "board/board.h"
#include "inference/kernels/emojicam/check/check.h"
#include "link/say.h"
#include "link/sender.h"

namespace emojicam::kernels::check {

alignas(16) uint8_t input[kInputBytes];
alignas(16) uint32_t constants[1024];
alignas(16) uint8_t by_assembly[kOutputBytes];
alignas(16) uint8_t by_twin[kOutputBytes];

namespace {

link::Sender sender([](Span<const uint8_t> bytes) { return board::LinkWrite(bytes) == bytes.size(); });
uint32_t comparisons = 0;
uint32_t differences = 0;

void Say(const char* line) { link::Say(sender, line); }
void SayNumber(const char* what, uint32_t number) { link::SayNumber(sender, what, number); }

}  // namespace

void Begin() {
  std::memset(by_assembly, 0x5A, sizeof(by_assembly));
  std::memset(by_twin, 0x5A, sizeof(by_twin));
}

void Compare(const char* name) {
  ++comparisons;
  if (std::memcmp(by_assembly, by_twin, sizeof(by_assembly)) == 0) return;
  ++differences;
  Say(name);
}

}  // namespace emojicam::kernels::check

int main() {
  using namespace emojicam;
  board::Init();
  kernels::check::Run();
  kernels::check::SayNumber("different: ", kernels::check::differences);
  kernels::check::SayNumber("compared: ", kernels::check::comparisons);
  for (;;) board::Idle();
}
