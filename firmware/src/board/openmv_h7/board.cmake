# OpenMV Cam H7 (STM32H743VI, Cortex-M7): the product.
include(${CMAKE_CURRENT_LIST_DIR}/../stm32h743/stm32h743.cmake)
set(EMOJICAM_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/openmv_h7.ld)
list(APPEND EMOJICAM_BOARD_SOURCES
  stm32h743/i2c.cc stm32h743/sensor.cc stm32h743/sensor_ov7725.cc stm32h743/sensor_mt9m114.cc stm32h743/camera.cc)
