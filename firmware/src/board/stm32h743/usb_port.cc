#include "board/stm32h743/usb_port.h"

#include <cstdint>

#include "board/stm32h743/clock.h"
#include "board/stm32h743/interrupts.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/start.h"
#include "board/stm32h743/wait.h"
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
  RCC_AHB1ENR.Set(RCC_AHB1ENR_USB2OTGFSEN);
  RCC_AHB1ENR.Read();
  RCC_AHB1RSTR.Set(RCC_AHB1RSTR_USB2OTGFSRST);
  RCC_AHB1RSTR.Clear(RCC_AHB1RSTR_USB2OTGFSRST);
  // Without this the core stops with the CPU in WFI: the full-speed PHY has no ULPI clock. (8.7.50)
  RCC_AHB1LPENR.Clear(RCC_AHB1LPENR_USB2OTGFSULPILPEN);
  // Only its priority: the stack switches the line on.
  *reinterpret_cast<volatile uint8_t*>(NVIC_IPR0.address() + kOtgFsIrq) = kUsbPriority << 4;
}

}  // namespace emojicam::board

extern "C" {

using namespace emojicam::board;  // NOLINT(google-build-using-namespace)

void OtgFsHandler() { UsbInterrupt(); }

void UsbEndSending(uint8_t endpoint) {
  constexpr uint32_t kPatienceUs = 100;
  const InterruptLock lock;  // the interrupt fills the FIFO
  OTG_FS_DIEPEMPMSK.Clear(Bit(endpoint));
  const Register control = OTG_FS_DIEPCTL0[0x20u * endpoint];
  const Register events = OTG_FS_DIEPINT0[0x20u * endpoint];
  if (!control.Any(USB_OTG_DIEPCTL_EPENA)) return;
  // NAK first, and only then off. (57.16.6)
  control.Set(USB_OTG_DIEPCTL_SNAK);
  WaitFor([events] { return events.Any(USB_OTG_DIEPINT_INEPNE); }, kPatienceUs);
  control.Set(USB_OTG_DIEPCTL_SNAK | USB_OTG_DIEPCTL_EPDIS);
  WaitFor([events] { return events.Any(USB_OTG_DIEPINT_EPDISD); }, kPatienceUs);
  events.Write(USB_OTG_DIEPINT_EPDISD);
  OTG_FS_GRSTCTL.Write(USB_OTG_GRSTCTL_TXFFLSH | USB_OTG_GRSTCTL_TXFNUM(endpoint));
  WaitFor([] { return !OTG_FS_GRSTCTL.Any(USB_OTG_GRSTCTL_TXFFLSH); }, kPatienceUs);
}

}  // extern "C"
