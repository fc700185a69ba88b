#include "keyboard/typist.h"

#include <algorithm>

namespace emojicam {
namespace {

constexpr Report LockKey(uint8_t led_bit) {
  return {0, 0, {led_bit == led::kNumLock ? usage::kNumLock : usage::kCapsLock, 0, 0, 0, 0, 0}};
}

constexpr uint8_t LowestBit(uint8_t bits) { return static_cast<uint8_t>(bits & (~bits + 1u)); }

}  // namespace

KeySequenceOptions Typist::Options(uint8_t function_key) const {
  return {settings_.host, settings_.layout, function_key, settings_.timing};
}

void Typist::Configure(const TypistSettings& settings) {
  CutAll();
  settings_ = settings;
}

void Typist::Arm(bool armed) {
  if (armed_ && !armed) CutAll();
  armed_ = armed;
}

Firing Typist::Type(Span<const uint8_t> text, uint8_t function_key, uint32_t now_ms) {
  if (!armed_) {
    ++counters_.not_armed;
    return Firing::kNotArmed;
  }
  if (KeySequence::Check(text, Options(function_key)) != TextError::kNone) {
    ++counters_.refused_text;
    return Firing::kRefusedText;
  }
  if (fired_before_ && now_ms - fired_at_ms_ < settings_.min_interval_ms) {
    ++counters_.too_soon;
    return Firing::kTooSoon;
  }
  if (queued_ == queue_.size()) {
    ++counters_.queue_full;
    return Firing::kQueueFull;
  }
  Request& request = queue_[queued_++];
  // Function keys take no text, so that theirs has not been checked for its length.
  request.size = static_cast<uint8_t>(std::min(text.size(), request.text.size()));
  std::copy_n(text.begin(), request.size, request.text.begin());
  request.function_key = function_key;
  request.at_ms = now_ms;
  fired_before_ = true;
  fired_at_ms_ = now_ms;
  return Firing::kQueued;
}

void Typist::DropStale(uint32_t now_ms) {
  while (queued_ != 0 && now_ms - queue_[0].at_ms > settings_.stale_ms) {
    std::copy(queue_.begin() + 1, queue_.begin() + queued_, queue_.begin());
    --queued_;
    ++counters_.stale;
  }
}

void Typist::Poll(uint32_t now_ms) {
  DropStale(now_ms);
  if (!sink_->Ready()) {
    if (state_ != State::kIdle && now_ms - progress_at_ms_ > settings_.stale_ms) Drop();
    return;
  }
  if (release_first_) {
    if (!sink_->Send(kAllUp)) return;
    release_first_ = false;
    sent_at_ms_ = progress_at_ms_ = now_ms;
    hold_ms_ = settings_.timing.gap_ms;
    return;
  }
  if (now_ms - sent_at_ms_ < hold_ms_) return;
  hold_ms_ = 0;  // so that it does not come back when the clock has wrapped around
  if (!has_next_ && !Advance(now_ms, &next_)) return;
  has_next_ = !sink_->Send(next_.report);
  if (has_next_) return;
  sent_at_ms_ = progress_at_ms_ = now_ms;
  hold_ms_ = next_.hold_ms;
}

uint8_t Typist::LocksToChange() const {
  switch (settings_.host) {
    case Host::kLinux:
    case Host::kWindowsWincompose:
      return leds_ & led::kCapsLock;
    case Host::kWindowsAlt:
      // With Num Lock off, Alt and the keypad are Alt and the arrow keys: "back" in a browser.
      return static_cast<uint8_t>((leds_ & led::kCapsLock) | (~leds_ & led::kNumLock));
    case Host::kMacos:
    case Host::kFunctionKeys:
      break;
  }
  return 0;
}

// Takes the first request out of the queue.
bool Typist::Start(uint32_t now_ms) {
  if (queued_ == 0) return false;
  const Request& request = queue_[0];
  const Span<const uint8_t> text(request.text.data(), request.size);
  // Checked when it was queued, and other settings empty the queue.
  const TextError error = KeySequence::Create(text, Options(request.function_key), &sequence_);
  std::copy(queue_.begin() + 1, queue_.begin() + queued_, queue_.begin());
  --queued_;
  if (error != TextError::kNone) {
    ++counters_.refused_text;
    return false;
  }
  progress_at_ms_ = now_ms;
  abandoned_ = false;
  state_ = State::kLockDown;
  return true;
}

// The report after the one that was sent last; false if there is none now.
bool Typist::Advance(uint32_t now_ms, TimedReport* next) {
  for (;;) {
    switch (state_) {
      case State::kIdle:
        if (!Start(now_ms)) return false;
        break;
      case State::kLockDown:
        lock_ = LowestBit(LocksToChange());
        if (lock_ == 0) {
          state_ = State::kTyping;
          break;
        }
        *next = {LockKey(lock_), settings_.timing.press_ms};
        state_ = State::kLockUp;
        return true;
      case State::kLockUp:
        *next = {kAllUp, settings_.timing.release_ms};
        lock_at_ms_ = now_ms;
        state_ = State::kLockAnswer;
        return true;
      case State::kLockAnswer:
        progress_at_ms_ = now_ms;
        if ((LocksToChange() & lock_) == 0) {
          changed_ = static_cast<uint8_t>(changed_ | lock_);
          state_ = abandoned_ ? State::kRestoreDown : State::kLockDown;
        } else if (now_ms - lock_at_ms_ > kLockTimeoutMs) {
          if (!abandoned_) ++counters_.lock_refused;
          state_ = State::kRestoreDown;
        } else {
          return false;
        }
        break;
      case State::kTyping:
        if (sequence_.Next(next)) return true;
        ++counters_.typed;
        state_ = State::kRestoreDown;
        break;
      case State::kRestoreDown:
        // The user may have put it back already.
        lock_ = LowestBit(static_cast<uint8_t>(changed_ & ~LocksToChange()));
        changed_ = static_cast<uint8_t>(changed_ & ~LocksToChange() & ~lock_);
        if (lock_ == 0) {
          state_ = State::kIdle;
          break;
        }
        *next = {LockKey(lock_), settings_.timing.press_ms};
        state_ = State::kRestoreUp;
        return true;
      case State::kRestoreUp:
        *next = {kAllUp, settings_.timing.gap_ms};
        state_ = State::kRestoreDown;
        return true;
    }
  }
}

// Ends what is being typed: everything up, then the lock keys back to what they were.
void Typist::Cut() {
  if (state_ == State::kIdle) return;
  const bool over = abandoned_ || state_ == State::kRestoreDown || state_ == State::kRestoreUp;
  if (!over) ++counters_.cut;
  abandoned_ = true;
  has_next_ = false;
  release_first_ = true;
  const bool lock_key_was_pressed = state_ == State::kLockUp || state_ == State::kLockAnswer;
  state_ = lock_key_was_pressed ? State::kLockAnswer : State::kRestoreDown;
}

// Ends what is being typed for a host that no longer listens: everything up, and the lock keys stay as they
// are.
void Typist::Drop() {
  Cut();
  state_ = State::kIdle;
  changed_ = 0;
}

void Typist::CutAll() {
  Cut();
  counters_.cut += static_cast<uint32_t>(queued_);
  queued_ = 0;
}

void Typist::Reset() {
  CutAll();
  Drop();
  has_next_ = false;
  release_first_ = true;
}

}  // namespace emojicam
