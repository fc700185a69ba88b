// Which SETUP packets may reach the stack.
//
// TinyUSB 0.18 takes the direction of a data stage from the packet without asking whether it is the request's
// own. A GET_STATUS that says "towards the device" then writes what the host sends to where a local variable
// was, and a GET_DESCRIPTOR to the descriptor. (usbd.c, process_control_request; found by fuzz/usb_fuzz.cc)
#pragma once

#include <cstdint>

namespace emojicam::usb {

// A SETUP packet (USB 2.0, 9.3).
struct SetupPacket {
  uint8_t request_type;  // direction 7, type 6 to 5, recipient 4 to 0
  uint8_t request;
  uint16_t value;
  uint16_t index;
  uint16_t length;
};

// The packet as the stack has to see it. With a length of 0 there is no data stage whatever the direction bit
// says (USB 2.0, 9.3.1), and the status stage goes to the host: the bit is cleared. TinyUSB 0.18 believes the
// bit, arms a status stage the other way, which no host asks for, and adds to a null buffer when the transfer
// of SET_ADDRESS ends; mended upstream by its #3615.
SetupPacket WithItsOwnDirection(SetupPacket setup);

// False for a report of a type that there is not, and for a request whose data stage goes the wrong way or is
// there at all where it must not be: of the standard requests (9.4), of HID's to the keyboard (HID 1.11, 7.2)
// and of CDC's to the link (PSTN 1.2, 6.3). Others are true: the stack refuses those that it does not know.
bool IsSound(const SetupPacket& setup);

}  // namespace emojicam::usb
