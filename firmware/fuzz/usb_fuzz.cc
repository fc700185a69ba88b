// Any tokens, requests and bytes on the bus, and whatever else the host does: the device survives, and after
// a bus reset it is enumerated, has nothing down, and types.
#include "check.h"
#include "generated/usb_descriptors.h"
#include "input.h"
#include "keyboard/typist.h"
#include "usb/device.h"
#include "usb/tunnel/test_host.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

namespace {

class UsbSink : public Sink {
 public:
  bool Ready() override { return usb::KeyboardReady(); }
  bool Send(const Report& report) override { return usb::SendReport(report); }
};

usb::Bytes ToBytes(Span<const uint8_t> span) { return usb::Bytes(span.begin(), span.end()); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  Input input(data, size);
  UsbSink sink;
  Typist typist(&sink);
  TypistSettings settings;
  settings.min_interval_ms = 0;
  typist.Configure(settings);
  typist.Arm(true);
  uint32_t now_ms = 0;
  const auto run = [&] {
    usb::Poll(++now_ms);
    if (usb::TakeInterruption()) typist.Reset();
    typist.OnLeds(usb::Leds());
    typist.Poll(now_ms);
  };
  usb::TestHost host(run);
  const uint8_t id[] = {1, 2, 3};
  FUZZ_CHECK(usb::Init(id));
  if (input.Below(4) != 0) FUZZ_CHECK(host.Enumerate());

  while (!input.empty()) {
    switch (input.Below(10)) {
      case 0:
        host.Send(usb::Token::kSetup, 0, ToBytes(input.Bytes(8)));
        break;
      case 1: {
        const usb::Request request{static_cast<uint8_t>(input.Byte() | 0x80), input.Byte(),
                                   static_cast<uint16_t>(input.Byte() << 8 | input.Byte()), input.Byte()};
        usb::Bytes answer;
        host.Read(request, input.Byte(), &answer);
        break;
      }
      case 2: {
        const usb::Request request{static_cast<uint8_t>(input.Byte() & 0x7F), input.Byte(),
                                   static_cast<uint16_t>(input.Byte() << 8 | input.Byte()), input.Byte()};
        host.Write(request, ToBytes(input.Bytes(input.Byte())));
        break;
      }
      case 3:
        host.Send(usb::Token::kOut, input.Below(16), ToBytes(input.Bytes(input.Below(80))));
        break;
      case 4:
        host.Send(usb::Token::kIn, input.Below(16));
        break;
      case 5:
        host.Send(static_cast<usb::Token>(input.Byte()));
        break;
      case 6:
        host.SendBytes(ToBytes(input.Bytes(input.Byte())));
        run();
        break;
      case 7: {
        const uint8_t text[] = {'h', 'i'};
        typist.Type(text, 0, now_ms);
        break;
      }
      case 8: {
        uint8_t bytes[64];
        usb::SerialRead(Span<uint8_t>(bytes).first(input.Below(64)));
        usb::SerialWrite(bytes);
        break;
      }
      default:
        for (uint8_t left = input.Byte(); left > 0; --left) run();
    }
  }

  // The line is cleaned by a delimiter, and the host goes on as hosts do.
  host.SendBytes({0});
  for (int i = 0; i < 10; ++i) run();
  host.Send(usb::Token::kStateRequest);
  if (host.Send(usb::Token::kReset).kind != usb::Answer::kAck) FUZZ_CHECK(false);
  FUZZ_CHECK(host.Enumerate());
  usb::HostAnswer first = host.In(usb::kEndpointKeyboardIn);
  for (int i = 0; i < 100 && first.kind == usb::Answer::kNak; ++i) first = host.In(usb::kEndpointKeyboardIn);
  FUZZ_CHECK(first.kind == usb::Answer::kData && first.data == usb::Bytes(8, 0));
  for (int i = 0; i < 30; ++i) run();
  const uint8_t text[] = {'a'};
  FUZZ_CHECK(typist.Type(text, 0, now_ms) == Firing::kQueued);
  usb::Bytes last;
  uint32_t reports = 0;
  for (int i = 0; i < 80; ++i) {
    run();
    const usb::HostAnswer answer = host.In(usb::kEndpointKeyboardIn);
    if (answer.kind != usb::Answer::kData) continue;
    ++reports;
    last = answer.data;
  }
  FUZZ_CHECK(reports >= 2 && last == usb::Bytes(8, 0));
  return 0;
}
