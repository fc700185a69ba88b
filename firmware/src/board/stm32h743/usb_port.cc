#include "board/stm32h743/usb_port.h"

#include <cstdint>

#include "board/stm32h743/clock.h"
#include "board/stm32h743/interrupts.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/start.h"
#include "pins.h"

// For TinyUSB's dwc2_stm32.h.
extern "C" {
uint32_t SystemCoreClock = 0;
}

namespace emojicam::board {

void StartUsbPort() {
  SystemCoreClock = CoreHz();
  MakeFunction(kUsbMinus, kUsbFunction);
  MakeFunction(kUsbPlus, kUsbFunction);
  RCC_AHB1ENR.Set(Bit(27));
  RCC_AHB1ENR.Read();
  RCC_AHB1RSTR.Set(Bit(27));
  RCC_AHB1RSTR.Clear(Bit(27));
  // Without this the core stops with the CPU in WFI: the full-speed PHY has no ULPI clock. (8.7.50)
  RCC_AHB1LPENR.Clear(Bit(28));
  // Only its priority: the stack switches the line on.
  *reinterpret_cast<volatile uint8_t*>(NVIC_IPR0.address() + kOtgFsIrq) = kUsbPriority << 4;
}

}  // namespace emojicam::board

extern "C" void OtgFsHandler() {
  using namespace emojicam::board;  // NOLINT(google-build-using-namespace)
  // A report that was queued but not yet in the FIFO when the bus is reset leaves its bit here, and TinyUSB
  // 0.18 forgets the report: once the endpoint is open again, its driver would fill the FIFO from a null
  // pointer, and the keyboard would type that or nothing any more.
  if (OTG_FS_GINTSTS.Any(Bit(12))) OTG_FS_DIEPEMPMSK.Write(0);
  UsbInterrupt();
}
