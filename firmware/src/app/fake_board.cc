#include "app/fake_board.h"

#include "board/camera.h"

namespace emojicam::board {

FakeBoard& TheBoard() {
  static FakeBoard board;
  return board;
}

const char* Name() { return "fake"; }
void Init() {}

uint64_t Nanoseconds() {
  FakeBoard& board = TheBoard();
  board.nanoseconds += uint64_t{board.step_ms} * 1000000u;
  if (board.on_look) board.on_look();
  return board.nanoseconds;
}

bool TimeComesFromHost() { return TheBoard().time_comes_from_host; }
std::size_t LinkRead(Span<uint8_t>) { return 0; }

std::size_t LinkWrite(Span<const uint8_t> bytes) {
  TheBoard().sent.insert(TheBoard().sent.end(), bytes.begin(), bytes.end());
  return bytes.size();
}

Span<const uint8_t> UniqueId() {
  static constexpr uint8_t kId[] = {1, 2, 3, 4};
  return kId;
}

FlashDevice* SettingsFlash() { return TheBoard().has_flash ? &TheBoard().flash : nullptr; }
void Idle() {}
bool ButtonDown() { return TheBoard().button_down; }

void SetLed(uint8_t red, uint8_t green, uint8_t blue) {
  TheBoard().led[0] = red;
  TheBoard().led[1] = green;
  TheBoard().led[2] = blue;
}

void ShowProblem(Error problem) { TheBoard().problem = problem; }
void FaultHalt(const char* reason) { throw Halted{reason}; }
void Reset() { throw Halted{"reset"}; }

Error CameraStart(bool, bool) { return Error::kNone; }
const char* CameraName() { return ""; }
CameraFrame CameraTake() { return {}; }
Error CameraCheck() { return Error::kNone; }
void CameraRest(bool rest) { TheBoard().resting = rest; }

}  // namespace emojicam::board
