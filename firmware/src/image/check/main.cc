// Compares the image stage as it is built for this core with its plain rule, and counts the instructions of a
// camera frame and of one of the clip. Says so as log lines; tests/image/test_cores.py reads them.
#include "board/board.h"
#include "image/check/cases.h"
#include "link/say.h"
#include "link/sender.h"

namespace emojicam::image_check {
namespace {

alignas(16) uint8_t frame[kFrameBytes + 16];
int8_t out[kOutBytes + 16];

link::Sender sender([](Span<const uint8_t> bytes) { return board::LinkWrite(bytes) == bytes.size(); });

void SayNumber(const char* what, uint32_t number) { link::SayNumber(sender, what, number); }

// A frame's middle to 96x96.
uint32_t InstructionsOfAFrame(uint16_t width, uint16_t height, PixelFormat format) {
  const std::size_t size = std::size_t{width} * height * BytesPerPixel(format);
  const Frame taken = {{frame, size}, width, height, format};
  const uint64_t start = board::Nanoseconds();
  ToModelInput(taken, CentredSquare(width, height, 1000), 96, 96, 1, {out, 96 * 96});
  return static_cast<uint32_t>(board::Nanoseconds() - start);
}

}  // namespace
}  // namespace emojicam::image_check

int main() {
  using namespace emojicam;
  using namespace emojicam::image_check;
  board::Init();
  uint32_t different = 0;
  const uint32_t compared = Checker(frame, out).Run([&different](const Case& c) {
    ++different;
    SayNumber("differs: width ", c.crop.width);
  });
  SayNumber("different: ", different);
  SayNumber("camera: ", InstructionsOfAFrame(320, 240, PixelFormat::kGrey8));
  SayNumber("clip: ", InstructionsOfAFrame(160, 120, PixelFormat::kRgb888));
  SayNumber("compared: ", compared);
  for (;;) board::Idle();
}
