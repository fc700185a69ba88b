# NUCLEO-H743ZI (STM32H743ZI, Cortex-M7): no camera, frames come over the link.
include(${CMAKE_CURRENT_LIST_DIR}/../stm32h743/stm32h743.cmake)
set(EMOJICAM_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/nucleo_h743zi.ld)
list(APPEND EMOJICAM_BOARD_SOURCES none/camera.cc)
