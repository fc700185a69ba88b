// What became of the camera's frames since the board started.
#pragma once

#include <cstdint>

namespace emojicam::board {

struct CameraCounters {
  uint32_t captured = 0;
  uint32_t dropped = 0;   // captured, and replaced by a newer one before anyone took it
  uint32_t overruns = 0;  // DCMI_RIS.OVR
  uint32_t short_frames = 0;
  uint32_t dma_errors = 0;
  uint32_t restarts = 0;  // after kNoFrame
};

const CameraCounters& CameraCount();

}  // namespace emojicam::board
