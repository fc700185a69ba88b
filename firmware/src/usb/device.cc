#include "usb/device.h"

#include <cstring>

#include "device/dcd.h"
#include "generated/usb_descriptors.h"
#include "tusb.h"
#include "usb/serial_number.h"
#include "usb/setup_check.h"
#include "usb/tunnel/dcd_tunnel.h"

namespace emojicam::usb {
namespace {

constexpr uint8_t kPort = 0;

struct Keyboard {
  Report sent;  // the last one that was handed over
  uint32_t sent_at_ms;
  bool sent_any;
  uint8_t leds;
  bool repeat_in_flight;
};

Counters counts;
Keyboard keyboard;
SerialNumber serial_number;
bool was_mounted = false;
bool interrupted = false;
uint32_t now = 0;

void Interrupt() {
  interrupted = true;
  keyboard.sent = kAllUp;
  keyboard.sent_any = false;
}

// HID 1.11, 7.2.4: with an idle rate the report is sent again, changed or not, each time so many 4 ms have
// passed.
void RepeatWhenIdle(uint8_t idle_rate) {
  const uint32_t period_ms = 4u * idle_rate;
  if (idle_rate == 0 || !keyboard.sent_any || now - keyboard.sent_at_ms < period_ms) return;
  if (!KeyboardReady() || !tud_hid_report(0, &keyboard.sent, sizeof(keyboard.sent))) return;
  keyboard.sent_at_ms = now;
  keyboard.repeat_in_flight = true;
}

uint8_t idle_rate = 0;

}  // namespace

bool Init(Span<const uint8_t> unique_id) {
  counts = Counters();
  keyboard = Keyboard();
  was_mounted = false;
  interrupted = false;
  idle_rate = 0;
  serial_number = SerialNumber(unique_id);
  if (tud_inited()) tud_deinit(kPort);
  tusb_rhport_init_t init = {};
  init.role = TUSB_ROLE_DEVICE;
  init.speed = TUSB_SPEED_FULL;
  return tusb_rhport_init(kPort, &init);
}

void Poll(uint32_t now_ms) {
  now = now_ms;
#if CFG_TUSB_MCU == OPT_MCU_NONE
  // The tunnel has no interrupt: each call takes at most one token, which the stack has to see before the
  // next.
  constexpr int kTokensPerPoll = 16;
  for (int i = 0; i < kTokensPerPoll && TunnelPoll(); ++i) tud_task();
#endif
  tud_task();
  // A bus reset has no callback of its own.
  if (was_mounted && !tud_mounted()) Interrupt();
  was_mounted = tud_mounted();
  RepeatWhenIdle(idle_rate);
}

bool Mounted() { return tud_mounted(); }
bool Active() { return tud_ready(); }
bool Suspended() { return tud_mounted() && tud_suspended(); }
bool KeyboardReady() { return tud_hid_ready(); }

bool SendReport(const Report& report) {
  if (!KeyboardReady() || !tud_hid_report(0, &report, sizeof(report))) return false;
  keyboard.sent = report;
  keyboard.sent_at_ms = now;
  keyboard.sent_any = true;
  keyboard.repeat_in_flight = false;
  return true;
}

uint8_t Leds() { return keyboard.leds; }

bool TakeInterruption() {
  const bool taken = interrupted;
  interrupted = false;
  return taken;
}

bool WakeHost() { return tud_remote_wakeup(); }
void Disconnect() { tud_disconnect(); }
void Connect() { tud_connect(); }

std::size_t SerialRead(Span<uint8_t> into) {
  return tud_cdc_read(into.data(), static_cast<uint32_t>(into.size()));
}

std::size_t SerialWrite(Span<const uint8_t> bytes) {
  if (!SerialOpen()) return 0;
  const uint32_t written = tud_cdc_write(bytes.data(), static_cast<uint32_t>(bytes.size()));
  tud_cdc_write_flush();
  return written;
}

std::size_t SerialRoom() { return SerialOpen() ? tud_cdc_write_available() : 0; }

bool SerialOpen() { return tud_cdc_connected(); }

const Counters& counters() { return counts; }

}  // namespace emojicam::usb

// What TinyUSB asks of its application.
extern "C" {

using namespace emojicam;       // NOLINT(google-build-using-namespace)
using namespace emojicam::usb;  // NOLINT(google-build-using-namespace)

// TinyUSB's own of this name is compiled as usbd_event_handler (third_party/CMakeLists.txt): controllers
// report here.
void usbd_event_handler(dcd_event_t const* event, bool in_isr);

void dcd_event_handler(dcd_event_t const* event, bool in_isr) {
  if (event->event_id != DCD_EVENT_SETUP_RECEIVED) return usbd_event_handler(event, in_isr);
  dcd_event_t seen = *event;
  tusb_control_request_t& request = seen.setup_received;
  const SetupPacket setup = WithItsOwnDirection(
      {request.bmRequestType, request.bRequest, request.wValue, request.wIndex, request.wLength});
  request.bmRequestType = setup.request_type;
  if (!IsSound(setup)) {
    // A standard request that there is not: the stack stalls it.
    request.bmRequestType = static_cast<uint8_t>(setup.request_type & 0x80);
    request.bRequest = 0xFF;
  }
  usbd_event_handler(&seen, in_isr);
}

uint32_t tusb_time_millis_api(void) { return now; }

uint8_t const* tud_descriptor_device_cb(void) { return kDeviceDescriptor; }

uint8_t const* tud_descriptor_configuration_cb(uint8_t index) {
  return index == 0 ? kConfigurationDescriptor : nullptr;
}

uint8_t const* tud_hid_descriptor_report_cb(uint8_t) { return kReportDescriptor; }

uint16_t const* tud_descriptor_string_cb(uint8_t index, uint16_t) {
  if (index == kSerialString) return serial_number.descriptor();
  constexpr std::size_t kCount = sizeof(kStrings) / sizeof(kStrings[0]);
  // Aligned for it in the generated header.
  return index < kCount ? reinterpret_cast<uint16_t const*>(kStrings[index]) : nullptr;
}

void tud_mount_cb(void) {
  ++counts.mounts;
  keyboard.leds = 0;
  idle_rate = 0;
  Interrupt();
}

void tud_umount_cb(void) { Interrupt(); }

void tud_suspend_cb(bool) {
  ++counts.suspends;
  Interrupt();
}

void tud_resume_cb(void) { ++counts.resumes; }

bool tud_hid_set_idle_cb(uint8_t, uint8_t rate) {
  idle_rate = rate;
  return true;
}

void tud_hid_report_complete_cb(uint8_t, uint8_t const*, uint16_t) {
  ++counts.reports;
  if (keyboard.repeat_in_flight) ++counts.repeats;
}

uint16_t tud_hid_get_report_cb(uint8_t, uint8_t, hid_report_type_t type, uint8_t* buffer, uint16_t size) {
  if (type == HID_REPORT_TYPE_INPUT && size >= sizeof(Report)) {
    std::memcpy(buffer, &keyboard.sent, sizeof(Report));
    return sizeof(Report);
  }
  if (type == HID_REPORT_TYPE_OUTPUT && size >= 1) {
    buffer[0] = keyboard.leds;
    return 1;
  }
  return 0;
}

void tud_hid_set_report_cb(uint8_t, uint8_t, hid_report_type_t type, uint8_t const* buffer, uint16_t size) {
  if (type != HID_REPORT_TYPE_OUTPUT || size != 1) {
    ++counts.bad_set_reports;
    return;
  }
  ++counts.set_reports;
  keyboard.leds = buffer[0];
}

}  // extern "C"
