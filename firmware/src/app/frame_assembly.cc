#include "app/frame_assembly.h"

#include <cstring>

namespace emojicam::app {

FrameAssembly::Begun FrameAssembly::Begin(const link::FrameBegin& message) {
  Begun result{state_ == State::kReceiving, link::ErrorCode::kNone};
  begin_ = message;
  received_ = 0;
  state_ = State::kSkipping;
  const bool known = message.format <= static_cast<uint8_t>(PixelFormat::kYuv422);
  const bool sane = message.width > 0 && message.height > 0 && message.width <= kMaxFrameSide &&
                    message.height <= kMaxFrameSide;
  if (known && sane) {
    expected_ = std::size_t{message.width} * message.height *
                BytesPerPixel(static_cast<PixelFormat>(message.format));
    if (expected_ <= buffer_.size()) state_ = State::kReceiving;
  }
  if (state_ != State::kReceiving) result.status = link::ErrorCode::kBadFrame;
  return result;
}

link::ErrorCode FrameAssembly::Add(const link::FrameData& message) {
  if (state_ == State::kSkipping) return link::ErrorCode::kNone;
  if (state_ == State::kIdle || message.offset != received_ ||
      message.pixels.size() > expected_ - received_) {
    state_ = State::kSkipping;
    return link::ErrorCode::kUnexpectedData;
  }
  if (!message.pixels.empty()) {
    std::memcpy(buffer_.data() + received_, message.pixels.data(), message.pixels.size());
  }
  received_ += message.pixels.size();
  return link::ErrorCode::kNone;
}

Frame FrameAssembly::Take() {
  state_ = State::kIdle;
  Frame frame;
  frame.pixels = Span<const uint8_t>(buffer_).first(expected_);
  frame.width = begin_.width;
  frame.height = begin_.height;
  frame.format = static_cast<PixelFormat>(begin_.format);
  return frame;
}

}  // namespace emojicam::app
