// The interrupt of a USB core, which the board hands on: it knows the vector, and only usb/ knows TinyUSB.
// And what TinyUSB 0.18's driver of the DWC2 core leaves behind: a transfer that was begun and never ended
// keeps its endpoint enabled and its bytes in the FIFO, and the next one waits behind them for ever.
#include "device/dcd.h"
#include "tusb.h"

extern "C" {

// The board's.
void UsbEndSending(uint8_t endpoint);

void UsbInterrupt() { tusb_int_handler(0, true); }

// What usbd.c calls when a class opens an endpoint (third_party/CMakeLists.txt). A bus reset is an event that
// the stack's task takes up later; what it sends until then is begun on an endpoint that the core has already
// closed, and would go out, or block it, once that is open again.
bool usbd_dcd_edpt_open(uint8_t port, tusb_desc_endpoint_t const* endpoint) {
  const uint8_t address = endpoint->bEndpointAddress;
  if (tu_edpt_dir(address) == TUSB_DIR_IN) UsbEndSending(tu_edpt_number(address));
  return dcd_edpt_open(port, endpoint);
}

// What the driver reports to. A computer may give up a control transfer and begin the next: SETUP makes the
// core answer NAK, but leaves the answer to the one before where it is.
void dwc2_event_handler(dcd_event_t const* event, bool in_isr) {
  if (event->event_id == DCD_EVENT_SETUP_RECEIVED) UsbEndSending(0);
  dcd_event_handler(event, in_isr);
}

}  // extern "C"
