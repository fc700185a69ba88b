// The computer's side of the tunnel, for tests and fuzzers: tokens and control transfers.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "generated/usb_tunnel.h"
#include "link/packet.h"

namespace emojicam::usb {

using Bytes = std::vector<uint8_t>;

struct HostAnswer {
  Answer kind;
  uint8_t sequence;
  Bytes data;
};

// bmRequestType, bRequest, wValue, wIndex (USB 2.0, 9.3); wLength is the transfer's.
struct Request {
  uint8_t type;
  uint8_t request;
  uint16_t value;
  uint16_t index;
};

class TestHost {
 public:
  // `run_device` is called until the device has answered.
  explicit TestHost(std::function<void()> run_device);
  ~TestHost();

  // Sends a token and gives the answer; kNobody if the device says nothing at all.
  HostAnswer Send(Token token, uint8_t endpoint = 0, const Bytes& data = {});
  // The same, with everything in the caller's hand.
  HostAnswer SendRaw(Token token, uint8_t sequence, const Bytes& rest);
  // Bytes onto the line as they are.
  void SendBytes(const Bytes& bytes);

  // A control transfer. NAKs are asked again, to an end.
  // Returns what the device said in the end (kAck, kStall, kNak, kNobody), and the data of a read in `*data`.
  Answer Read(Request request, uint16_t length, Bytes* data);
  Answer Write(Request request, const Bytes& data = {});

  // Bus reset, SET_ADDRESS, SET_CONFIGURATION. False if any of it fails.
  bool Enumerate();

  // One IN transaction on an endpoint.
  HostAnswer In(uint8_t endpoint) { return Send(Token::kIn, endpoint & 0x7F); }

  uint8_t address = 0;
  // What the device sent without being asked.
  std::vector<HostAnswer> unasked;

  // The port's two ends.
  std::deque<uint8_t> to_device;
  void FromDevice(Span<const uint8_t> bytes);

 private:
  HostAnswer Persist(Token token, uint8_t endpoint, const Bytes& data = {});

  std::function<void()> run_device_;
  link::PacketDecoder decoder_;
  std::deque<HostAnswer> answers_;
  uint8_t sequence_ = 0;
};

}  // namespace emojicam::usb
