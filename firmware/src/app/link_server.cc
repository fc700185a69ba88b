#include "app/link_server.h"

#include "app/health_report.h"
#include "app/tell.h"
#include "board/board.h"
#include "usb/device.h"

namespace emojicam::app {

LinkServer::LinkServer(const Product& product, const Scorer& scorer, Pipeline& pipeline, Panel& panel,
                       TypingTask& typing, FrameOut& frame_out, Span<uint8_t> frame_buffer,
                       link::Sender& sender)
    : product_(product),
      scorer_(scorer),
      pipeline_(pipeline),
      panel_(panel),
      typing_(typing),
      frame_out_(frame_out),
      frames_(frame_buffer),
      sender_(sender) {}

void LinkServer::OnBytes(Span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const link::PacketDecoder::Fed fed = decoder_.Feed(bytes);
    bytes = bytes.subspan(fed.taken);
    if (fed.whole) OnMessage();
  }
}

template <typename Message, typename Function>
void LinkServer::With(Function function) {
  Message message;
  link::Reader reader(decoder_.payload());
  if (message.Read(reader)) {
    function(message);
  } else {
    TellError(sender_, link::ErrorCode::kBadMessage, 0);
  }
}

void LinkServer::OnMessage() {
  panel_.TellDamage();
  switch (decoder_.id()) {
    case link::HelloRequest::kId:
      return With<link::HelloRequest>([this](const auto&) { SendHello(); });
    case link::StatisticsRequest::kId:
      return With<link::StatisticsRequest>([this](const auto&) { SendStatistics(); });
    case link::FrameBegin::kId:
      return With<link::FrameBegin>([this](const auto& begin) { OnBegin(begin); });
    case link::FrameData::kId:
      return With<link::FrameData>([this](const auto& data) { OnData(data); });
    case link::FrameDelta::kId:
      return With<link::FrameDelta>([this](const auto& data) { OnData(data); });
    case link::Time::kId:
      return With<link::Time>([this](const auto& time) {
        if (board::TimeComesFromHost()) typing_.AdvanceTo(time.time_ms);
      });
    case link::KeyboardCountersRequest::kId:
      return With<link::KeyboardCountersRequest>([this](const auto&) { SendKeyboardCounters(); });
    case link::KeyboardStateRequest::kId:
      return With<link::KeyboardStateRequest>([this](const auto&) { SendKeyboardState(); });
    case link::SettingsRequest::kId:
      return With<link::SettingsRequest>([this](const auto&) { sender_.Send(panel_.Described()); });
    case link::SettingsSet::kId:
      return With<link::SettingsSet>([this](const auto& settings) { OnSettings(settings); });
    case link::SettingsReset::kId:
      return With<link::SettingsReset>([this](const auto&) {
        panel_.Reset();
        pipeline_.Reset();
        sender_.Send(panel_.Described());
      });
    case link::Arm::kId:
      return With<link::Arm>([this](const auto& arm) { panel_.Arm(arm.armed != 0); });
    case link::ImageRequest::kId:
      return With<link::ImageRequest>([this](const auto&) { frame_out_.Ask(); });
    case link::FaultRequest::kId:
      return With<link::FaultRequest>([this](const auto&) { sender_.Send(DescribeStart()); });
    default:
      ++unknown_;
      TellError(sender_, link::ErrorCode::kUnknownMessage, 0);
  }
}

void LinkServer::OnBegin(const link::FrameBegin& message) {
  const uint32_t previous = frames_.number();
  const FrameAssembly::Begun begun = frames_.Begin(message);
  if (begun.previous_incomplete) TellDone(sender_, previous, link::ErrorCode::kFrameIncomplete);
  if (begun.status != link::ErrorCode::kNone) TellDone(sender_, message.frame, begun.status);
}

template <typename Data>
void LinkServer::OnData(const Data& message) {
  const link::ErrorCode status = frames_.Add(message);
  if (status != link::ErrorCode::kNone) TellDone(sender_, frames_.number(), status);
  if (frames_.complete()) {
    const Frame frame = frames_.Take();
    pipeline_.OnFrame(frames_.number(), frames_.time_ms(), frame, Pipeline::Source::kLink);
  }
}

void LinkServer::OnSettings(const link::SettingsSet& message) {
  if (!panel_.Set(message)) return TellError(sender_, link::ErrorCode::kBadSettings, 0);
  pipeline_.Reset();
  sender_.Send(panel_.Described());
}

void LinkServer::SendHello() {
  link::Hello hello;
  hello.version = link::kVersion;
  hello.armed = panel_.armed() ? 1 : 0;
  hello.model_hash = product_.model_hash;
  hello.arena_bytes = static_cast<uint32_t>(scorer_.arena_used());
  hello.arena_size = product_.arena_size;
  hello.input_width = product_.input_width;
  hello.input_height = product_.input_height;
  hello.classes = static_cast<uint8_t>(product_.gestures.size());
  hello.board = link::Text(board::Name());
  sender_.Send(hello);
}

void LinkServer::SendStatistics() {
  const link::PacketCounters& counters = decoder_.counters();
  link::Statistics statistics;
  statistics.received = counters.received;
  statistics.bad_crc = counters.bad_crc;
  statistics.malformed = counters.malformed;
  statistics.unknown = unknown_;
  statistics.frames = pipeline_.classified();
  statistics.dropped = sender_.dropped();
  sender_.Send(statistics);
}

void LinkServer::SendKeyboardCounters() {
  const TypistCounters& typist = typing_.typist().counters();
  const usb::Counters& bus = usb::counters();
  link::KeyboardCounters counters;
  counters.typed = typist.typed;
  counters.not_armed = typist.not_armed;
  counters.too_soon = typist.too_soon;
  counters.queue_full = typist.queue_full;
  counters.refused_text = typist.refused_text;
  counters.stale = typist.stale;
  counters.cut = typist.cut;
  counters.lock_refused = typist.lock_refused;
  counters.reports = bus.reports;
  counters.mounts = bus.mounts;
  counters.suspends = bus.suspends;
  counters.bad_set_reports = bus.bad_set_reports;
  sender_.Send(counters);
}

void LinkServer::SendKeyboardState() {
  link::KeyboardState state;
  state.idle = typing_.typist().idle() ? 1 : 0;
  sender_.Send(state);
}

}  // namespace emojicam::app
