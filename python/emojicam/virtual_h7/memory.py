"""The memory map of the STM32H743VI (RM0433 section 2.3.2, table 7)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Memory:
    """A block of plain memory.

    Args:
        dma: DMA1 and DMA2 reach it; ITCM and DTCM they do not (RM0433 table 3).
        volatile: a power-on leaves it without contents.
    """

    name: str
    base: int
    size: int
    dma: bool = True
    volatile: bool = True

    @property
    def end(self) -> int:
        return self.base + self.size


ITCM = Memory("ITCM", 0x0000_0000, 64 << 10, dma=False)
FLASH = Memory("flash", 0x0800_0000, 2 << 20, volatile=False)
#: System memory with the unique ID (section 61.1), flash size and package data.
SYSTEM = Memory("system memory", 0x1FF0_0000, 128 << 10, volatile=False)
DTCM = Memory("DTCM", 0x2000_0000, 128 << 10, dma=False)
AXI_SRAM = Memory("AXI SRAM", 0x2400_0000, 512 << 10)
SRAM1 = Memory("SRAM1", 0x3000_0000, 128 << 10)
SRAM2 = Memory("SRAM2", 0x3002_0000, 128 << 10)
SRAM3 = Memory("SRAM3", 0x3004_0000, 32 << 10)
SRAM4 = Memory("SRAM4", 0x3800_0000, 64 << 10)

MEMORIES = (ITCM, FLASH, SYSTEM, DTCM, AXI_SRAM, SRAM1, SRAM2, SRAM3, SRAM4)

FLASH_SECTOR = 128 << 10
#: 96 bits: lot, wafer and die (RM0433 section 61.1).
UNIQUE_ID = 0x1FF1_E800
#: Kilobytes of flash, 16 bits (section 61.2).
FLASH_SIZE = 0x1FF1_E880

#: Where OpenMV's bootloader hands over.
FIRMWARE = 0x0804_0000


def find(address: int, size: int = 1) -> Memory | None:
    """The memory that holds all of these bytes."""
    for memory in MEMORIES:
        if memory.base <= address and address + size <= memory.end:
            return memory
    return None
