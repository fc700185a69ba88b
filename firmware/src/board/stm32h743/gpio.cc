#include "board/stm32h743/gpio.h"

#include "board/stm32h743/registers.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kInput = 0, kOutput = 1, kFunction = 2;

uint32_t Offset(Pin pin) { return 0x400 * static_cast<uint32_t>(pin.port); }

void SetTwoBits(Register first, Pin pin, uint32_t value) {
  first[Offset(pin)].Modify(3u << 2u * pin.number, value << 2u * pin.number);
}

void SetDrive(Pin pin, Drive drive) {
  GPIOA_OTYPER[Offset(pin)].Modify(Bit(pin.number), static_cast<uint32_t>(drive) << pin.number);
}

}  // namespace

void StartPorts() {
  RCC_AHB4ENR.Set(RCC_AHB4ENR_GPIOAEN | RCC_AHB4ENR_GPIOBEN | RCC_AHB4ENR_GPIOCEN | RCC_AHB4ENR_GPIODEN |
                  RCC_AHB4ENR_GPIOEEN);
  RCC_AHB4ENR.Read();  // the clock is there two cycles after the write (8.5.11)
}

void MakeOutput(Pin pin, bool level, Drive drive) {
  Write(pin, level);
  SetDrive(pin, drive);
  SetTwoBits(GPIOA_PUPDR, pin, 0);
  SetTwoBits(GPIOA_MODER, pin, kOutput);
}

void MakeInput(Pin pin, Pull pull) {
  SetTwoBits(GPIOA_PUPDR, pin, static_cast<uint32_t>(pull));
  SetTwoBits(GPIOA_MODER, pin, kInput);
}

void MakeFunction(Pin pin, uint8_t function, Drive drive, Pull pull) {
  SetDrive(pin, drive);
  SetTwoBits(GPIOA_OSPEEDR, pin, 2);
  SetTwoBits(GPIOA_PUPDR, pin, static_cast<uint32_t>(pull));
  const uint32_t shift = 4u * (pin.number & 7u);
  GPIOA_AFRL[Offset(pin) + (pin.number < 8 ? 0 : 4)].Modify(15u << shift, uint32_t{function} << shift);
  SetTwoBits(GPIOA_MODER, pin, kFunction);
}

void Write(Pin pin, bool level) { GPIOA_BSRR[Offset(pin)].Write(Bit(pin.number + (level ? 0u : 16u))); }

bool Read(Pin pin) { return GPIOA_IDR[Offset(pin)].Any(Bit(pin.number)); }

}  // namespace emojicam::board
