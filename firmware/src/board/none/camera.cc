// For boards without a camera: frames come over the link.
#include "board/camera.h"

namespace emojicam::board {

Error CameraStart(bool, bool) { return Error::kNone; }
const char* CameraName() { return ""; }
CameraFrame CameraTake() { return {}; }
Error CameraCheck() { return Error::kNone; }
void CameraRest(bool) {}

}  // namespace emojicam::board
