// The USB core's side of the board. The stack itself is usb/'s.
#pragma once

namespace emojicam::board {

// usb/'s part: the core has raised its interrupt. Without one, the interrupt stays off.
extern "C" void UsbInterrupt() __attribute__((weak));

}  // namespace emojicam::board
