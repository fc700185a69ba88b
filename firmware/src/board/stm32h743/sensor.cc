#include "board/stm32h743/sensor.h"

namespace emojicam::board {
namespace {

// `value` at the end of `bytes`, `count` of it, the high one first. Returns how many there are then.
uint8_t Append(uint8_t* bytes, uint8_t at, uint16_t value, uint8_t count) {
  if (count == 2) bytes[at++] = static_cast<uint8_t>(value >> 8);
  bytes[at++] = static_cast<uint8_t>(value);
  return at;
}

}  // namespace

Error Write(const SensorBus& bus, const SensorSetting& setting) {
  uint8_t bytes[4];
  uint8_t size = Append(bytes, 0, setting.address, bus.register_bytes);
  size = Append(bytes, size, setting.value, setting.bytes);
  return I2cWrite(bus.address, {bytes, size});
}

Error Write(const SensorBus& bus, Span<const SensorSetting> settings) {
  for (const SensorSetting& setting : settings) {
    if (const Error error = Write(bus, setting); error != Error::kNone) return error;
  }
  return Error::kNone;
}

Error Read(const SensorBus& bus, uint16_t address, uint8_t bytes, uint16_t* value) {
  uint8_t wanted[2];
  uint8_t read[2] = {};
  const uint8_t size = Append(wanted, 0, address, bus.register_bytes);
  const Error error = I2cWriteRead(bus.address, {wanted, size}, {read, bytes}, bus.between);
  *value = bytes == 2 ? static_cast<uint16_t>(read[0] << 8 | read[1]) : read[0];
  return error;
}

Error Probe(const Sensor& sensor) {
  const SensorSetting& identity = sensor.identity;
  uint16_t value = 0;
  if (const Error error = Read(sensor.bus, identity.address, identity.bytes, &value); error != Error::kNone) {
    return error;
  }
  return value == identity.value ? Error::kNone : Error::kSensorAbsent;
}

}  // namespace emojicam::board
