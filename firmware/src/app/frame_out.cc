#include "app/frame_out.h"

#include <algorithm>

namespace emojicam::app {

link::ErrorCode FrameOut::Offer(uint32_t number, uint32_t time_ms, const Frame& frame) {
  if (!wanted_ || busy_) return link::ErrorCode::kNone;
  wanted_ = false;
  const std::size_t pixels = std::size_t{frame.width} * frame.height;
  const std::size_t stride = BytesPerPixel(frame.format);
  if (pixels == 0 || pixels > buffer_.size() || frame.pixels.size() < pixels * stride) {
    return link::ErrorCode::kBadFrame;
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    buffer_[i] = Luma(frame.pixels.data() + i * stride, frame.format);
  }
  begin_.number = number;
  begin_.time_ms = time_ms;
  begin_.width = frame.width;
  begin_.height = frame.height;
  begin_.format = static_cast<uint8_t>(PixelFormat::kGrey8);
  size_ = pixels;
  at_ = 0;
  announced_ = false;
  busy_ = true;
  return link::ErrorCode::kNone;
}

void FrameOut::SendPart(link::Sender& sender) {
  if (!busy_) return;
  if (!announced_) {
    announced_ = true;
    sender.Send(begin_);
    return;
  }
  link::ImageData part;
  part.offset = static_cast<uint32_t>(at_);
  part.pixels = Span<const uint8_t>(buffer_).subspan(at_).first(std::min(kPart, size_ - at_));
  at_ += part.pixels.size();
  busy_ = at_ < size_;
  sender.Send(part);
}

}  // namespace emojicam::app
