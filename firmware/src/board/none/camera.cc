// For boards without a camera: frames come over the link.
#include "board/camera.h"

namespace emojicam::board {

const char* CameraStart(bool, bool) { return ""; }
const char* CameraName() { return ""; }
CameraFrame CameraTake() { return {}; }
const char* CameraCheck() { return ""; }
void CameraRest(bool) {}

const CameraCounters& CameraCount() {
  static constexpr CameraCounters kNone;
  return kNone;
}

}  // namespace emojicam::board
