// TinyUSB's device controller interface (device/dcd.h) on TunnelController. Polled: there is no interrupt to
// mask.
#include "usb/tunnel/dcd_tunnel.h"

#include "device/dcd.h"
#include "tusb_option.h"
#include "usb/tunnel/controller.h"

namespace {

constexpr uint8_t kPort = 0;

class StackEvents : public emojicam::usb::ControllerEvents {
 public:
  void OnReset() override { dcd_event_bus_reset(kPort, TUSB_SPEED_FULL, false); }
  void OnSuspend() override { dcd_event_bus_signal(kPort, DCD_EVENT_SUSPEND, false); }
  void OnResume() override { dcd_event_bus_signal(kPort, DCD_EVENT_RESUME, false); }
  void OnSetup(const uint8_t (&packet)[8]) override { dcd_event_setup_received(kPort, packet, false); }
  void OnTransfer(uint8_t endpoint, uint32_t bytes) override {
    dcd_event_xfer_complete(kPort, endpoint, bytes, XFER_RESULT_SUCCESS, false);
  }
};

StackEvents events;
emojicam::usb::TunnelController controller(&events);

}  // namespace

namespace emojicam::usb {

bool TunnelPoll() { return controller.Poll(); }

}  // namespace emojicam::usb

extern "C" {

bool dcd_init(uint8_t, const tusb_rhport_init_t*) {
  controller = emojicam::usb::TunnelController(&events);
  controller.SetConnected(true);
  return true;
}

bool dcd_deinit(uint8_t) {
  controller.SetConnected(false);
  return true;
}

void dcd_int_handler(uint8_t) { emojicam::usb::TunnelPoll(); }
void dcd_int_enable(uint8_t) {}
void dcd_int_disable(uint8_t) {}
void dcd_sof_enable(uint8_t, bool) {}

void dcd_set_address(uint8_t, uint8_t address) { controller.SetAddress(address); }
void dcd_remote_wakeup(uint8_t) { controller.SignalWakeup(); }
void dcd_connect(uint8_t) { controller.SetConnected(true); }

void dcd_disconnect(uint8_t) {
  controller.SetConnected(false);
  dcd_event_bus_signal(kPort, DCD_EVENT_UNPLUGGED, false);
}

bool dcd_edpt_open(uint8_t, tusb_desc_endpoint_t const* descriptor) {
  controller.Open(descriptor->bEndpointAddress, tu_edpt_packet_size(descriptor));
  return true;
}

void dcd_edpt_close(uint8_t, uint8_t endpoint) { controller.Close(endpoint); }
void dcd_edpt_close_all(uint8_t) { controller.CloseAll(); }

bool dcd_edpt_xfer(uint8_t, uint8_t endpoint, uint8_t* buffer, uint16_t bytes) {
  return controller.Transfer(endpoint, buffer, bytes);
}

void dcd_edpt_stall(uint8_t, uint8_t endpoint) { controller.Stall(endpoint); }
void dcd_edpt_clear_stall(uint8_t, uint8_t endpoint) { controller.ClearStall(endpoint); }

}  // extern "C"
