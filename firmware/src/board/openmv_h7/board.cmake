# OpenMV Cam H7 (STM32H743VI, Cortex-M7): the product.
set(EMOJICAM_CORE cortex-m7)
set(EMOJICAM_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard)
set(EMOJICAM_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/openmv_h7.ld)
# Its own layer instead of that of the emulated boards.
set(EMOJICAM_BOARD_SOURCES
  openmv_h7/startup.cc openmv_h7/board.cc openmv_h7/clock.cc openmv_h7/memory.cc openmv_h7/gpio.cc
  openmv_h7/health.cc openmv_h7/store.cc openmv_h7/i2c.cc openmv_h7/sensor_ov7725.cc
  openmv_h7/sensor_mt9m114.cc openmv_h7/camera.cc openmv_h7/usb_port.cc cortexm/runtime.cc)
# TinyUSB's dwc2 driver, FIFOs by the CPU, on the core that ST calls OTG_FS.
set(EMOJICAM_USB_CORE dwc2)
set(EMOJICAM_USB_DEFINITIONS CFG_TUSB_MCU=OPT_MCU_STM32H7)
set(EMOJICAM_USB_INCLUDES ${CMAKE_CURRENT_LIST_DIR}/tinyusb)
