# Arm MPS2+ with FPGA image AN500 (Cortex-M7): QEMU mps2-an500. The product's own core, counted.
set(EMOJICAM_CORE cortex-m7)
set(EMOJICAM_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard)
set(EMOJICAM_LINKER_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/mps2_an500.ld)
