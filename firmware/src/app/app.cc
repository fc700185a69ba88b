#include "app/app.h"

#include "app/health_report.h"
#include "board/board.h"
#include "board/camera.h"
#include "generated/model/model_config.h"
#include "generated/settings.h"
#include "usb/device.h"

namespace emojicam::app {
namespace {

static_assert(model::kClassCount == settings::kClasses, "the model and emojicam.toml have other classes");
static_assert(model::kInputWidth <= kMaxModelSide && model::kInputHeight <= kMaxModelSide);
static_assert(link::kMaxClasses == kMaxGestures);

// The exponentials only where the model gives logits.
constexpr ScoreScale kScoreScale = {model::kOutputIsProbability ? nullptr : model::kSoftmaxTable,
                                    model::kOutputScale, model::kOutputZeroPoint};

constexpr BoardSettings kBuiltIn = {settings::kTypist, settings::kDecision, settings::kArmedAtStart};

// The light of a gesture that would type nothing is so many times weaker; armed, and nothing held, is a faint
// white.
constexpr uint8_t kDisarmedLight = 8;
constexpr uint8_t kArmedLight = 16;

// For how long keys that are down may take to go up before flash is written.
constexpr uint32_t kSettleMs = 200;

// A gap this long is no time in which to type, but a clock that was set.
constexpr uint32_t kMaxStepMs = 10000;

constexpr link::ErrorCode ErrorOf(Firing firing) {
  switch (firing) {
    case Firing::kQueued:
      return link::ErrorCode::kNone;
    case Firing::kNotArmed:
      return link::ErrorCode::kNotArmed;
    case Firing::kTooSoon:
      return link::ErrorCode::kTooSoon;
    case Firing::kQueueFull:
      return link::ErrorCode::kQueueFull;
    case Firing::kRefusedText:
      return link::ErrorCode::kBadText;
  }
  return link::ErrorCode::kBadText;
}

template <typename T>
void Copy(Span<const T> from, T* to, uint8_t* count) {
  *count = static_cast<uint8_t>(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i];
}

}  // namespace

App::App(Classifier& classifier, Span<uint8_t> frame_buffer, Span<uint8_t> image_buffer, Computer& computer,
         link::Sender& sender)
    : classifier_(classifier),
      computer_(computer),
      frames_(frame_buffer),
      frame_out_(image_buffer),
      settings_(kBuiltIn),
      store_(board::SettingsFlash()),
      motion_(settings::kMotion),
      decider_(settings_.decision),
      typist_(&computer),
      sender_(sender) {}

void App::Start() {
  if (board::SettingsFlash() != nullptr) settings_unfit_ = LoadSettings(store_, &settings_) == Kept::kUnfit;
  settings_damaged_ = store_.damaged();
  UseSettings(settings_);
  typist_.Arm(settings_.armed_at_start);
  ShowLight();
  SendHello();
}

void App::Poll() {
  if (button_.Pressed(board::ButtonDown(), board::Milliseconds())) Arm(!typist_.armed());
  if (frame_out_.busy() && Computer::LinkHasRoom()) frame_out_.SendPart(sender_);
}

void App::Arm(bool armed) {
  typist_.Arm(armed);
  ShowLight();
  link::Armed told;
  told.armed = armed ? 1 : 0;
  sender_.Send(told);
}

// Off: nothing would be typed. Faint white: it would be. The held gesture's colour, strong or weak, the same.
void App::ShowLight() {
  const uint8_t* const led = settings::kGestures[held_].led;
  const bool dark = led[0] == 0 && led[1] == 0 && led[2] == 0;
  const auto level = [this, led, dark](int channel) {
    if (!typist_.armed()) return static_cast<uint8_t>(led[channel] / kDisarmedLight);
    return dark ? kArmedLight : led[channel];
  };
  board::SetLed(level(0), level(1), level(2));
}

void App::UseSettings(const BoardSettings& settings) {
  settings_ = settings;
  typist_.Configure(settings_.typist);
  decider_.Reset();
  held_ = 0;
  ShowLight();
}

void App::OnSettings(const link::SettingsSet& message) {
  BoardSettings changed = settings_;
  if (!Apply(message, &changed)) return SendError(link::ErrorCode::kBadSettings, 0);
  KeepSettings(changed);
}

void App::KeepSettings(const BoardSettings& settings) {
  UseSettings(settings);
  // An erase takes a second or more, in which nothing is sent: not with a key down.
  const uint32_t start = board::Milliseconds();
  while (!board::TimeComesFromHost() && !typist_.idle() && board::Milliseconds() - start < kSettleMs) {
    computer_.Poll();
    AdvanceTo(board::Milliseconds());
  }
  FlashDevice* const flash = board::SettingsFlash();
  if (flash == nullptr || !SaveSettings(store_, settings)) {
    SendError(link::ErrorCode::kSettingsNotKept, 0, flash == nullptr ? "" : flash->error());
  }
  sender_.Send(Describe(settings_));
}

void App::OnBytes(Span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const link::PacketDecoder::Fed fed = decoder_.Feed(bytes);
    bytes = bytes.subspan(fed.taken);
    if (fed.whole) OnMessage();
  }
}

template <typename Message, typename Function>
void App::With(Function function) {
  Message message;
  link::Reader reader(decoder_.payload());
  if (message.Read(reader)) {
    function(message);
  } else {
    SendError(link::ErrorCode::kBadMessage, 0);
  }
}

void App::OnMessage() {
  // At start there was nobody to hear it.
  if (settings_damaged_ || settings_unfit_) {
    SendError(link::ErrorCode::kSettingsDamaged, 0, settings_unfit_ ? "kept by another firmware" : "");
  }
  settings_damaged_ = settings_unfit_ = false;
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
        if (board::TimeComesFromHost()) AdvanceTo(time.time_ms);
      });
    case link::KeyboardCountersRequest::kId:
      return With<link::KeyboardCountersRequest>([this](const auto&) { SendKeyboardCounters(); });
    case link::KeyboardStateRequest::kId:
      return With<link::KeyboardStateRequest>([this](const auto&) { SendKeyboardState(); });
    case link::SettingsRequest::kId:
      return With<link::SettingsRequest>([this](const auto&) { sender_.Send(Describe(settings_)); });
    case link::SettingsSet::kId:
      return With<link::SettingsSet>([this](const auto& settings) { OnSettings(settings); });
    case link::SettingsReset::kId:
      return With<link::SettingsReset>([this](const auto&) { KeepSettings(kBuiltIn); });
    case link::Arm::kId:
      return With<link::Arm>([this](const auto& arm) { Arm(arm.armed != 0); });
    case link::ImageRequest::kId:
      return With<link::ImageRequest>([this](const auto&) { frame_out_.Ask(); });
    case link::FaultRequest::kId:
      return With<link::FaultRequest>([this](const auto&) { sender_.Send(DescribeStart()); });
    default:
      ++unknown_;
      SendError(link::ErrorCode::kUnknownMessage, 0);
  }
}

void App::OnBegin(const link::FrameBegin& message) {
  const uint32_t previous = frames_.number();
  const FrameAssembly::Begun begun = frames_.Begin(message);
  if (begun.previous_incomplete) SendDone(previous, link::ErrorCode::kFrameIncomplete);
  if (begun.status != link::ErrorCode::kNone) SendDone(message.frame, begun.status);
}

template <typename Data>
void App::OnData(const Data& message) {
  const link::ErrorCode status = frames_.Add(message);
  if (status != link::ErrorCode::kNone) SendDone(frames_.number(), status);
  if (frames_.complete()) {
    const Frame frame = frames_.Take();
    OnFrame(frames_.number(), frames_.time_ms(), frame);
  }
}

void App::OnFrame(uint32_t number, uint32_t time_ms, const Frame& frame, Source source) {
  if (board::TimeComesFromHost()) AdvanceTo(time_ms);

  const uint64_t start = board::Nanoseconds();
  const bool prepared =
      ToModelInput(frame, CentredSquare(frame.width, frame.height, settings::kCropPermille),
                   model::kInputWidth, model::kInputHeight, model::kInputChannels, classifier_.input());
  const uint64_t prepared_at = board::Nanoseconds();
  if (!prepared) return SendDone(number, link::ErrorCode::kBadFrame);
  if (source == Source::kCamera) CheckExposure(classifier_.input(), time_ms);
  if (!IsAwake(classifier_.input(), time_ms)) return SendDone(number, link::ErrorCode::kStill);
  if (!classifier_.Intact()) board::FaultHalt("arena damaged");
  const uint64_t ready = board::Nanoseconds();
  const Span<const int8_t> scores = classifier_.Classify();
  const uint64_t classified = board::Nanoseconds();
  if (scores.empty()) {
    SendError(link::ErrorCode::kInferenceFailed, number, classifier_.detail());
    return SendDone(number, link::ErrorCode::kInferenceFailed);
  }
  ++classified_;
  const link::ErrorCode not_sent = frame_out_.Offer(number, time_ms, frame);
  if (not_sent != link::ErrorCode::kNone) SendError(not_sent, number, "not sent");

  link::Scores scored;
  scored.frame = number;
  scored.nanoseconds = classified - ready;
  scored.image_nanoseconds = prepared_at - start;
  Copy(scores, scored.scores, &scored.scores_count);
  sender_.Send(scored);

  link::Decision told;
  Probabilities(scores, kScoreScale, told.probabilities);
  told.probabilities_count = settings::kClasses;
  const Decision decision = decider_.Update({told.probabilities, settings::kClasses}, time_ms);
  told.frame = number;
  told.gesture = decision.gesture;
  told.fired = decision.fired ? 1 : 0;
  Copy(decider_.smoothed(), told.smoothed, &told.smoothed_count);
  sender_.Send(told);

  held_ = decision.gesture;
  ShowLight();
  if (decision.fired) Fire(number, decision.gesture);
  SendDone(number, link::ErrorCode::kNone);
}

void App::CheckExposure(Span<const int8_t> picture, uint32_t time_ms) {
  if (!exposure_.Update(ExposureOf(picture), time_ms)) return;
  switch (exposure_.verdict()) {
    case Exposure::kFine:
      LogPair(sender_, "camera: ", "the picture is of use again");
      return board::ShowProblem(board::Problem::kNone);
    case Exposure::kDark:
      SendError(link::ErrorCode::kImageDark, 0, "image_dark");
      return board::ShowProblem(board::Problem::kImageDark);
    case Exposure::kBlown:
      SendError(link::ErrorCode::kImageBlown, 0, "image_blown");
      return board::ShowProblem(board::Problem::kImageBlown);
  }
}

bool App::IsAwake(Span<const int8_t> picture, uint32_t time_ms) {
  const bool rested = motion_.resting();
  const bool awake =
      motion_.Update(picture, model::kInputWidth, model::kInputHeight, model::kInputChannels, time_ms);
  if (awake == rested) {
    board::CameraRest(!awake);
    if (!awake) board::SetLed(0, 0, 0);
    LogPair(sender_, "motion: ", awake ? "awake" : "at rest");
  }
  return awake;
}

void App::Fire(uint32_t frame, uint8_t gesture) {
  const Span<const uint8_t> text = link::Text(settings::kGestures[gesture].emoji);
  const Firing firing = typist_.Type(text, static_cast<uint8_t>(gesture - 1), now_ms_);
  if (firing != Firing::kQueued) return SendError(ErrorOf(firing), frame, settings::kGestures[gesture].name);
  computer_.Wake();
  link::Typing typing;
  typing.frame = frame;
  typing.text = text;
  sender_.Send(typing);
}

void App::AdvanceTo(uint32_t now_ms) {
  // Millisecond by millisecond, as the typist would be polled, so that what is sent does not depend on how
  // far apart frames are.
  if (now_ms - now_ms_ > kMaxStepMs) now_ms_ = now_ms - 1;
  while (now_ms_ != now_ms) {
    if (computer_.TakeInterruption()) typist_.Reset();
    typist_.OnLeds(computer_.leds());
    typist_.Poll(++now_ms_);
    if (!typist_.idle()) computer_.Breathe();
  }
}

void App::SendHello() {
  link::Hello hello;
  hello.version = link::kVersion;
  hello.armed = typist_.armed() ? 1 : 0;
  hello.model_hash = model::kModelHash;
  hello.arena_bytes = static_cast<uint32_t>(classifier_.arena_used());
  hello.arena_size = static_cast<uint32_t>(model::kArenaSize);
  hello.input_width = model::kInputWidth;
  hello.input_height = model::kInputHeight;
  hello.classes = settings::kClasses;
  hello.board = link::Text(board::Name());
  sender_.Send(hello);
}

void App::SendStatistics() {
  const link::PacketCounters& counters = decoder_.counters();
  link::Statistics statistics;
  statistics.received = counters.received;
  statistics.bad_crc = counters.bad_crc;
  statistics.malformed = counters.malformed;
  statistics.unknown = unknown_;
  statistics.frames = classified_;
  statistics.dropped = sender_.dropped();
  sender_.Send(statistics);
}

void App::SendKeyboardCounters() {
  const TypistCounters& typist = typist_.counters();
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

void App::SendKeyboardState() {
  link::KeyboardState state;
  state.idle = typist_.idle() ? 1 : 0;
  sender_.Send(state);
}

void App::SendError(link::ErrorCode code, uint32_t frame, const char* detail) {
  link::Error error;
  error.code = static_cast<uint8_t>(code);
  error.frame = frame;
  error.detail = link::Text(detail);
  sender_.Send(error);
}

void App::SendDone(uint32_t frame, link::ErrorCode status) {
  link::FrameDone done;
  done.frame = frame;
  done.status = static_cast<uint8_t>(status);
  sender_.Send(done);
}

}  // namespace emojicam::app
