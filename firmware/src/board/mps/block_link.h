// The link's bytes in blocks, by semihosting: thousands of times fewer exits from the emulator than by UART.
//
// The emulator's command line says which way goes how; what it does not name goes by UART as on a board:
//   link-blocks:PIPE  what Python sends: blocks of 4 bytes of length, little-endian, and so many bytes. For
//                     each that is in the pipe whole a byte on the UART, the bell: so no read ever waits.
//   link-file:FILE    the same without lengths or bell: a file that is read to its end.
//   link-out:FILE     what Python receives: a file, or a pipe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "board/cortexm/semihosting.h"
#include "board/mps/cmsdk_uart.h"

namespace emojicam::board {

class BlockLink {
 public:
  // bell: the link's UART. buffer: for what has been read and not given out yet; at least 4 bytes. Both are
  // the caller's and outlive this.
  constexpr BlockLink(const CmsdkUart& bell, Span<uint8_t> buffer) : bell_(bell), buffer_(buffer) {}

  // Opens what the command line names.
  void Start();

  bool reads() const { return in_.is_open(); }
  bool writes() const { return out_.is_open(); }

  // What there is of the block that has been announced, without waiting; 0 if none has.
  std::size_t Read(Span<uint8_t> into);

  // Waits for whoever reads; fewer bytes only if nobody does any more.
  std::size_t Write(Span<const uint8_t> bytes) const { return out_.Write(bytes); }

 private:
  void Fill();

  const CmsdkUart& bell_;
  Span<uint8_t> buffer_;
  SemihostingFile in_;
  SemihostingFile out_;
  bool has_lengths_ = false;
  uint32_t block_left_ = 0;  // bytes of the block that are still in the pipe
  std::size_t at_ = 0;       // of buffer_: what has been given out
  std::size_t size_ = 0;
};

}  // namespace emojicam::board
