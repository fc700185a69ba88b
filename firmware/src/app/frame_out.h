// A frame on its way out: copied when it is classified, and sent piece by piece while the board goes on.
//
//   ImageRequest --Ask()--> Offer() copies the next frame's luma --SendPart(), again and again--> ImageBegin,
//   ImageData…
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "image/image.h"
#include "link/sender.h"

namespace emojicam::app {

class FrameOut {
 public:
  // Pixels in one message: a packet of them fits into USB's buffer twice.
  static constexpr std::size_t kPart = 896;
  static_assert(kPart + 4 <= link::kMaxPayload);

  // buffer: for the luma of one frame; the caller's, and outlives this.
  explicit FrameOut(Span<uint8_t> buffer) : buffer_(buffer) {}

  // The next frame that is offered is wanted; one that is on its way goes on to its end first.
  void Ask() { wanted_ = true; }

  // A frame has been taken: copies it if it is wanted and none is on its way.
  //
  // kBadFrame if it is wanted and larger than the buffer, or has not all its pixels: then it is given up.
  link::ErrorCode Offer(uint32_t number, uint32_t time_ms, const Frame& frame);

  // There is something to send.
  bool busy() const { return busy_; }

  // Sends one message of it. Call it when the other side has room for one.
  void SendPart(link::Sender& sender);

 private:
  Span<uint8_t> buffer_;
  link::ImageBegin begin_;
  bool wanted_ = false;
  bool busy_ = false;       // a frame is in the buffer
  bool announced_ = false;  // its ImageBegin has been sent
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

}  // namespace emojicam::app
