#include "board/mps/cmsdk_uart.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kTransmitFull = 1u << 0;
constexpr uint32_t kReceiveFull = 1u << 1;
// At 115200 baud and a few instructions a look, many times what one byte takes.
constexpr uint32_t kMaxLooks = 1000000;

}  // namespace

void CmsdkUart::Init(uint32_t divider) const {
  registers().divider = divider;
  registers().control = 0b11;
}

std::size_t CmsdkUart::Read(Span<uint8_t> into) const {
  std::size_t count = 0;
  while (count < into.size() && (registers().state & kReceiveFull) != 0) {
    into[count++] = static_cast<uint8_t>(registers().data);
  }
  return count;
}

bool CmsdkUart::Write(Span<const uint8_t> bytes) const {
  for (const uint8_t byte : bytes) {
    uint32_t looks = 0;
    while ((registers().state & kTransmitFull) != 0) {
      if (++looks == kMaxLooks) return false;
    }
    registers().data = byte;
  }
  return true;
}

}  // namespace emojicam::board
