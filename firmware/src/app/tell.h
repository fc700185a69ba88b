// Messages that more than one part of the app sends.
#pragma once

#include <cstdint>

#include "generated/link_messages.h"
#include "link/sender.h"

namespace emojicam::app {

inline void TellError(link::Sender& sender, link::ErrorCode code, uint32_t frame, const char* detail = "") {
  link::Error error;
  error.code = static_cast<uint8_t>(code);
  error.frame = frame;
  error.detail = link::Text(detail);
  sender.Send(error);
}

// A frame has been dealt with.
inline void TellDone(link::Sender& sender, uint32_t frame, link::ErrorCode status) {
  link::FrameDone done;
  done.frame = frame;
  done.status = static_cast<uint8_t>(status);
  sender.Send(done);
}

}  // namespace emojicam::app
