# Arm Corstone-300 (SSE-300, Cortex-M55): QEMU mps3-an547, FVP_Corstone_SSE-300, Arm Virtual Hardware.
set(EMOJICAM_CORE cortex-m55)
set(EMOJICAM_CPU_FLAGS -mcpu=cortex-m55 -mthumb -mfloat-abi=hard)
set(EMOJICAM_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/corstone300.ld)
