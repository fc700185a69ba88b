// The interrupt of a USB core, which the board hands on: it knows the vector, and only usb/ knows TinyUSB.
#include "tusb.h"

extern "C" void UsbInterrupt() { tusb_int_handler(0, true); }
