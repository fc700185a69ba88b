#include "board/stm32h743/i2c.h"

#include "board/stm32h743/clock.h"
#include "board/stm32h743/errata.h"
#include "board/stm32h743/gpio.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/wait.h"
#include "pins.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kClearable = I2C_ICR_NACKCF | I2C_ICR_STOPCF | I2C_ICR_BERRCF | I2C_ICR_ARLOCF;

// A byte takes 90 us; sensors stretch the clock by no more than some milliseconds.
constexpr uint32_t kByteUs = 10000;

// From 10 MHz: SCL low 5 us, high 4 us and the rest of 10 us in edges and synchronisation; data set up 1.3 us
// (1000 ns rise + 250 ns), held 0.2 us. (47.4.10, table 396)
constexpr uint32_t kTickHz = 10000000;
constexpr uint32_t kTiming =
    I2C_TIMINGR_SCLDEL(12) | I2C_TIMINGR_SDADEL(2) | I2C_TIMINGR_SCLH(40 - 1) | I2C_TIMINGR_SCLL(50 - 1);

void MakePins() {
  MakeFunction(kSensorScl, kI2cFunction, Drive::kOpenDrain, Pull::kUp);
  MakeFunction(kSensorSda, kI2cFunction, Drive::kOpenDrain, Pull::kUp);
}

void Enable() {
  I2C1_CR1.Write(0);  // also resets the state machine (47.4.6)
  I2C1_CR1.Read();    // PE stays low for three APB cycles at least
  I2C1_TIMINGR.Write(I2C_TIMINGR_PRESC(Apb1Hz() / kTickHz - 1) | kTiming);
  I2C1_CR1.Write(I2C_CR1_PE);
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
  const bool came = WaitFor([flags] { return I2C1_ISR.Any(flags | I2C_ISR_NACKF | I2C_ISR_ARLO); }, kByteUs);
  const uint32_t status = I2C1_ISR.Read();
  if ((status & I2C_ISR_BERR) != 0) ForgetI2cBusError();
  if (!came) return Fail(Error::kI2cTimeout);
  if ((status & I2C_ISR_ARLO) != 0) return Fail(Error::kI2cBus);
  if ((status & I2C_ISR_NACKF) != 0) {
    WaitFor([] { return I2C1_ISR.Any(I2C_ISR_STOPF); }, kByteUs);  // the master stops by itself (47.4.9)
    I2C1_ICR.Write(kClearable);
    return Fail(Error::kI2cNack);
  }
  return Error::kNone;
}

// Sends or receives without the STOP where more follows.
void Begin(uint8_t address, std::size_t count, uint32_t flags) {
  I2C1_CR2.Write(I2C_CR2_SADD(address * 2u) | I2C_CR2_NBYTES(static_cast<uint32_t>(count)) | flags |
                 I2C_CR2_START);
}

Error Finish() {
  if (const Error error = Await(I2C_ISR_STOPF); error != Error::kNone) return error;
  I2C1_ICR.Write(kClearable);
  return Error::kNone;
}

Error Send(uint8_t address, Span<const uint8_t> bytes, uint32_t flags) {
  Begin(address, bytes.size(), flags);
  for (const uint8_t byte : bytes) {
    if (const Error error = Await(I2C_ISR_TXIS); error != Error::kNone) return error;
    I2C1_TXDR.Write(byte);
  }
  return (flags & I2C_CR2_AUTOEND) != 0 ? Finish() : Await(I2C_ISR_TC);
}

Error CheckFree() {
  if (!I2C1_ISR.Any(I2C_ISR_BUSY)) return Error::kNone;
  const bool free = FreeBus();
  Enable();
  return free && !I2C1_ISR.Any(I2C_ISR_BUSY) ? Error::kNone : Error::kI2cBusy;
}

}  // namespace

Error StartI2c() {
  RCC_D2CCIP2R.Clear(RCC_D2CCIP2R_I2C123SEL.mask());  // from PCLK1
  RCC_APB1LENR.Set(RCC_APB1LENR_I2C1EN);
  RCC_APB1LRSTR.Set(RCC_APB1LRSTR_I2C1RST);
  RCC_APB1LRSTR.Clear(RCC_APB1LRSTR_I2C1RST);
  MakePins();
  Enable();
  return CheckFree();
}

Error I2cWrite(uint8_t address, Span<const uint8_t> bytes) {
  if (const Error error = CheckFree(); error != Error::kNone) return error;
  return Send(address, bytes, I2C_CR2_AUTOEND);
}

Error I2cWriteRead(uint8_t address, Span<const uint8_t> bytes, Span<uint8_t> into, Between between) {
  if (const Error error = CheckFree(); error != Error::kNone) return error;
  const uint32_t flags = between == Between::kStop ? I2C_CR2_AUTOEND : 0;
  if (const Error error = Send(address, bytes, flags); error != Error::kNone) return error;
  Begin(address, into.size(), I2C_CR2_RD_WRN | I2C_CR2_AUTOEND);
  for (uint8_t& byte : into) {
    if (const Error error = Await(I2C_ISR_RXNE); error != Error::kNone) return error;
    byte = static_cast<uint8_t>(I2C1_RXDR.Read());
  }
  return Finish();
}

}  // namespace emojicam::board
