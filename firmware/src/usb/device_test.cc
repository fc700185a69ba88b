#include "usb/device.h"

#include <gtest/gtest.h>

#include <string>

#include "generated/usb_descriptors.h"
#include "keyboard/typist.h"
#include "usb/tunnel/test_host.h"

namespace emojicam::usb {
namespace {

constexpr uint8_t kUniqueId[] = {0x00, 0x1F, 0xA5};
constexpr Report kA{0, 0, {4, 0, 0, 0, 0, 0}};
const Bytes kAllUpBytes(8, 0);

// HID 1.11, 7.2
constexpr uint8_t kGetReport = 1, kGetIdle = 2, kGetProtocol = 3, kSetReport = 9, kSetIdle = 10,
                  kSetProtocol = 11;
constexpr uint8_t kHidRead = 0xA1, kHidWrite = 0x21;

class DeviceTest : public testing::Test {
 protected:
  DeviceTest() { EXPECT_TRUE(Init(kUniqueId)); }

  void Enumerate() {
    ASSERT_TRUE(host.Enumerate());
    ASSERT_TRUE(Active());
    TakeInterruption();
  }
  void Run(uint32_t ms) {
    for (uint32_t i = 0; i < ms; ++i) Poll(++now_ms);
  }
  Bytes Descriptor(uint8_t type, uint8_t index, uint16_t length = 255) {
    Bytes data;
    EXPECT_EQ(host.Read({0x80, 6, static_cast<uint16_t>(type << 8 | index), 0}, length, &data), Answer::kAck);
    return data;
  }
  Bytes KeyboardIn() {
    const HostAnswer answer = host.In(kEndpointKeyboardIn);
    return answer.kind == Answer::kData ? answer.data : Bytes{};
  }

  uint32_t now_ms = 0;
  TestHost host{[this] { Poll(now_ms); }};
};

TEST_F(DeviceTest, Descriptors_AreTheTables) {
  Enumerate();
  EXPECT_EQ(Descriptor(1, 0), Bytes(std::begin(kDeviceDescriptor), std::end(kDeviceDescriptor)));
  EXPECT_EQ(Descriptor(2, 0),
            Bytes(std::begin(kConfigurationDescriptor), std::end(kConfigurationDescriptor)));
  Bytes report;
  EXPECT_EQ(host.Read({0x81, 6, 0x2200, kInterfaceKeyboard}, 255, &report), Answer::kAck);
  EXPECT_EQ(report, Bytes(std::begin(kReportDescriptor), std::end(kReportDescriptor)));
}

TEST_F(DeviceTest, Descriptor_IsCutToTheLengthAskedFor) {
  Enumerate();
  EXPECT_EQ(Descriptor(2, 0, 9).size(), 9u);
}

TEST_F(DeviceTest, SerialNumber_IsTheUniqueIdInHex) {
  Enumerate();
  EXPECT_EQ(Descriptor(3, kSerialString), (Bytes{14, 3, '0', 0, '0', 0, '1', 0, 'F', 0, 'A', 0, '5', 0}));
}

TEST_F(DeviceTest, UniqueIdTooLong_IsCut) {
  const uint8_t id[100] = {};
  ASSERT_TRUE(Init(id));
  Enumerate();
  EXPECT_EQ(Descriptor(3, kSerialString).size(), 2u + 4 * 16);
}

TEST_F(DeviceTest, UnknownDescriptors_AreStalled) {
  Enumerate();
  Bytes data;
  for (const int value : {0x0308, 0x0201, 0x0600, 0x0F00, 0x3300}) {
    EXPECT_EQ(host.Read({0x80, 6, static_cast<uint16_t>(value), 0}, 64, &data), Answer::kStall) << value;
  }
  EXPECT_EQ(Descriptor(1, 0).size(), 18u);
}

TEST_F(DeviceTest, Address_IsTakenAfterTheStatusStage) {
  host.Send(Token::kReset);
  ASSERT_EQ(host.Send(Token::kSetup, 0, {0, 5, 42, 0, 0, 0, 0, 0}).kind, Answer::kAck);
  EXPECT_EQ(host.In(0).kind, Answer::kData);
  EXPECT_EQ(host.In(0).kind, Answer::kNobody);
  host.address = 42;
  EXPECT_EQ(Descriptor(1, 0).size(), 18u);
}

TEST_F(DeviceTest, BeforeTheBusReset_NobodyAnswers) {
  Bytes data;
  EXPECT_EQ(host.Read({0x80, 6, 0x0100, 0}, 18, &data), Answer::kNobody);
}

TEST_F(DeviceTest, NoReport_IsNakedUntilThereIsOne) {
  Enumerate();
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNak);
  EXPECT_TRUE(SendReport(kA));
  EXPECT_FALSE(KeyboardReady());
  EXPECT_FALSE(SendReport(kA));
  EXPECT_EQ(KeyboardIn(), (Bytes{0, 0, 4, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(KeyboardReady());
  EXPECT_EQ(counters().reports, 1u);
}

TEST_F(DeviceTest, BeforeConfiguration_NoReportIsTaken) {
  EXPECT_FALSE(SendReport(kA));
  host.Send(Token::kReset);
  EXPECT_FALSE(SendReport(kA));
}

TEST_F(DeviceTest, Protocol_IsReportAtFirstAndCanBeSet) {
  Enumerate();
  Bytes data;
  EXPECT_EQ(host.Read({kHidRead, kGetProtocol, 0, 0}, 1, &data), Answer::kAck);
  EXPECT_EQ(data, Bytes{1});
  EXPECT_EQ(host.Write({kHidWrite, kSetProtocol, 0, 0}), Answer::kAck);
  EXPECT_EQ(host.Read({kHidRead, kGetProtocol, 0, 0}, 1, &data), Answer::kAck);
  EXPECT_EQ(data, Bytes{0});
  SendReport(kA);
  EXPECT_EQ(KeyboardIn(), (Bytes{0, 0, 4, 0, 0, 0, 0, 0}));
}

TEST_F(DeviceTest, IdleRate_RepeatsTheReport) {
  Enumerate();
  EXPECT_EQ(host.Write({kHidWrite, kSetIdle, 25 << 8, 0}), Answer::kAck);  // 100 ms
  Bytes data;
  EXPECT_EQ(host.Read({kHidRead, kGetIdle, 0, 0}, 1, &data), Answer::kAck);
  EXPECT_EQ(data, Bytes{25});
  SendReport(kA);
  EXPECT_FALSE(KeyboardIn().empty());
  Run(99);
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNak);
  Run(1);
  EXPECT_EQ(KeyboardIn(), (Bytes{0, 0, 4, 0, 0, 0, 0, 0}));
  EXPECT_EQ(counters().repeats, 1u);
}

TEST_F(DeviceTest, IdleRateZero_SaysNothingTwice) {
  Enumerate();
  EXPECT_EQ(host.Write({kHidWrite, kSetIdle, 0, 0}), Answer::kAck);
  SendReport(kA);
  EXPECT_FALSE(KeyboardIn().empty());
  Run(5000);
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNak);
}

TEST_F(DeviceTest, GetReport_GivesTheLastReportAndTheLeds) {
  Enumerate();
  SendReport(kA);
  Bytes data;
  EXPECT_EQ(host.Read({kHidRead, kGetReport, 0x0100, 0}, 8, &data), Answer::kAck);
  EXPECT_EQ(data, (Bytes{0, 0, 4, 0, 0, 0, 0, 0}));
  EXPECT_EQ(host.Read({kHidRead, kGetReport, 0x0300, 0}, 8, &data), Answer::kStall);
}

TEST_F(DeviceTest, SetReport_SetsTheLeds) {
  Enumerate();
  EXPECT_EQ(host.Write({kHidWrite, kSetReport, 0x0200, 0}, {led::kNumLock | led::kCapsLock}), Answer::kAck);
  EXPECT_EQ(Leds(), led::kNumLock | led::kCapsLock);
  EXPECT_EQ(counters().set_reports, 1u);
}

TEST_F(DeviceTest, SetReportOfAnotherSizeOrKind_LeavesTheLeds) {
  Enumerate();
  host.Write({kHidWrite, kSetReport, 0x0200, 0}, {1});
  EXPECT_EQ(host.Write({kHidWrite, kSetReport, 0x0300, 0}, {2}), Answer::kAck);
  EXPECT_EQ(host.Write({kHidWrite, kSetReport, 0x0200, 0}, Bytes(8, 2)), Answer::kAck);
  EXPECT_EQ(host.Write({kHidWrite, kSetReport, 0x0200, 0}, {}), Answer::kAck);
  EXPECT_EQ(host.Write({kHidWrite, kSetReport, 0x0200, 0}, Bytes(200, 2)), Answer::kStall);
  EXPECT_EQ(Leds(), 1);
  EXPECT_EQ(counters().bad_set_reports, 3u);
}

TEST_F(DeviceTest, Suspended_IsNotReadyAndAnInterruption) {
  Enumerate();
  EXPECT_EQ(host.Send(Token::kSuspend).kind, Answer::kAck);
  Poll(++now_ms);
  EXPECT_TRUE(Suspended());
  EXPECT_FALSE(KeyboardReady());
  EXPECT_TRUE(TakeInterruption());
  EXPECT_FALSE(TakeInterruption());
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNobody);
  EXPECT_EQ(host.Send(Token::kResume).kind, Answer::kAck);
  Poll(++now_ms);
  EXPECT_TRUE(KeyboardReady());
  EXPECT_EQ(counters().suspends, 1u);
  EXPECT_EQ(counters().resumes, 1u);
}

TEST_F(DeviceTest, RemoteWakeup_OnlyWhenTheHostAllowsIt) {
  Enumerate();
  EXPECT_FALSE(WakeHost());
  host.Send(Token::kSuspend);
  Poll(++now_ms);
  EXPECT_FALSE(WakeHost());
  host.Send(Token::kResume);
  EXPECT_EQ(host.Write({0x00, 3, 1, 0}), Answer::kAck);  // SET_FEATURE(DEVICE_REMOTE_WAKEUP)
  host.Send(Token::kSuspend);
  Poll(++now_ms);
  EXPECT_TRUE(WakeHost());
  host.Send(Token::kResume);
  ASSERT_FALSE(host.unasked.empty());
  EXPECT_EQ(host.unasked.back().kind, Answer::kWakeup);
}

TEST_F(DeviceTest, BusReset_IsAnInterruption) {
  Enumerate();
  SendReport(kA);
  host.Send(Token::kReset);
  Poll(++now_ms);
  EXPECT_TRUE(TakeInterruption());
  EXPECT_FALSE(KeyboardReady());
  Enumerate();
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNak);
}

TEST_F(DeviceTest, Disconnected_NobodyAnswersUntilConnectAndReset) {
  Enumerate();
  Disconnect();
  Poll(++now_ms);
  EXPECT_TRUE(TakeInterruption());
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNobody);
  EXPECT_EQ(host.Send(Token::kStateRequest).data, Bytes{0});
  Connect();
  EXPECT_EQ(host.Send(Token::kStateRequest).data, Bytes{1});
  Enumerate();
}

TEST_F(DeviceTest, DataStageTheWrongWay_IsStalledAndNothingIsWritten) {
  Enumerate();
  for (const uint8_t request : Bytes{0, 6, 8, 10}) {
    for (const uint8_t recipient : Bytes{0, 1, 2}) {
      EXPECT_NE(host.Write({recipient, request, 0x0100, 0}, Bytes(8, 0xEE)), Answer::kAck) << +request;
    }
  }
  EXPECT_NE(host.Write({0x21, kGetProtocol, 0, 0}, {7}), Answer::kAck);
  EXPECT_EQ(Descriptor(1, 0), Bytes(std::begin(kDeviceDescriptor), std::end(kDeviceDescriptor)));
}

TEST_F(DeviceTest, RequestsTowardsTheHostWithoutData_AreDone) {
  Enumerate();
  Bytes none;
  for (const uint8_t request : Bytes{kSetIdle, kSetProtocol}) {
    EXPECT_EQ(host.Read({kHidRead, request, 0, kInterfaceKeyboard}, 0, &none), Answer::kAck) << +request;
  }
  Bytes protocol;
  EXPECT_EQ(host.Read({kHidRead, kGetProtocol, 0, kInterfaceKeyboard}, 1, &protocol), Answer::kAck);
  EXPECT_EQ(protocol, Bytes{0});
  EXPECT_EQ(host.Read({0x80, 3, 1, 0}, 0, &none), Answer::kAck);  // SET_FEATURE(DEVICE_REMOTE_WAKEUP)
  EXPECT_EQ(host.Read({0x80, 1, 1, 0}, 0, &none), Answer::kAck);  // CLEAR_FEATURE
  EXPECT_EQ(host.Read({0x80, 0, 0, 0}, 0, &none), Answer::kAck);  // GET_STATUS of no bytes
  EXPECT_EQ(host.Read({0x80, 9, 1, 0}, 0, &none), Answer::kAck);  // SET_CONFIGURATION
  EXPECT_TRUE(Mounted());
}

TEST_F(DeviceTest, SetAddressTowardsTheHost_IsTaken) {
  host.Send(Token::kReset);
  Bytes none;
  ASSERT_EQ(host.Read({0x80, 5, 42, 0}, 0, &none), Answer::kAck);
  host.address = 42;
  EXPECT_EQ(Descriptor(1, 0).size(), 18u);
}

TEST_F(DeviceTest, EndpointHalt_StallsUntilCleared) {
  Enumerate();
  EXPECT_EQ(host.Write({0x02, 3, 0, kEndpointKeyboardIn}), Answer::kAck);
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kStall);
  EXPECT_EQ(host.Write({0x02, 1, 0, kEndpointKeyboardIn}), Answer::kAck);
  EXPECT_TRUE(SendReport(kA));
  EXPECT_FALSE(KeyboardIn().empty());
}

TEST_F(DeviceTest, Serial_CarriesBytesBothWays) {
  Enumerate();
  const uint8_t out[] = {'h', 'i'};
  EXPECT_EQ(SerialWrite(out), 0u);
  EXPECT_EQ(host.Write({0x21, 0x22, 1, 1}), Answer::kAck);  // SET_CONTROL_LINE_STATE, DTR
  EXPECT_TRUE(SerialOpen());
  EXPECT_EQ(SerialWrite(out), 2u);
  EXPECT_EQ(host.In(kEndpointLinkIn).data, (Bytes{'h', 'i'}));
  EXPECT_EQ(host.Send(Token::kOut, kEndpointLinkOut, {1, 2, 3}).kind, Answer::kAck);
  Poll(++now_ms);
  uint8_t in[8];
  ASSERT_EQ(SerialRead(in), 3u);
  EXPECT_EQ(in[2], 3);
}

TEST_F(DeviceTest, SerialFlood_IsHeldBackAndNothingIsLost) {
  Enumerate();
  std::size_t sent = 0;
  while (host.Send(Token::kOut, kEndpointLinkOut, Bytes(64, static_cast<uint8_t>(sent))).kind ==
         Answer::kAck) {
    ASSERT_LT(++sent, 100u);
  }
  std::size_t received = 0;
  uint8_t in[64];
  while (SerialRead(in) == 64) {
    EXPECT_EQ(in[63], received);
    ++received;
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(host.Send(Token::kOut, kEndpointLinkOut, {1}).kind, Answer::kAck);
}

TEST_F(DeviceTest, SameTokenTwice_IsDoneOnce) {
  Enumerate();
  SendReport(kA);
  const Bytes rest = {host.address, 1};
  EXPECT_EQ(host.SendRaw(Token::kIn, 77, rest).data.size(), 8u);
  EXPECT_EQ(host.SendRaw(Token::kIn, 77, rest).data.size(), 8u);
  EXPECT_EQ(host.SendRaw(Token::kIn, 78, rest).kind, Answer::kNak);
  EXPECT_EQ(counters().reports, 1u);
}

TEST_F(DeviceTest, NoiseOnTheLine_IsSurvived) {
  Enumerate();
  Bytes noise(3000);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<uint8_t>(i * i >> 3);
  host.SendBytes(noise);
  host.SendBytes({0});
  Run(100);
  host.unasked.clear();
  EXPECT_EQ(Descriptor(1, 0).size(), 18u);
}

TEST_F(DeviceTest, AnotherAddressOrEndpoint_NobodyAnswers) {
  Enumerate();
  EXPECT_EQ(host.Send(Token::kIn, 15).kind, Answer::kNobody);
  EXPECT_EQ(host.Send(Token::kOut, 9, {1}).kind, Answer::kNobody);
  host.address = 10;
  EXPECT_EQ(host.In(kEndpointKeyboardIn).kind, Answer::kNobody);
}

// The typist on top of it.
class UsbSink : public Sink {
 public:
  bool Ready() override { return KeyboardReady(); }
  bool Send(const Report& report) override { return SendReport(report); }
};

class TypingTest : public DeviceTest {
 protected:
  TypingTest() {
    TypistSettings settings;
    typist.Configure(settings);
    typist.Arm(true);
  }
  void Type(const std::string& text) {
    ASSERT_EQ(typist.Type({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, 0, now_ms),
              Firing::kQueued);
  }
  // `ms` with a host that asks every `interval`.
  std::vector<Bytes> Reports(uint32_t ms, uint32_t interval = 8) {
    std::vector<Bytes> reports;
    for (uint32_t i = 0; i < ms; ++i) {
      Poll(++now_ms);
      if (TakeInterruption()) typist.Reset();
      typist.Poll(now_ms);
      if (i % interval != 0) continue;
      const Bytes report = KeyboardIn();
      if (!report.empty()) reports.push_back(report);
    }
    return reports;
  }

  UsbSink sink;
  Typist typist{&sink};
};

TEST_F(TypingTest, Emoji_ArrivesAndEndsAllUp) {
  Enumerate();
  Type("👍");
  const std::vector<Bytes> reports = Reports(1000);
  ASSERT_EQ(reports.size(), 16u);
  EXPECT_EQ(reports.back(), kAllUpBytes);
}

TEST_F(TypingTest, ResetInTheMiddle_FirstReportAfterwardsIsAllUp) {
  Enumerate();
  Type("👍");
  const std::vector<Bytes> before = Reports(20);
  ASSERT_NE(before.back(), kAllUpBytes);
  ASSERT_TRUE(host.Enumerate());
  const std::vector<Bytes> after = Reports(1000);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0], kAllUpBytes);
  Type("a");
  EXPECT_EQ(Reports(200).size(), 2u);
}

TEST_F(TypingTest, SuspendInTheMiddle_IsReleasedAfterResume) {
  Enumerate();
  Type("👍");
  Reports(20);
  ASSERT_EQ(host.Send(Token::kSuspend).kind, Answer::kAck);
  EXPECT_TRUE(Reports(5000).empty());
  ASSERT_EQ(host.Send(Token::kResume).kind, Answer::kAck);
  const std::vector<Bytes> after = Reports(500);
  ASSERT_FALSE(after.empty());
  EXPECT_LE(after.size(), 2u);  // perhaps the one that was in the endpoint, and then all up
  EXPECT_EQ(after.back(), kAllUpBytes);
}

TEST_F(TypingTest, HostThatAsksEverySecond_HasTheWholeSequenceInTheEnd) {
  Enumerate();
  Type("👍");
  EXPECT_EQ(Reports(20000, 1000).size(), 16u);
}

TEST_F(TypingTest, HostThatStopsAsking_FindsAllUpInTheEnd) {
  Enumerate();
  Type("👍");
  Reports(20);
  EXPECT_TRUE(Reports(60000, 70000).size() <= 1);
  const std::vector<Bytes> after = Reports(200);
  ASSERT_FALSE(after.empty());
  EXPECT_LE(after.size(), 2u);
  EXPECT_EQ(after.back(), kAllUpBytes);
}

}  // namespace
}  // namespace emojicam::usb
