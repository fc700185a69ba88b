// The USB device: a keyboard and, beside it, the link's serial port. Nothing else here knows TinyUSB.
//
//   Typist --SendReport()--> endpoint 1 IN          host's LEDs --> Leds()
//   link   --SerialWrite()--> endpoint 3 IN         endpoint 3 OUT --> SerialRead()
//
// TinyUSB is one per program, so these are functions. They are all called from the main loop; only the
// controller's interrupt comes from elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "keyboard/report.h"

namespace emojicam::usb {

// What the bus has done since start.
struct Counters {
  uint32_t reports = 0;  // reports that the host has taken
  uint32_t repeats = 0;  // of them, those that SET_IDLE asked for
  uint32_t mounts = 0;   // SET_CONFIGURATION to 1
  uint32_t suspends = 0;
  uint32_t resumes = 0;
  uint32_t set_reports = 0;      // LED reports taken
  uint32_t bad_set_reports = 0;  // of another kind or size, ignored
};

// Starts the stack, anew where it runs already, and connects to the bus. The serial number is `unique_id` in
// hexadecimal, at most 16 bytes of it.
bool Init(Span<const uint8_t> unique_id);

// Runs the stack. Call it at least once a millisecond where there is time; `now_ms` may wrap around.
void Poll(uint32_t now_ms);

// The host has configured the device, suspended or not.
bool Mounted();
// That, and the bus is not suspended.
bool Active();
bool Suspended();

// The host has taken the last report and may be given another.
bool KeyboardReady();

// Hands a report to the endpoint; false if it is not ready.
bool SendReport(const Report& report);

// Bits of emojicam::led that the host has set.
uint8_t Leds();

// True once after the host has lost track of what is down (bus reset, configuration, suspend, disconnect):
// whatever was being typed is void, and the next report has to be all up.
bool TakeInterruption();

// Asks a suspended host to wake up. False if it is not suspended or has not allowed it (SET_FEATURE).
bool WakeHost();

// Leaves the bus, at which the host lets go of every key. Safe in a fault handler.
void Disconnect();
void Connect();

// The link's bytes. Read gives what has arrived; write takes as many as there is room for and returns how
// many. Nobody listens before the host has opened the port.
std::size_t SerialRead(Span<uint8_t> into);
std::size_t SerialWrite(Span<const uint8_t> bytes);
std::size_t SerialRoom();
bool SerialOpen();

const Counters& counters();

}  // namespace emojicam::usb
