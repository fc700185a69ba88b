// A device controller behind a serial line: what the USB core's endpoints do, for tokens that come in
// packets.
//
//   serial line --> Poll() --one token--> endpoints --> events for TinyUSB
//               <--one answer--
//
// Packets: python/emojicam/usb/tunnel.py. Not a bus: there is no timing, no data toggle and no suspend by
// silence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "generated/usb_tunnel.h"
#include "link/packet.h"

namespace emojicam::usb {

// What the controller tells the stack.
class ControllerEvents {
 public:
  virtual void OnReset() = 0;
  virtual void OnSuspend() = 0;
  virtual void OnResume() = 0;
  virtual void OnSetup(const uint8_t (&packet)[8]) = 0;
  virtual void OnTransfer(uint8_t endpoint, uint32_t bytes) = 0;

 protected:
  ~ControllerEvents() = default;
};

class TunnelController {
 public:
  static constexpr uint8_t kEndpoints = 8;

  explicit TunnelController(ControllerEvents* events) : events_(events) {}

  // Takes bytes from the line until one token is done, answers it, and returns true; false if there was none.
  bool Poll();

  // The pull-up: without it no token is answered.
  void SetConnected(bool connected);
  void SignalWakeup();

  // `endpoint` is an address: number, and 0x80 for IN. Numbers from kEndpoints on are ignored.
  void Open(uint8_t endpoint, uint16_t max_packet);
  void Close(uint8_t endpoint);
  void CloseAll();
  // `buffer` stays the stack's and is used until OnTransfer, or until the endpoint is stalled, closed or
  // reset.
  bool Transfer(uint8_t endpoint, uint8_t* buffer, uint16_t bytes);
  void Stall(uint8_t endpoint);
  void ClearStall(uint8_t endpoint);
  // Takes effect after the status stage, an IN transfer of no bytes.
  void SetAddress(uint8_t address);

 private:
  struct Endpoint {
    uint8_t* buffer;
    uint16_t bytes;
    uint16_t done;
    uint16_t max_packet;
    bool open;
    bool busy;
    bool stalled;
  };

  Endpoint* Find(uint8_t endpoint);
  void Handle(uint8_t token, Span<const uint8_t> payload);
  void Device(Token token, Span<const uint8_t> rest);
  void Setup(Span<const uint8_t> data);
  void Out(uint8_t endpoint, Span<const uint8_t> data);
  void In(uint8_t endpoint);
  void BusReset();
  void Reply(Answer kind, Span<const uint8_t> data = {});
  void Write(Answer kind, uint8_t sequence, Span<const uint8_t> data);
  void Send();

  ControllerEvents* events_;
  link::PacketDecoder decoder_;
  std::array<std::array<Endpoint, 2>, kEndpoints> endpoints_ = {};
  bool connected_ = false;
  bool suspended_ = false;
  uint8_t address_ = 0;
  uint8_t next_address_ = 0;
  bool address_pending_ = false;

  // The last token and the answer to it, for when it comes again.
  bool has_last_ = false;
  uint8_t last_token_ = 0;
  uint8_t sequence_ = 0;

  static constexpr std::size_t kMaxBody = 2 + kTunnelMaxData + 4;
  std::array<uint8_t, kMaxBody + 3> answer_ = {};  // COBS adds a code byte, and the delimiter
  std::size_t answer_size_ = 0;
};

}  // namespace emojicam::usb
