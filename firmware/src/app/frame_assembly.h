// Puts a frame together from the messages that it arrives in.
#pragma once

#include <cstdint>

#include "base/span.h"
#include "generated/link_messages.h"
#include "image/image.h"

namespace emojicam::app {

// One frame at a time, in a buffer that the caller owns. Parts have to come in their order, as a byte stream
// delivers them: after a gap the frame is given up, and whatever else comes of it is ignored.
class FrameAssembly {
 public:
  explicit FrameAssembly(Span<uint8_t> buffer) : buffer_(buffer) {}

  // A frame begins. kFrameIncomplete if the one before (number()) had not all its bytes; kBadFrame if this
  // one is empty, of no known format, or larger than the buffer: it is skipped.
  struct Begun {
    bool previous_incomplete;
    link::ErrorCode status;
  };
  Begun Begin(const link::FrameBegin& message);

  // A part of it. kNone, or kUnexpectedData once for a frame that has lost a part.
  link::ErrorCode Add(const link::FrameData& message);

  // The same for a part that is given by its differences to the frame before.
  link::ErrorCode Add(const link::FrameDelta& message);

  // All bytes are here, and Take has not been called for them.
  bool complete() const { return state_ == State::kReceiving && received_ == expected_; }
  // The frame that is complete; it lives in the buffer until the next Begin.
  Frame Take();

  uint32_t number() const { return begin_.frame; }
  uint32_t time_ms() const { return begin_.time_ms; }

 private:
  enum class State : uint8_t { kIdle, kReceiving, kSkipping };

  bool Fits(uint32_t offset, std::size_t count) const {
    return state_ == State::kReceiving && offset == received_ && count <= expected_ - received_;
  }
  link::ErrorCode GiveUp();

  Span<uint8_t> buffer_;
  link::FrameBegin begin_;
  State state_ = State::kIdle;
  std::size_t expected_ = 0;
  std::size_t received_ = 0;
  bool builds_on_last_ = false;  // the buffer holds the whole frame before, of the same size and format
};

}  // namespace emojicam::app
