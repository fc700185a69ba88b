// TinyUSB's device controller on a serial line.
#pragma once

namespace emojicam::usb {

// Takes one token from the line, if there is one, for the stack's task to see; false if there was none.
bool TunnelPoll();

}  // namespace emojicam::usb
