#include "usb/tunnel/controller.h"

#include <algorithm>
#include <cstring>

#include "usb/tunnel/port.h"

namespace emojicam::usb {
namespace {

constexpr uint8_t kIn = 0x80;

}  // namespace

TunnelController::Endpoint* TunnelController::Find(uint8_t endpoint) {
  const uint8_t number = endpoint & 0x7F;
  return number < kEndpoints ? &endpoints_[number][(endpoint & kIn) != 0] : nullptr;
}

bool TunnelController::Poll() {
  uint8_t byte = 0;
  while (TunnelRead({&byte, 1}) == 1) {
    if (!decoder_.Feed(byte)) continue;
    Handle(decoder_.id(), decoder_.payload());
    return true;
  }
  return false;
}

// `payload` begins with the sequence number.
void TunnelController::Handle(uint8_t token, Span<const uint8_t> payload) {
  if (payload.empty()) return;
  const bool again = has_last_ && token == last_token_ && payload[0] == sequence_;
  const auto kind = static_cast<Token>(token);
  if (again && kind != Token::kStateRequest) {
    Send();
    return;
  }
  has_last_ = kind != Token::kStateRequest;
  last_token_ = token;
  sequence_ = payload[0];
  Device(kind, payload.subspan(1));
}

void TunnelController::Device(Token token, Span<const uint8_t> rest) {
  switch (token) {
    case Token::kStateRequest: {
      const uint8_t state = connected_;
      Reply(Answer::kState, {&state, 1});
      return;
    }
    case Token::kReset:
      if (!connected_) break;
      BusReset();
      Reply(Answer::kAck);
      events_->OnReset();
      return;
    case Token::kSuspend:
      if (!connected_ || suspended_) break;
      suspended_ = true;
      Reply(Answer::kAck);
      events_->OnSuspend();
      return;
    case Token::kResume:
      if (!connected_ || !suspended_) break;
      suspended_ = false;
      Reply(Answer::kAck);
      events_->OnResume();
      return;
    case Token::kSetup:
    case Token::kOut:
    case Token::kIn: {
      if (!connected_ || suspended_ || rest.size() < 2 || rest[0] != address_) break;
      const uint8_t endpoint = rest[1] & 0x0F;
      const Span<const uint8_t> data = rest.subspan(2);
      if (token == Token::kSetup) return endpoint == 0 ? Setup(data) : Reply(Answer::kNobody);
      if (token == Token::kOut) return Out(endpoint, data);
      return In(endpoint | kIn);
    }
  }
  Reply(Answer::kNobody);
}

void TunnelController::Setup(Span<const uint8_t> data) {
  uint8_t packet[8];
  if (data.size() != sizeof(packet) || !endpoints_[0][0].open) return Reply(Answer::kNobody);
  std::memcpy(packet, data.data(), sizeof(packet));
  // A SETUP is always taken, and ends whatever was going on. (USB 2.0, 8.5.3)
  for (Endpoint& direction : endpoints_[0]) direction.busy = direction.stalled = false;
  address_pending_ = false;
  Reply(Answer::kAck);
  events_->OnSetup(packet);
}

void TunnelController::Out(uint8_t endpoint, Span<const uint8_t> data) {
  Endpoint& target = *Find(endpoint < kEndpoints ? endpoint : 0);
  if (endpoint >= kEndpoints || !target.open || data.size() > target.max_packet)
    return Reply(Answer::kNobody);
  if (target.stalled) return Reply(Answer::kStall);
  if (!target.busy) return Reply(Answer::kNak);
  const std::size_t room = static_cast<std::size_t>(target.bytes - target.done);
  const auto count = static_cast<uint16_t>(std::min(data.size(), room));
  if (count != 0) std::memcpy(target.buffer + target.done, data.data(), count);
  target.done = static_cast<uint16_t>(target.done + count);
  const bool complete = target.done == target.bytes || data.size() < target.max_packet;
  Reply(Answer::kAck);
  if (!complete) return;
  target.busy = false;
  events_->OnTransfer(endpoint, target.done);
}

void TunnelController::In(uint8_t endpoint) {
  Endpoint* const source = Find(endpoint);
  if (source == nullptr || !source->open) return Reply(Answer::kNobody);
  if (source->stalled) return Reply(Answer::kStall);
  if (!source->busy) return Reply(Answer::kNak);
  const std::size_t left = static_cast<std::size_t>(source->bytes - source->done);
  const auto count = static_cast<uint16_t>(std::min<std::size_t>(left, source->max_packet));
  Reply(Answer::kData, {source->buffer + source->done, count});
  source->done = static_cast<uint16_t>(source->done + count);
  if (source->done != source->bytes) return;
  source->busy = false;
  if (endpoint == kIn && address_pending_) {
    address_pending_ = false;
    address_ = next_address_;
  }
  events_->OnTransfer(endpoint, source->done);
}

void TunnelController::BusReset() {
  CloseAll();
  for (Endpoint& direction : endpoints_[0]) direction = {nullptr, 0, 0, kTunnelMaxData, true, false, false};
  suspended_ = false;
  address_ = 0;
  address_pending_ = false;
}

void TunnelController::SetConnected(bool connected) {
  connected_ = connected;
  suspended_ = false;
  endpoints_ = {};  // until the bus reset that follows
  const uint8_t state = connected;
  Write(Answer::kState, 0, {&state, 1});
  has_last_ = false;
}

void TunnelController::SignalWakeup() {
  if (!suspended_) return;
  Write(Answer::kWakeup, 0, {});
  has_last_ = false;
}

void TunnelController::Open(uint8_t endpoint, uint16_t max_packet) {
  if (Endpoint* const opened = Find(endpoint)) {
    const auto packet = static_cast<uint16_t>(std::min<std::size_t>(max_packet, kTunnelMaxData));
    *opened = {nullptr, 0, 0, packet, true, false, false};
  }
}

void TunnelController::Close(uint8_t endpoint) {
  if (Endpoint* const closed = Find(endpoint)) *closed = {};
}

void TunnelController::CloseAll() {
  for (std::size_t number = 1; number < endpoints_.size(); ++number) endpoints_[number] = {};
}

bool TunnelController::Transfer(uint8_t endpoint, uint8_t* buffer, uint16_t bytes) {
  Endpoint* const target = Find(endpoint);
  if (target == nullptr || !target->open) return false;
  target->buffer = buffer;
  target->bytes = bytes;
  target->done = 0;
  target->busy = true;
  return true;
}

void TunnelController::Stall(uint8_t endpoint) {
  if (Endpoint* const target = Find(endpoint)) {
    target->stalled = true;
    target->busy = false;
  }
}

void TunnelController::ClearStall(uint8_t endpoint) {
  if (Endpoint* const target = Find(endpoint)) target->stalled = target->busy = false;
}

void TunnelController::SetAddress(uint8_t address) {
  next_address_ = address;
  address_pending_ = Transfer(kIn, nullptr, 0);
}

void TunnelController::Reply(Answer kind, Span<const uint8_t> data) { Write(kind, sequence_, data); }

void TunnelController::Write(Answer kind, uint8_t sequence, Span<const uint8_t> data) {
  std::array<uint8_t, kMaxBody> body;
  body[0] = static_cast<uint8_t>(kind);
  body[1] = sequence;
  const std::size_t size = 2 + std::min(data.size(), kTunnelMaxData);
  if (size > 2) std::memcpy(body.data() + 2, data.data(), size - 2);
  const uint32_t crc = link::Crc32({body.data(), size});
  for (std::size_t i = 0; i < 4; ++i) body[size + i] = static_cast<uint8_t>(crc >> (8 * i));
  answer_size_ = link::EncodeCobs({body.data(), size + 4}, answer_);
  Send();
}

void TunnelController::Send() { TunnelWrite({answer_.data(), answer_size_}); }

}  // namespace emojicam::usb
