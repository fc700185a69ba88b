// Pins. (RM0433 section 11)
#pragma once

#include <cstdint>

namespace emojicam::board {

enum class Port : uint8_t { kA, kB, kC, kD, kE };

struct Pin {
  Port port;
  uint8_t number;  // 0 to 15
};

enum class Pull : uint8_t { kNone = 0, kUp = 1, kDown = 2 };
enum class Drive : uint8_t { kPushPull = 0, kOpenDrain = 1 };

// Clocks of ports A to E. Before anything else here.
void StartPorts();

// An output that starts at `level`, without a glitch.
void MakeOutput(Pin pin, bool level, Drive drive = Drive::kPushPull);

void MakeInput(Pin pin, Pull pull);

// A pin of a peripheral: its alternate function, 0 to 15. Output speed is "high" (11.4.3: 2).
void MakeFunction(Pin pin, uint8_t function, Drive drive = Drive::kPushPull, Pull pull = Pull::kNone);

void Write(Pin pin, bool level);
bool Read(Pin pin);

}  // namespace emojicam::board
