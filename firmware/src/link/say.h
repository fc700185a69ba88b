// Log lines of the programs that check kernels on an emulated core.
#pragma once

#include <cstdint>
#include <cstring>

#include "generated/link_messages.h"
#include "link/sender.h"

namespace emojicam::link {

inline void Say(Sender& sender, const char* line) {
  Log message;
  message.line = Text(line);
  sender.Send(message);
}

// what: at most 48 characters, in front of the number.
inline void SayNumber(Sender& sender, const char* what, uint32_t number) {
  char line[64] = {};
  std::strncpy(line, what, sizeof(line) - 16);
  char* end = line + std::strlen(line);
  char digits[10];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) *end++ = digits[--count];
  Say(sender, line);
}

}  // namespace emojicam::link
