// Decides when a text is typed, and sees to it that no key stays down.
//
//   Type() --armed? not too soon? room?--> queue --fresh?--> lock keys --> KeySequence --> lock keys back -->
//   Sink
//
// It has no clock: whoever calls gives the time in ms, which may wrap around.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "keyboard/key_sequence.h"
#include "keyboard/report.h"

namespace emojicam {

// Where reports go: the keyboard's interrupt endpoint.
class Sink {
 public:
  // The host has taken the report before, and may take another: mounted, not suspended.
  virtual bool Ready() = 0;
  // Hands a report over. False if it was not taken: it is offered again.
  virtual bool Send(const Report& report) = 0;

 protected:
  ~Sink() = default;
};

struct TypistSettings {
  Host host = Host::kLinux;
  Layout layout = Layout::kUs;
  Timing timing = {};
  // Rate limit: a firing this soon after the last accepted one is dropped.
  uint16_t min_interval_ms = 500;
  // A firing that has waited longer is dropped, and a sequence of which the host has taken nothing for so
  // long is cut: nobody wants an emoji in whatever has the focus by then.
  uint16_t stale_ms = 2000;
};

// What became of a firing.
enum class Firing : uint8_t {
  kQueued = 0,    // will be typed, unless it gets stale
  kNotArmed = 1,  // the others say why it was dropped
  kTooSoon = 2,
  kQueueFull = 3,
  kRefusedText = 4,
};

// Every firing ends up in exactly one of these once the typist is idle.
struct TypistCounters {
  uint32_t typed;
  uint32_t not_armed;
  uint32_t too_soon;
  uint32_t queue_full;
  uint32_t refused_text;
  uint32_t stale;         // waited too long for a host that does not read
  uint32_t cut;           // dropped, whole or halfway, by Reset(), Arm(false), Configure() or a stall
  uint32_t lock_refused;  // the host did not follow Num Lock or Caps Lock
};

class Typist {
 public:
  // Firings that wait while another is being typed; one more is dropped.
  static constexpr std::size_t kQueueSize = 2;
  // For how long the host may take to answer a lock key with its LED.
  static constexpr uint32_t kLockTimeoutMs = 250;

  // `sink` is the caller's and lives as long as this. Disarmed until Arm(true).
  explicit Typist(Sink* sink) : sink_(sink) {}

  // Takes other settings, and drops what was to be typed under the old ones.
  void Configure(const TypistSettings& settings);

  // Nothing is typed while disarmed; disarming cuts what is being typed and drops what waits.
  void Arm(bool armed);
  bool armed() const { return armed_; }

  // A firing: `text` is UTF-8 and copied. `function_key` is for Host::kFunctionKeys.
  Firing Type(Span<const uint8_t> text, uint8_t function_key, uint32_t now_ms);

  // Sends at most one report. Call it at least every few ms.
  void Poll(uint32_t now_ms);

  // The host's LED output report: bits of emojicam::led.
  void OnLeds(uint8_t leds) { leds_ = leds; }

  // After bus reset, suspend, disconnect or a fault: drops everything, and the next report is all up, as soon
  // as the sink is ready for one.
  void Reset();

  // Nothing is being typed, waits, or has to be released.
  bool idle() const { return state_ == State::kIdle && queued_ == 0 && !release_first_; }
  const TypistCounters& counters() const { return counters_; }

 private:
  enum class State : uint8_t { kIdle, kLockDown, kLockUp, kLockAnswer, kTyping, kRestoreDown, kRestoreUp };

  struct Request {
    std::array<uint8_t, kMaxTextBytes> text;
    uint8_t size;
    uint8_t function_key;
    uint32_t at_ms;
  };

  KeySequenceOptions Options(uint8_t function_key) const;
  bool Start(uint32_t now_ms);
  bool Advance(uint32_t now_ms, TimedReport* next);
  void Cut();
  void Drop();
  void CutAll();
  void DropStale(uint32_t now_ms);
  uint8_t LocksToChange() const;

  Sink* sink_;
  TypistSettings settings_ = {};
  TypistCounters counters_ = {};
  bool armed_ = false;
  bool release_first_ = false;
  bool fired_before_ = false;
  uint32_t fired_at_ms_ = 0;

  std::array<Request, kQueueSize> queue_ = {};
  std::size_t queued_ = 0;

  State state_ = State::kIdle;
  KeySequence sequence_;
  uint8_t leds_ = 0;
  uint8_t lock_ = 0;     // the LED bit of the lock key being tapped
  uint8_t changed_ = 0;  // LED bits of lock keys to put back
  uint32_t lock_at_ms_ = 0;
  bool abandoned_ = false;  // cut: only the lock keys are left to do

  bool has_next_ = false;  // offered to the sink, not taken yet
  TimedReport next_ = {};
  uint32_t sent_at_ms_ = 0;
  uint8_t hold_ms_ = 0;
  uint32_t progress_at_ms_ = 0;  // when the host last took something, or a sequence began
};

}  // namespace emojicam
