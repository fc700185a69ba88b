// The typist, and the time that passes for it.
#pragma once

#include <cstdint>

#include "app/computer.h"
#include "keyboard/typist.h"

namespace emojicam::app {

class TypingTask {
 public:
  // computer: where keystrokes go; the caller's, and outlives this.
  explicit TypingTask(Computer& computer) : computer_(computer), typist_(&computer) {}

  // Time passes: sends what is due of the text being typed. now_ms may wrap around.
  void AdvanceTo(uint32_t now_ms);

  // Types a gesture's text, now. function_key: for hosts that take one instead.
  Firing Type(Span<const uint8_t> text, uint8_t function_key);

  Typist& typist() { return typist_; }
  const Typist& typist() const { return typist_; }

 private:
  Computer& computer_;
  Typist typist_;
  uint32_t now_ms_ = 0;
};

}  // namespace emojicam::app
