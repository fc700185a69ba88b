// The USB core's side of the board. The stack itself is usb/'s.
#pragma once

#include <cstdint>

namespace emojicam::board {

// usb/'s part: the core has raised its interrupt.
extern "C" void UsbInterrupt();

// For usb/: ends what an IN endpoint, 0 to 8, has begun to send, and empties its FIFO. At most 0.3 ms.
extern "C" void UsbEndSending(uint8_t endpoint);

}  // namespace emojicam::board
