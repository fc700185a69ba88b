#include "app/pipeline.h"

#include "app/health_report.h"
#include "app/tell.h"
#include "board/board.h"
#include "board/camera.h"
#include "image/mirror.h"

namespace emojicam::app {
namespace {

static_assert(link::kMaxClasses == kMaxGestures);

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

Pipeline::Pipeline(const Product& product, Scorer& scorer, Panel& panel, TypingTask& typing,
                   FrameOut& frame_out, link::Sender& sender)
    : product_(product),
      scorer_(scorer),
      panel_(panel),
      typing_(typing),
      frame_out_(frame_out),
      sender_(sender),
      motion_(product.motion),
      decider_(panel.settings().decision) {}

void Pipeline::OnFrame(uint32_t number, uint32_t time_ms, const Frame& frame, Source source) {
  if (board::TimeComesFromHost()) typing_.AdvanceTo(time_ms);

  const uint64_t start = board::Nanoseconds();
  const Rectangle crop = CentredSquare(frame.width, frame.height, product_.crop_permille);
  const bool prepared = ToModelInput(frame, crop, product_.input_width, product_.input_height,
                                     product_.input_channels, scorer_.input());
  const uint64_t prepared_at = board::Nanoseconds();
  if (!prepared) return TellDone(sender_, number, link::ErrorCode::kBadFrame);
  if (source == Source::kCamera) CheckExposure(time_ms);
  if (!IsAwake(time_ms)) return TellDone(sender_, number, link::ErrorCode::kStill);
  if (!scorer_.Intact()) board::FaultHalt("arena damaged");
  const uint64_t formed_from = board::Nanoseconds();
  if (product_.mirror_in_turn && MirroredAt(time_ms)) {
    Mirror(product_.input_width, product_.input_channels, scorer_.input());
  }
  if (!product_.form.plain()) ApplyForm(product_.form, product_.input_channels, scorer_.input());
  const uint64_t ready = board::Nanoseconds();
  const Span<const int8_t> scores = scorer_.Classify();
  const uint64_t classified_at = board::Nanoseconds();
  if (scores.empty()) {
    TellError(sender_, link::ErrorCode::kInferenceFailed, number, scorer_.detail());
    return TellDone(sender_, number, link::ErrorCode::kInferenceFailed);
  }
  ++classified_;
  const link::ErrorCode not_sent = frame_out_.Offer(number, time_ms, frame);
  if (not_sent != link::ErrorCode::kNone) TellError(sender_, not_sent, number, "not sent");

  link::Scores scored;
  scored.frame = number;
  scored.nanoseconds = classified_at - ready;
  scored.image_nanoseconds = prepared_at - start + (ready - formed_from);
  Copy(scores, scored.scores, &scored.scores_count);
  sender_.Send(scored);

  const Decision decision = Decide(number, time_ms, scores);
  panel_.Hold(decision.gesture);
  if (decision.fired) Fire(number, decision.gesture);
  TellDone(sender_, number, link::ErrorCode::kNone);
}

Decision Pipeline::Decide(uint32_t number, uint32_t time_ms, Span<const int8_t> scores) {
  link::Decision told;
  const std::size_t classes = product_.gestures.size();
  Probabilities(scores, product_.scale, told.probabilities);
  told.probabilities_count = static_cast<uint8_t>(classes);
  const Decision decision = decider_.Update({told.probabilities, classes}, time_ms);
  told.frame = number;
  told.gesture = decision.gesture;
  told.fired = decision.fired ? 1 : 0;
  Copy(decider_.smoothed(), told.smoothed, &told.smoothed_count);
  sender_.Send(told);
  return decision;
}

void Pipeline::CheckExposure(uint32_t time_ms) {
  if (!exposure_.Update(ExposureOf(scorer_.input()), time_ms)) return;
  switch (exposure_.verdict()) {
    case Exposure::kFine:
      LogPair(sender_, "camera: ", "the picture is of use again");
      return board::ShowProblem(Error::kNone);
    case Exposure::kDark:
      TellError(sender_, link::ErrorCode::kImageDark, 0, "image_dark");
      return board::ShowProblem(Error::kImageDark);
    case Exposure::kBlown:
      TellError(sender_, link::ErrorCode::kImageBlown, 0, "image_blown");
      return board::ShowProblem(Error::kImageBlown);
  }
}

bool Pipeline::IsAwake(uint32_t time_ms) {
  const bool rested = motion_.resting();
  const bool awake = motion_.Update(scorer_.input(), product_.input_width, product_.input_height,
                                    product_.input_channels, time_ms);
  if (awake == rested) {
    board::CameraRest(!awake);
    if (!awake) panel_.Dim();
    LogPair(sender_, "motion: ", awake ? "awake" : "at rest");
  }
  return awake;
}

void Pipeline::Fire(uint32_t number, uint8_t gesture) {
  const Gesture& fired = product_.gestures[gesture];
  const Span<const uint8_t> text = link::Text(fired.emoji);
  const Firing firing = typing_.Type(text, static_cast<uint8_t>(gesture - 1));
  if (firing != Firing::kQueued) return TellError(sender_, ErrorOf(firing), number, fired.name);
  link::Typing typing;
  typing.frame = number;
  typing.text = text;
  sender_.Send(typing);
}

}  // namespace emojicam::app
