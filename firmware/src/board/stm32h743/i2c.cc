#include "board/stm32h743/i2c.h"

#include "board/stm32h743/clock.h"
#include "board/stm32h743/errata.h"
#include "board/stm32h743/gpio.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/wait.h"
#include "pins.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kTxis = Bit(1), kRxne = Bit(2), kNackf = Bit(4), kStopf = Bit(5), kTc = Bit(6);
constexpr uint32_t kBerr = Bit(8), kArlo = Bit(9), kBusy = Bit(15);
constexpr uint32_t kClearable = kNackf | kStopf | kBerr | kArlo;
constexpr uint32_t kRead = Bit(10), kStart = Bit(13), kAutoEnd = Bit(25);

// A byte takes 90 us; sensors stretch the clock by no more than some milliseconds.
constexpr uint32_t kByteUs = 10000;

// From 10 MHz: SCL low 5 us, high 4 us and the rest of 10 us in edges and synchronisation; data set up 1.3 us
// (1000 ns rise + 250 ns), held 0.2 us. (47.4.10, table 396)
constexpr uint32_t kTickHz = 10000000;
constexpr uint32_t kTiming = Field(12, 20) | Field(2, 16) | Field(40 - 1, 8) | (50 - 1);

void MakePins() {
  MakeFunction(kSensorScl, kI2cFunction, Drive::kOpenDrain, Pull::kUp);
  MakeFunction(kSensorSda, kI2cFunction, Drive::kOpenDrain, Pull::kUp);
}

void Enable() {
  I2C1_CR1.Write(0);  // also resets the state machine (47.4.6)
  I2C1_CR1.Read();    // PE stays low for three APB cycles at least
  I2C1_TIMINGR.Write(Field(Apb1Hz() / kTickHz - 1, 28) | kTiming);
  I2C1_CR1.Write(Bit(0));
}

// A slave that was interrupted in a read holds SDA until it has been clocked through its byte.
bool FreeBus() {
  constexpr uint32_t kHalfPeriodUs = 5;
  MakeOutput(kSensorSda, true, Drive::kOpenDrain);
  MakeOutput(kSensorScl, true, Drive::kOpenDrain);
  DelayMicroseconds(kHalfPeriodUs);
  for (int pulse = 0; pulse < 9 && !Read(kSensorSda); ++pulse) {
    Write(kSensorScl, false);
    DelayMicroseconds(kHalfPeriodUs);
    Write(kSensorScl, true);
    DelayMicroseconds(kHalfPeriodUs);
  }
  // START and STOP tell everyone that the transfer is over.
  Write(kSensorSda, false);
  DelayMicroseconds(kHalfPeriodUs);
  Write(kSensorSda, true);
  DelayMicroseconds(kHalfPeriodUs);
  const bool free = Read(kSensorSda) && Read(kSensorScl);
  MakePins();
  return free;
}

Error Fail(Error error) {
  Enable();
  return error;
}

// Until one of `flags` is set; NACK and a lost arbitration end it earlier.
Error Await(uint32_t flags) {
  const bool came = WaitFor([flags] { return I2C1_ISR.Any(flags | kNackf | kArlo); }, kByteUs);
  const uint32_t status = I2C1_ISR.Read();
  if ((status & kBerr) != 0) ForgetI2cBusError();
  if (!came) return Fail(Error::kI2cTimeout);
  if ((status & kArlo) != 0) return Fail(Error::kI2cBus);
  if ((status & kNackf) != 0) {
    WaitFor([] { return I2C1_ISR.Any(kStopf); }, kByteUs);  // the master stops by itself (47.4.9)
    I2C1_ICR.Write(kClearable);
    return Fail(Error::kI2cNack);
  }
  return Error::kNone;
}

// Sends or receives without the STOP where more follows.
void Begin(uint8_t address, std::size_t count, uint32_t flags) {
  I2C1_CR2.Write(Field(address, 1) | Field(static_cast<uint32_t>(count), 16) | flags | kStart);
}

Error Finish() {
  if (const Error error = Await(kStopf); error != Error::kNone) return error;
  I2C1_ICR.Write(kClearable);
  return Error::kNone;
}

Error Send(uint8_t address, Span<const uint8_t> bytes, uint32_t flags) {
  Begin(address, bytes.size(), flags);
  for (const uint8_t byte : bytes) {
    if (const Error error = Await(kTxis); error != Error::kNone) return error;
    I2C1_TXDR.Write(byte);
  }
  return (flags & kAutoEnd) != 0 ? Finish() : Await(kTc);
}

Error CheckFree() {
  if (!I2C1_ISR.Any(kBusy)) return Error::kNone;
  const bool free = FreeBus();
  Enable();
  return free && !I2C1_ISR.Any(kBusy) ? Error::kNone : Error::kI2cBusy;
}

}  // namespace

Error StartI2c() {
  RCC_D2CCIP2R.Clear(Field(3, 12));  // from PCLK1
  RCC_APB1LENR.Set(Bit(21));
  RCC_APB1LRSTR.Set(Bit(21));
  RCC_APB1LRSTR.Clear(Bit(21));
  MakePins();
  Enable();
  return CheckFree();
}

Error I2cWrite(uint8_t address, Span<const uint8_t> bytes) {
  if (const Error error = CheckFree(); error != Error::kNone) return error;
  return Send(address, bytes, kAutoEnd);
}

Error I2cWriteRead(uint8_t address, Span<const uint8_t> bytes, Span<uint8_t> into, Between between) {
  if (const Error error = CheckFree(); error != Error::kNone) return error;
  const uint32_t flags = between == Between::kStop ? kAutoEnd : 0;
  if (const Error error = Send(address, bytes, flags); error != Error::kNone) return error;
  Begin(address, into.size(), kRead | kAutoEnd);
  for (uint8_t& byte : into) {
    if (const Error error = Await(kRxne); error != Error::kNone) return error;
    byte = static_cast<uint8_t>(I2C1_RXDR.Read());
  }
  return Finish();
}

}  // namespace emojicam::board
