#include "usb/tunnel/test_host.h"

#include <algorithm>

#include "usb/tunnel/port.h"

namespace emojicam::usb {
namespace {

TestHost* current = nullptr;
constexpr int kPatience = 12;

}  // namespace

std::size_t TunnelRead(Span<uint8_t> into) {
  std::size_t count = 0;
  while (current != nullptr && count < into.size() && !current->to_device.empty()) {
    into[count++] = current->to_device.front();
    current->to_device.pop_front();
  }
  return count;
}

bool TunnelWrite(Span<const uint8_t> bytes) {
  if (current != nullptr) current->FromDevice(bytes);
  return true;
}

TestHost::TestHost(std::function<void()> run_device) : run_device_(std::move(run_device)) { current = this; }
TestHost::~TestHost() { current = nullptr; }

void TestHost::FromDevice(Span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    if (!decoder_.Feed(byte) || decoder_.payload().empty()) continue;
    const Span<const uint8_t> data = decoder_.payload().subspan(1);
    answers_.push_back(
        {static_cast<Answer>(decoder_.id()), decoder_.payload()[0], Bytes(data.begin(), data.end())});
  }
}

void TestHost::SendBytes(const Bytes& bytes) {
  to_device.insert(to_device.end(), bytes.begin(), bytes.end());
}

HostAnswer TestHost::SendRaw(Token token, uint8_t sequence, const Bytes& rest) {
  Bytes body = {static_cast<uint8_t>(token), sequence};
  body.insert(body.end(), rest.begin(), rest.end());
  const uint32_t crc = link::Crc32({body.data(), body.size()});
  for (int i = 0; i < 4; ++i) body.push_back(static_cast<uint8_t>(crc >> (8 * i)));
  Bytes packet(link::kMaxPacket);
  packet.resize(link::EncodeCobs({body.data(), body.size()}, {packet.data(), packet.size()}));
  SendBytes(packet);
  for (int i = 0; i < kPatience; ++i) {
    run_device_();
    while (!answers_.empty()) {
      HostAnswer answer = answers_.front();
      answers_.pop_front();
      if (answer.sequence == sequence && answer.kind != Answer::kWakeup) return answer;
      unasked.push_back(answer);
    }
  }
  return {Answer::kNobody, sequence, {}};
}

HostAnswer TestHost::Send(Token token, uint8_t endpoint, const Bytes& data) {
  sequence_ = static_cast<uint8_t>(sequence_ % 255 + 1);  // 0 is for what is not asked for
  Bytes rest;
  if (token == Token::kSetup || token == Token::kOut || token == Token::kIn) rest = {address, endpoint};
  rest.insert(rest.end(), data.begin(), data.end());
  return SendRaw(token, sequence_, rest);
}

HostAnswer TestHost::Persist(Token token, uint8_t endpoint, const Bytes& data) {
  HostAnswer answer = Send(token, endpoint, data);
  for (int i = 0; i < kPatience && answer.kind == Answer::kNak; ++i) answer = Send(token, endpoint, data);
  return answer;
}

namespace {

Bytes SetupPacket(const Request& request, std::size_t length) {
  return {request.type,
          request.request,
          static_cast<uint8_t>(request.value),
          static_cast<uint8_t>(request.value >> 8),
          static_cast<uint8_t>(request.index),
          static_cast<uint8_t>(request.index >> 8),
          static_cast<uint8_t>(length),
          static_cast<uint8_t>(length >> 8)};
}

}  // namespace

Answer TestHost::Read(Request request, uint16_t length, Bytes* data) {
  data->clear();
  const Answer setup = Send(Token::kSetup, 0, SetupPacket(request, length)).kind;
  if (setup != Answer::kAck) return setup;
  while (data->size() < length) {
    const HostAnswer answer = Persist(Token::kIn, 0);
    if (answer.kind != Answer::kData) return answer.kind;
    data->insert(data->end(), answer.data.begin(), answer.data.end());
    if (answer.data.size() < kTunnelMaxData) break;
  }
  // Without a data stage the status stage comes from the device (USB 2.0, 8.5.3).
  const Answer status = Persist(length == 0 ? Token::kIn : Token::kOut, 0).kind;
  return status == Answer::kData ? Answer::kAck : status;
}

Answer TestHost::Write(Request request, const Bytes& data) {
  const Answer setup = Send(Token::kSetup, 0, SetupPacket(request, data.size())).kind;
  if (setup != Answer::kAck) return setup;
  for (std::size_t at = 0; at < data.size(); at += kTunnelMaxData) {
    const auto end = data.begin() + static_cast<std::ptrdiff_t>(std::min(at + kTunnelMaxData, data.size()));
    const Answer out =
        Persist(Token::kOut, 0, Bytes(data.begin() + static_cast<std::ptrdiff_t>(at), end)).kind;
    if (out != Answer::kAck) return out;
  }
  const Answer status = Persist(Token::kIn, 0).kind;
  return status == Answer::kData ? Answer::kAck : status;
}

bool TestHost::Enumerate() {
  address = 0;
  if (Send(Token::kReset).kind != Answer::kAck) return false;
  if (Write({0x00, 5, 9, 0}) != Answer::kAck) return false;
  address = 9;
  return Write({0x00, 9, 1, 0}) == Answer::kAck;
}

}  // namespace emojicam::usb
