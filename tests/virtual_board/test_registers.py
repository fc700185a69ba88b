"""The register tables against an independent source, register by register."""

import pytest

from emojicam.errors import EmojicamError
from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.registers import Peripheral
from virtual_board import svd

pytestmark = pytest.mark.virtual_board

_BOARD = VirtualBoard()
_NAMES = {"IWDG1": ["IWDG"], "OTG_FS": ["OTG2_HS_GLOBAL", "OTG2_HS_DEVICE", "OTG2_HS_PWRCLK"]}

#: Registers that the crate leaves out, or has only for endpoint 0.
_UNLISTED = {
    "DMAMUX1": ("CSR", "CFR"),
    "OTG_FS": ("GSNPSID", "GHWCFG1", "GHWCFG2", "GHWCFG3", "GHWCFG4", "GDFIFOCFG",
               *(f"D{d}EP{what}{n}" for d in "IO" for what in ("INT", "DMA") for n in range(1, 9)),
               *(f"DTXFSTS{n}" for n in range(1, 9))),
}  # fmt: skip
#: Reset values that ST's SVD gives wrongly or not at all; RM0433's are in our table.
_RESETS = {
    "RCC": ("CRRCR", "RSR", "AHB3LPENR", "AHB1LPENR", "AHB2LPENR", "AHB4LPENR", "APB3LPENR", "APB1LLPENR",
            "APB1HLPENR", "APB2LPENR", "APB4LPENR"),  # the SVD has 0 for all; sections 8.7.4, 8.7.39, 8.7.49
    "FLASH": ("OPTCR", "OPTSR_CUR", "CR1", "CR2", "PRAR_CUR1", "PRAR_CUR2", "SCAR_CUR1", "SCAR_CUR2",
              "WPSN_CUR1", "WPSN_CUR2"),  # option bytes, and 0x31 in 4.9.4
    "TIM1": ("ARR",),  # 0xFFFF in 38.4.12
    "DBGMCU": ("IDC",),  # revision V
    "OTG_FS": ("CID",),  # 0x2300 as read from the chip, TinyUSB's dwc2_info.md
}  # fmt: skip
#: Bits that RM0433 has and the SVD lacks.
_EXTRA = {
    "CRS": {"CR": 1 << 7},  # SWSYNC, read/set in 10.7.1
    "TIM1": {"CCMR1": 0x0101_0000, "CCMR2": 0x0101_0000},  # the output view's OCxM[3]
    "OTG_FS": {
        "DIEPMSK": 0x2004, "DOEPMSK": 0x7024, "PCGCCTL": 0x20,
        **{f"DIEPINT{n}": 0x24 for n in range(9)}, **{f"DOEPINT{n}": 0xB124 for n in range(9)},
    },
}  # fmt: skip
#: Bits that software may write and that the model has no use for: it keeps them at their reset value.
_UNUSED = {
    "FLASH": ("OPTKEYR", "OPTCR", "OPTSR_CUR", "SCAR_CUR1", "SCAR_CUR2", "SR1", "SR2"),
    "PWR": ("WKUPCR", "WKUPFR"),
    "RCC": ("CICR",),
    "SYSCFG": ("CCCSR",),
    "OTG_FS": ("GOTGCTL", "GCCFG", "GLPMCFG", "PCGCCTL", *(f"DIEPINT{n}" for n in range(9))),
    "TIM1": ("EGR",),
    "I2C1": ("ISR",),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def crate() -> None:
    try:
        svd.fetch()
    except EmojicamError as error:
        pytest.skip(f"the crate stm32h7 is out of reach: {error}")


@pytest.mark.parametrize("device", _BOARD.soc.bus.devices, ids=lambda device: device.NAME)
def test_table_agrees_with_the_svd(device: Peripheral) -> None:
    facts: dict[int, svd.Fact] = {}
    names = _NAMES.get(device.NAME, [device.NAME])
    for name in names:
        base, block = svd.device(name)
        assert name.startswith("OTG2") or base == device.BASE
        facts.update({base - device.BASE + offset: fact for offset, fact in block.items()})
    compared = 0
    for register in device.REGISTERS:
        where = f"{device.NAME}_{register.name}"
        fact = facts.get(register.offset)
        if fact is None:
            # The SVD gives ports B to E only what differs from port A.
            assert register.name in _UNLISTED.get(device.NAME, ()) or device.NAME in (
                "GPIOB", "GPIOC", "GPIOD", "GPIOE",
            ), where  # fmt: skip
            continue
        compared += 1
        if register.name not in _RESETS.get(device.NAME, ()):
            assert register.reset == fact.reset or fact.name == "INT", where
        ours = register.writable | register.w1c
        extra = ours & ~fact.written
        assert extra & ~_EXTRA.get(device.NAME, {}).get(register.name, 0) == 0, f"{where}: {extra:#x}"
        missing = fact.written & ~ours
        handled = register.offset in device._writers or register.offset in device._readers
        assert not missing or handled or register.name in _UNUSED.get(device.NAME, ()), f"{where}: {missing:#x}"
    assert compared >= min(3, len(tuple(device.REGISTERS)))


def test_interrupt_numbers_agree_with_the_svd() -> None:
    from emojicam.virtual_h7.devices import dcmi, dma, flash, i2c, otg_fs

    text = svd.interrupts()
    assert text["DCMI"] == dcmi._IRQ
    assert [text[f"DMA2_STR{n}"] for n in range(8)] == list(dma._IRQS)
    assert text["FLASH"] == flash._IRQ
    assert (text["I2C1_EV"], text["I2C1_ER"]) == (i2c._EVENT_IRQ, i2c._ERROR_IRQ)
    assert text["OTG_FS"] == otg_fs._IRQ
