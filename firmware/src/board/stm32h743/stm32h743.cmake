# What the boards with an STM32H743 share. A board.cmake includes this, and adds where its frames come from.
set(EMOJICAM_CORE cortex-m7)
set(EMOJICAM_FOR_SILICON ON)
set(EMOJICAM_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard)
# Its own layer instead of that of the emulated boards.
set(EMOJICAM_BOARD_SOURCES
  stm32h743/startup.cc stm32h743/board.cc stm32h743/clock.cc stm32h743/errata.cc stm32h743/memory.cc
  stm32h743/gpio.cc stm32h743/health.cc stm32h743/store.cc stm32h743/usb_port.cc cortexm/runtime.cc
  cortexm/fault_entry.cc stm32h743/error_names.cc)
# TinyUSB's dwc2 driver, FIFOs by the CPU, on the core that ST calls OTG_FS.
set(EMOJICAM_USB_CORE dwc2)
set(EMOJICAM_USB_DEFINITIONS CFG_TUSB_MCU=OPT_MCU_STM32H7)
set(EMOJICAM_USB_INCLUDES ${CMAKE_CURRENT_LIST_DIR}/tinyusb)
