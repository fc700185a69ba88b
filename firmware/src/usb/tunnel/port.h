// The serial line that carries USB tokens, on boards that have no USB core. Implemented by the board.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam::usb {

// Never waits: gives what has arrived, 0 if nothing has.
std::size_t TunnelRead(Span<uint8_t> into);
// False when the other side has taken nothing for a bounded time; the rest is dropped.
bool TunnelWrite(Span<const uint8_t> bytes);

}  // namespace emojicam::usb
