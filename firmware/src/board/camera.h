// The camera of a board that has one: grey frames, the newest of which is there when it is asked for.
//
//   sensor --DCMI, DMA--> one of three buffers --newest--> CameraTake() --> the app
//
// One buffer is being filled, one holds the newest frame, one is the app's: the next frame is captured while
// this one is classified, none is ever overwritten while it is read, and the app never gets an old one.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/span.h"

namespace emojicam::board {

// A frame of the board's own buffer.
struct CameraFrame {
  Span<const uint8_t> pixels;  // width x height bytes of luma, rows from the top; empty where there is none
  uint16_t width = 0;
  uint16_t height = 0;
  uint32_t number = 0;   // counts captured frames, also those that nobody took
  uint32_t time_ms = 0;  // board::Milliseconds() at its end
};

// Finds the sensor, sets it up and starts capturing.
//
// Returns what went wrong. May be called again after that.
Error CameraStart(bool mirror, bool flip);

// The sensor's name, "" before it has been found.
const char* CameraName();

// The newest frame, once; without pixels if there is no new one. It stays as it is until the next call that
// gives one.
CameraFrame CameraTake();

// Why no frame has come for too long, or some were lost; for the former it starts the sensor anew. Call it
// every now and then.
Error CameraCheck();

// While it rests, it takes five frames a second at most, and DCMI and DMA stand still between them.
void CameraRest(bool rest);

}  // namespace emojicam::board
