// One main() for all boards.
#include <cstdint>
#include <type_traits>

#include "app/app.h"
#include "app/health_report.h"
#include "app/product.h"
#include "board/board.h"
#include "board/camera.h"
#include "board/health.h"
#include "generated/model/model_config.h"
#include "generated/model/model_data.h"
#include "generated/model/ops.h"
#include "generated/settings.h"
#include "inference/classifier.h"
#include "link/sender.h"

namespace emojicam {
namespace {

// QVGA at two bytes a pixel.
constexpr std::size_t kFrameBytes = 320 * 240 * 2;
// QVGA's luma.
constexpr std::size_t kImageBytes = 320 * 240;
constexpr std::size_t kLinkBytes = 512;
// Many times what the slowest frame takes.
constexpr uint32_t kWatchdogMs = 2000;

// Everything large has its place at link time: nothing is allocated after start, or before. An arena that
// leaves room there lies with data and stack, in tightly coupled memory where the board has it: no load of an
// activation waits, and the data cache is the weights' alone.
constexpr std::size_t kTightBytes = std::size_t{64} * 1024;
struct Tight {
  alignas(16) [[gnu::section(".bss.arena"), maybe_unused]] static inline uint8_t arena[model::kArenaSize];
};
struct Fast {
  alignas(16) [[gnu::section(".fast.arena"), maybe_unused]] static inline uint8_t arena[model::kArenaSize];
};
using Arena = std::conditional_t<model::kArenaSize <= kTightBytes, Tight, Fast>;
[[gnu::section(".fast.frame")]] uint8_t frame_buffer[kFrameBytes];
[[gnu::section(".fast.image")]] uint8_t image_buffer[kImageBytes];
uint8_t link_buffer[kLinkBytes];

static_assert(model::kClassCount == settings::kClasses, "the model and emojicam.toml have other classes");
static_assert(model::kClassCount <= Classifier::kMaxScores);
static_assert(model::kInputWidth <= kMaxModelSide && model::kInputHeight <= kMaxModelSide);

constexpr app::Product kProduct = {
    model::kInputWidth,
    model::kInputHeight,
    model::kInputChannels,
    {model::kInputForm, model::kInputTables, model::kInputBgr},
    // The exponentials only where the model gives logits.
    {model::kOutputIsProbability ? nullptr : model::kSoftmaxTable, model::kOutputScale,
     model::kOutputZeroPoint},
    model::kModelHash,
    model::kArenaSize,
    settings::kGestures,
    settings::kCropPermille,
    settings::kMirrorInTurn,
    settings::kMotion,
    {settings::kTypist, settings::kDecision, settings::kArmedAtStart},
};

bool WriteLink(Span<const uint8_t> bytes);

link::Sender sender(WriteLink);
app::Computer computer(sender);

bool WriteLink(Span<const uint8_t> bytes) { return computer.LinkWrite(bytes); }

const TableOpResolver kernels{Span<const KernelEntry>(model::kModelKernels)};
Classifier classifier(kernels);
app::App application(kProduct, classifier, frame_buffer, image_buffer, computer, sender);

void Log(const char* line) {
  link::Log message;
  message.line = link::Text(line);
  sender.Send(message);
}

// Without a classifier there is no product: say why, and again whenever somebody asks.
[[noreturn]] void Refuse(Error error) {
  board::ShowProblem(Error::kModelRefused);
  for (;;) {
    switch (error) {
      case Error::kArenaTooSmall:
        Log("model refused: the arena is too small");
        break;
      case Error::kWrongShape:
        Log("model refused: not the input or output it was built for");
        break;
      default:
        Log("model refused");
        break;
    }
    Log(classifier.detail());
    while (app::Computer::LinkRead(link_buffer) == 0) {
      board::WatchdogFeed();
      computer.Poll();
      board::Idle();
    }
  }
}

// The newest frame of the board's camera, if there is one and it is new.
void LookAtCamera() {
  const board::CameraFrame taken = board::CameraTake();
  if (taken.pixels.empty()) return;
  const Frame frame = {taken.pixels, taken.width, taken.height, PixelFormat::kGrey8};
  application.OnCameraFrame(taken.number, taken.time_ms, frame);
}

void Tell(const char* part, Error error) {
  if (error != Error::kNone) app::LogPair(sender, part, NameOf(error));
}

}  // namespace
}  // namespace emojicam

int main() {
  using namespace emojicam;
  board::Init();
  const Error watchdog = board::WatchdogStart(kWatchdogMs);
  if (!computer.Start()) board::ShowProblem(Error::kUsbStack);
  const Error camera = board::CameraStart(settings::kMirror, settings::kFlip);
  const Error error = classifier.Start(
      model::kModelData, Arena::arena,
      std::size_t{model::kInputWidth} * model::kInputHeight * model::kInputChannels, model::kHead);
  if (error != Error::kNone) Refuse(error);
  application.Start();
  app::HealthReport health(sender);
  for (;;) {
    board::WatchdogFeed();
    computer.Poll();
    LookAtCamera();
    Tell("camera: ", board::CameraCheck());
    const std::size_t count = app::Computer::LinkRead(link_buffer);
    // Whoever speaks first is told why we have started.
    if (count != 0 && health.TellOnce()) {
      Tell("watchdog: ", watchdog);
      Tell("camera at start: ", camera);
    }
    application.OnBytes(Span<const uint8_t>(link_buffer).first(count));
    application.Poll();
    if (!board::TimeComesFromHost()) application.AdvanceTo(board::Milliseconds());
    if (count == 0 && !application.busy()) board::Idle();
  }
}
