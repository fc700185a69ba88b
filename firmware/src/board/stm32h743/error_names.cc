#include <cstdint>

#include "base/error.h"

namespace emojicam {

const char* NameOf(Error error) {
  static constexpr const char* kNames[] = {
      "",
      "supply",
      "oscillator",
      "pll",
      "clock_switch",
      "flash_latency",
      "usb_supply",
      "usb_clock",
      "watchdog",
      "i2c_busy",
      "i2c_nack",
      "i2c_timeout",
      "i2c_bus",
      "sensor_absent",
      "sensor_refused",
      "dma_stuck",
      "no_frame",
      "flash_busy",
      "flash_failed",
      "out_of_range",
      "image_dark",
      "image_blown",
      "model_refused",
      "usb_stack",
      "overrun",
      "short_frame",
      "dma_error",
      "arena_too_small",
      "wrong_shape",
  };
  const auto index = static_cast<uint32_t>(error);
  return index < sizeof(kNames) / sizeof(kNames[0]) ? kNames[index] : "unknown";
}

}  // namespace emojicam
