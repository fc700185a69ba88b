// Why the board has started, where nobody wanted it to, for the log: "start 2: watchdog",
// "fault: HardFault pc=… lr=… cfsr=…"; and which chip it is: "chip: STM32H743 revision V, 480 MHz".
#pragma once

#include "generated/link_messages.h"
#include "link/sender.h"

namespace emojicam::app {

// A line of two parts, of which the whole is cut to fit into one message.
void LogPair(link::Sender& sender, const char* first, const char* second);

// What board/health.h knows of the last start.
link::Fault DescribeStart();

class HealthReport {
 public:
  // sender: the link; the caller's, and outlives this.
  explicit HealthReport(link::Sender& sender) : sender_(sender) {}

  // Sends it the first time that it is called, and returns true then.
  bool TellOnce();

 private:
  void TellStart();

  link::Sender& sender_;
  bool told_ = false;
};

}  // namespace emojicam::app
