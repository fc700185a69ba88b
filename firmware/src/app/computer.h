// The computer at the other end of the cable: keyboard reports go to it, and the link's bytes come and go.
//
// Reports leave by USB where a computer has configured the device. On an emulated board that no computer has
// been given, Python plays it and takes the reports from the link; there they are told in any case.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"
#include "keyboard/typist.h"
#include "link/sender.h"

namespace emojicam::app {

class Computer final : public Sink {
 public:
  // sender: the link; the caller's, and outlives this.
  explicit Computer(link::Sender& sender) : sender_(sender) {}

  // False if the USB stack did not start.
  bool Start();

  // Runs the USB stack. Call it often.
  void Poll();

  // Asks a computer that sleeps to wake up, if it has allowed that.
  void Wake();

  // Where time comes from the link, a frame's milliseconds are over in a moment, but the computer on the bus
  // is real: lets it do something in between.
  void Breathe();

  // Bits of emojicam::led. The computer that Python plays has Num Lock on.
  uint8_t leds() const;

  // True once after the computer has lost track of what is down: see usb::TakeInterruption().
  bool TakeInterruption();

  bool Ready() override;
  bool Send(const Report& report) override;

  // The link's bytes: USB's serial port while a program has it open, else the board's own line.
  static std::size_t LinkRead(Span<uint8_t> into);
  // A program that does not read is waited for once: until it has read again, what does not fit at once is
  // dropped, so that the keyboard goes on in time.
  bool LinkWrite(Span<const uint8_t> bytes);
  // A message of any size can be written without waiting.
  static bool LinkHasRoom();

 private:
  link::Sender& sender_;
  bool reads_ = true;          // the computer has taken the last report in time
  bool program_reads_ = true;  // a program has taken the last message in time
  bool was_mounted_ = false;
  bool interrupted_ = false;
};

}  // namespace emojicam::app
