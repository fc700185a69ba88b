// The USB core's side of the board. The stack itself is usb/'s.
#pragma once

namespace emojicam::board {

// usb/'s part: the core has raised its interrupt.
extern "C" void UsbInterrupt();

}  // namespace emojicam::board
