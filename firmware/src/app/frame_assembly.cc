#include "app/frame_assembly.h"

#include <cstring>

namespace emojicam::app {
namespace {

// Bits from the highest of each byte down.
class BitReader {
 public:
  explicit BitReader(Span<const uint8_t> bytes) : bytes_(bytes) {}

  // One Rice code with `low` plain bits, for a value of 8 bits. False at the end, or where it is no such
  // code.
  bool ReadRice(uint8_t low, uint32_t* value) {
    uint32_t high = 0;
    uint32_t bit = 0;
    while (Read(&bit) && bit == 1) ++high;
    if (bit == 1 || high > (255u >> low)) return false;
    *value = high;
    for (uint8_t i = 0; i < low; ++i) {
      if (!Read(&bit)) return false;
      *value = *value << 1 | bit;
    }
    return !failed_;
  }

 private:
  bool Read(uint32_t* bit) {
    if (at_ == bytes_.size() * 8) {
      failed_ = true;
      return false;
    }
    *bit = bytes_[at_ / 8] >> (7 - at_ % 8) & 1u;
    ++at_;
    return true;
  }

  Span<const uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

FrameAssembly::Begun FrameAssembly::Begin(const link::FrameBegin& message) {
  Begun result{state_ == State::kReceiving, link::ErrorCode::kNone};
  builds_on_last_ = state_ == State::kIdle && expected_ > 0 && message.width == begin_.width &&
                    message.height == begin_.height && message.format == begin_.format;
  begin_ = message;
  received_ = 0;
  state_ = State::kSkipping;
  const bool known = message.format <= static_cast<uint8_t>(PixelFormat::kYuv422);
  const bool sane = message.width > 0 && message.height > 0 && message.width <= kMaxFrameSide &&
                    message.height <= kMaxFrameSide;
  if (known && sane) {
    expected_ =
        std::size_t{message.width} * message.height * BytesPerPixel(static_cast<PixelFormat>(message.format));
    if (expected_ <= buffer_.size()) state_ = State::kReceiving;
  }
  if (state_ != State::kReceiving) result.status = link::ErrorCode::kBadFrame;
  return result;
}

link::ErrorCode FrameAssembly::Add(const link::FrameData& message) {
  if (state_ == State::kSkipping) return link::ErrorCode::kNone;
  if (!Fits(message.offset, message.pixels.size())) return GiveUp();
  if (!message.pixels.empty()) {
    std::memcpy(buffer_.data() + received_, message.pixels.data(), message.pixels.size());
  }
  received_ += message.pixels.size();
  return link::ErrorCode::kNone;
}

link::ErrorCode FrameAssembly::Add(const link::FrameDelta& message) {
  if (state_ == State::kSkipping) return link::ErrorCode::kNone;
  if (!builds_on_last_ || message.rice > 7 || !Fits(message.offset, message.count)) return GiveUp();
  BitReader bits(message.bits);
  for (std::size_t i = 0; i < message.count; ++i) {
    uint32_t value = 0;
    if (!bits.ReadRice(message.rice, &value)) return GiveUp();
    // Zigzag: even values are not negative, odd ones are.
    const uint32_t difference = (value >> 1) ^ (0u - (value & 1u));
    uint8_t& pixel = buffer_[received_ + i];
    pixel = static_cast<uint8_t>(pixel + difference);
  }
  received_ += message.count;
  return link::ErrorCode::kNone;
}

link::ErrorCode FrameAssembly::GiveUp() {
  state_ = State::kSkipping;
  return link::ErrorCode::kUnexpectedData;
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
