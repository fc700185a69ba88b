#include "board/cortexm/semihosting.h"

#include <cstring>

#include "board/cortexm/fault.h"

// HardFaultEntry's: whether the next BKPT only asks whether somebody takes it.
extern "C" {
[[gnu::used]] volatile uint32_t emojicam_semihosting_asked = 0;
}

namespace emojicam::board {
namespace {

constexpr uint32_t kSysOpen = 0x01;
constexpr uint32_t kSysWrite = 0x05;
constexpr uint32_t kSysRead = 0x06;
constexpr uint32_t kSysGetCommandLine = 0x15;
constexpr uint32_t kSysExit = 0x18;
constexpr uint32_t kApplicationExit = 0x20026;  // ADP_Stopped_ApplicationExit: status 0
constexpr uint32_t kRunTimeError = 0x20023;     // ADP_Stopped_RunTimeErrorUnknown: status 1

int32_t Call(uint32_t what, uint32_t argument) {
  register uint32_t operation asm("r0") = what;
  register uint32_t block asm("r1") = argument;
  asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(block) : "memory");
  return static_cast<int32_t>(operation);
}

// A call whose arguments are words in memory.
template <std::size_t N>
int32_t Call(uint32_t what, const uint32_t (&arguments)[N]) {
  return Call(what, reinterpret_cast<uint32_t>(arguments));
}

uint32_t Address(const void* pointer) { return reinterpret_cast<uint32_t>(pointer); }

}  // namespace

bool SemihostingCommandLine(Span<char> text) {
  const uint32_t arguments[] = {Address(text.data()), static_cast<uint32_t>(text.size())};
  emojicam_semihosting_asked = 1;
  const bool answered = Call(kSysGetCommandLine, arguments) == 0;
  emojicam_semihosting_asked = 0;
  return answered && std::memchr(text.data(), '\0', text.size()) != nullptr;
}

bool SemihostingFile::Open(const char* path, Mode mode) {
  const uint32_t arguments[] = {Address(path), static_cast<uint32_t>(mode),
                                static_cast<uint32_t>(std::strlen(path))};
  handle_ = Call(kSysOpen, arguments);
  return is_open();
}

std::size_t SemihostingFile::Read(Span<uint8_t> into) const {
  const uint32_t arguments[] = {static_cast<uint32_t>(handle_), Address(into.data()),
                                static_cast<uint32_t>(into.size())};
  // The answer is how many bytes are missing; an error is none of 0 to all.
  const auto missing = static_cast<uint32_t>(Call(kSysRead, arguments));
  return missing <= into.size() ? into.size() - missing : 0;
}

std::size_t SemihostingFile::Write(Span<const uint8_t> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const Span<const uint8_t> rest = bytes.subspan(done);
    const uint32_t arguments[] = {static_cast<uint32_t>(handle_), Address(rest.data()),
                                  static_cast<uint32_t>(rest.size())};
    // The answer is how many bytes are left.
    const auto left = static_cast<uint32_t>(Call(kSysWrite, arguments));
    if (left >= rest.size()) break;
    done += rest.size() - left;
  }
  return done;
}

void SemihostingExit(bool success) {
  Call(kSysExit, success ? kApplicationExit : kRunTimeError);
  SystemReset();
}

// Where nobody takes it, a BKPT is a HardFault at its own address. (Armv7-M ARM C1.6.1) The question is
// answered with -1 and goes on behind it.
[[gnu::naked]] void HardFaultEntry() {
  asm volatile(
      "ldr  r0, =emojicam_semihosting_asked \n"
      "ldr  r1, [r0]                        \n"
      "cmp  r1, #0                          \n"
      "beq.w emojicam_fault_entry           \n"
      "movs r1, #0                          \n"
      "str  r1, [r0]                        \n"
      "mrs  r0, msp                         \n"  // the frame: r0 at 0, pc at 24
      "mvn  r1, #0                          \n"
      "str  r1, [r0]                        \n"
      "ldr  r1, [r0, #24]                   \n"
      "adds r1, #2                          \n"
      "str  r1, [r0, #24]                   \n"
      "ldr  r0, =0xE000ED2C                 \n"  // HFSR: write its bits to clear them
      "ldr  r1, [r0]                        \n"
      "str  r1, [r0]                        \n"
      "bx   lr                              \n");
}

void SystemReset() {
  auto* const aircr = reinterpret_cast<volatile uint32_t*>(0xE000ED0Cu);
  constexpr uint32_t kKey = 0x05FAu << 16;
  asm volatile("dsb" ::: "memory");
  *aircr = kKey | (1u << 2);
  asm volatile("dsb" ::: "memory");
  for (;;) asm volatile("nop");
}

}  // namespace emojicam::board
