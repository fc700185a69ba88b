"""RCC: reset and clock control (section 8)."""

from __future__ import annotations

from emojicam.virtual_h7.devices.dbgmcu import Dbgmcu
from emojicam.virtual_h7.devices.flash import Flash
from emojicam.virtual_h7.devices.pwr import Pwr
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

_HSE = 16
# CR: (enable bit, ready bit). What works is ready at once: waits are the firmware's to have.
_OSCILLATORS = ((0, 2), (7, 8), (12, 13), (16, 17), (24, 25), (26, 27), (28, 29))
_ENABLES = (
    ("AHB3ENR", 0x0D4, 0x0001_5031),
    ("AHB1ENR", 0x0D8, 0x1E03_8023),
    ("AHB2ENR", 0x0DC, 0xE000_0271),
    ("AHB4ENR", 0x0E0, 0x1328_07FF),
    ("APB3ENR", 0x0E4, 0x0000_0048),
    ("APB1LENR", 0x0E8, 0xE8FF_C3FF),
    ("APB1HENR", 0x0EC, 0x0000_0136),
    ("APB2ENR", 0x0F0, 0x31D7_3033),
    ("APB4ENR", 0x0F4, 0x0021_DEAA),
)
_LOW_POWER = (
    ("AHB3LPENR", 0x0FC, 0xF001_5131),
    ("AHB1LPENR", 0x100, 0x1E03_8023),
    ("AHB2LPENR", 0x104, 0xE000_0271),
    ("AHB4LPENR", 0x108, 0x3128_07FF),
    ("APB3LPENR", 0x10C, 0x0000_0048),
    ("APB1LLPENR", 0x110, 0xE8FF_C3FF),
    ("APB1HLPENR", 0x114, 0x0000_0136),
    ("APB2LPENR", 0x118, 0x31D7_3033),
    ("APB4LPENR", 0x11C, 0x0021_DEAA),
)
_RESETS = (
    ("AHB3RSTR", 0x07C, 0x8001_5031),
    ("AHB1RSTR", 0x080, 0x0A00_8023),
    ("AHB2RSTR", 0x084, 0x0000_0271),
    ("AHB4RSTR", 0x088, 0x0328_07FF),
    ("APB3RSTR", 0x08C, 0x0000_0008),
    ("APB1LRSTR", 0x090, 0xE8FF_C3FF),
    ("APB1HRSTR", 0x094, 0x0000_0136),
    ("APB2RSTR", 0x098, 0x31D7_3033),
    ("APB4RSTR", 0x09C, 0x0020_DEAA),
)

#: RSR flags after each cause (section 8.4.4, table 58).
RESET_FLAGS = {
    "power": bits(17, 19, 20, 21, 22, 23),
    "pin": bits(17, 22),
    "software": bits(17, 22, 24),
    "watchdog": bits(17, 22, 26),
}


class Rcc(Peripheral):
    NAME, BASE = "RCC", 0x5802_4400
    REGISTERS = (
        Register(0x00, "CR", 0x0000_0083, bits(0, 1, (3, 4), 7, 9, 12, 16, 18, 19, 24, 26, 28), section="8.7.2"),
        Register(0x08, "CRRCR", 0x0000_0200, section="8.7.4"),
        Register(0x10, "CFGR", 0, bits((0, 2), 6, 7, (8, 15), (18, 31)), section="8.7.6"),
        Register(0x18, "D1CFGR", 0, bits((0, 6), (8, 11)), section="8.7.7"),
        Register(0x1C, "D2CFGR", 0, bits((4, 6), (8, 10)), section="8.7.8"),
        Register(0x20, "D3CFGR", 0, bits((4, 6)), section="8.7.9"),
        Register(0x28, "PLLCKSELR", 0x0202_0200, bits((0, 1), (4, 9), (12, 17), (20, 25)), section="8.7.10"),
        Register(0x2C, "PLLCFGR", 0x01FF_0000, bits((0, 11), (16, 24)), section="8.7.11"),
        Register(0x30, "PLL1DIVR", 0x0101_0280, bits((0, 22), (24, 30)), section="8.7.12"),
        Register(0x34, "PLL1FRACR", 0, bits((3, 15)), section="8.7.13"),
        Register(0x38, "PLL2DIVR", 0x0101_0280, bits((0, 22), (24, 30)), section="8.7.14"),
        Register(0x40, "PLL3DIVR", 0x0101_0280, bits((0, 22), (24, 30)), section="8.7.16"),
        Register(0x4C, "D1CCIPR", 0, bits((0, 1), (4, 5), 16, (28, 29)), section="8.7.18"),
        Register(
            0x50,
            "D2CCIP1R",
            0,
            bits((0, 2), (6, 8), (12, 14), (16, 18), (20, 21), 24, (28, 29), 31),
            section="8.7.19",
        ),
        Register(0x54, "D2CCIP2R", 0, bits((0, 5), (8, 9), (12, 13), (20, 23), (28, 30)), section="8.7.20"),
        Register(0x58, "D3CCIPR", 0, bits((0, 2), (8, 17), (21, 26), (28, 30)), section="8.7.21"),
        Register(0x60, "CIER", 0, bits((0, 9)), section="8.7.22"),
        Register(0x64, "CIFR", 0, section="8.7.23"),
        Register(0x68, "CICR", 0, section="8.7.24"),
        Register(0x74, "CSR", 0, bits(0), section="8.7.26"),
        Register(0xD0, "RSR", RESET_FLAGS["power"], section="8.7.39"),
        *(Register(offset, name, 0, mask, section="8.7.27") for name, offset, mask in _RESETS),
        *(Register(offset, name, 0, mask, section="8.7.40") for name, offset, mask in _ENABLES),
        *(Register(offset, name, mask, mask, section="8.7.49") for name, offset, mask in _LOW_POWER),
    )

    #: What is at OSC_IN: a crystal, or somebody else's clock.
    hse_hz = 12e6
    hse_is_crystal = True
    #: A fault to inject: the crystal does not swing.
    hse_broken = False
    _pll_source = 0
    #: CR before the last write. What a bootloader has switched on is its own affair.
    _running = 0

    def __init__(self, core: Surroundings, dbgmcu: Dbgmcu, flash: Flash, pwr: Pwr) -> None:
        super().__init__(core)
        self._dbgmcu = dbgmcu
        self._flash = flash
        self._pwr = pwr

    def system_reset(self, cause: str) -> None:
        """Reset everything but the reset flags, which add up until software clears them."""
        flags = 0 if cause == "power" else self.values["RSR"]
        self.reset()
        self._pll_source = self._running = 0
        self.values["RSR"] = flags | RESET_FLAGS[cause]

    def bootloader_state(self) -> None:
        """What OpenMV's bootloader leaves: HSE, HSI48 and CSI on, the core on PLL1, PLL2 and PLL3 on as well
        (openmv/openmv, boards/OPENMV4/board_config.h)."""
        self.values.update(
            CR=self.values["CR"] | bits(7, 12, 16, 24, 26, 28),
            PLLCKSELR=3 << 20 | 3 << 12 | 3 << 4 | 2,
            PLLCFGR=bits((16, 24)) | 2 << 10 | 2 << 6 | 2 << 2,
            PLL1DIVR=1 << 24 | 19 << 16 | 1 << 9 | 239,
            PLL2DIVR=1 << 24 | 1 << 16 | 1 << 9 | 99,
            PLL3DIVR=1 << 24 | 1 << 16 | 1 << 9 | 79,
            CFGR=3,
            D1CFGR=4 << 4 | 8,
            D2CFGR=4 << 8 | 4 << 4,
            D3CFGR=4 << 4,
            D2CCIP2R=3 << 20,
        )
        self._pll_source, self._running = 2, self.values["CR"]

    def read_CR(self) -> int:
        value = self.values["CR"]
        for enable, ready in _OSCILLATORS:
            if enable != _HSE or self._hse_works():
                value |= (value >> enable & 1) << ready
        return value | bits(14, 15)  # domain clocks are always ready

    def _hse_works(self) -> bool:
        """A clock from outside needs the bypass, a crystal the oscillator (8.5.2)."""
        return not self.hse_broken and bool(self.values["CR"] >> 18 & 1) != self.hse_is_crystal

    def write_CR(self, _: int) -> None:
        value, source = self.values["CR"], self.values["PLLCKSELR"] & 3
        if value >> 24 & 1 and source == 2 and not value >> 16 & 1:
            raise BoardError("PLL1 is switched on from HSE while HSE is off", "set RCC_CR.HSEON and wait for HSERDY")
        if self.values["CFGR"] & 7 == 3 and not value >> 24 & 1:
            raise BoardError("PLL1 is switched off while it is the system clock", "switch RCC_CFGR.SW away first")
        most = 960e6 if self._dbgmcu.late else 836e6
        for n in (1, 2, 3):
            if (value & ~self._running) >> (22 + 2 * n) & 1 and self.vco(n) > most:
                raise BoardError(
                    f"PLL{n}'s VCO runs at {self.vco(n) / 1e6:.0f} MHz; this revision allows {most / 1e6:.0f} MHz",
                    "480 MHz take revision V (DBGMCU_IDC.REV_ID 0x2003)",
                )
        self._running = value

    def write_PLLCKSELR(self, value: int) -> None:
        if value & 3 != self._pll_source and self.values["CR"] & bits(24, 26, 28):
            raise BoardError(
                "PLLSRC is changed while a PLL is on: the chip ignores it",
                "switch all three off first (8.7.10); a bootloader may have left them on",
            )
        self._pll_source = value & 3

    def read_CFGR(self) -> int:
        value = self.values["CFGR"]
        return value & ~bits((3, 5)) | (value & 7) << 3  # SWS follows SW

    def write_CFGR(self, _: int) -> None:
        if self.values["CFGR"] & 7 == 3:
            if not self.values["CR"] >> 24 & 1:
                raise BoardError("the system clock is switched to PLL1 while PLL1 is off")
            self._check_speed()

    def read_CSR(self) -> int:
        return self.values["CSR"] | (self.values["CSR"] & 1) << 1

    def write_RSR(self, value: int) -> None:
        if value >> 16 & 1:  # RMVF
            self.values["RSR"] = 0

    def core_frequency(self) -> float:
        """Hz of the core, as configured (the clock of the emulation runs at 480 MHz regardless)."""
        hsi = 64e6 / (1 << (self.values["CR"] >> 3 & 3))
        match self.values["CFGR"] & 7:
            case 0:
                system = hsi
            case 2:
                system = self.hse_hz
            case 3:
                system = self.vco(1) / ((self.values["PLL1DIVR"] >> 9 & 0x7F) + 1)
            case _:
                system = 4e6
        return system / _prescaler(self.values["D1CFGR"] >> 8 & 0xF)

    def bus_frequency(self) -> float:
        """Hz of AXI and AHB."""
        return self.core_frequency() / _prescaler(self.values["D1CFGR"] & 0xF)

    def apb2_timer_frequency(self) -> float:
        """Hz of the timers on APB2 (table 56, TIMPRE = 0)."""
        divider = self.values["D2CFGR"] >> 8 & 7
        apb = self.bus_frequency() / (1 if divider < 4 else 2 << (divider - 4))
        return apb if divider < 4 else 2 * apb

    def vco(self, n: int) -> float:
        """Hz of PLL n's oscillator, as configured."""
        select = self.values["PLLCKSELR"]
        source = {0: 64e6, 1: 4e6, 2: self.hse_hz}.get(select & 3, 0.0)
        m = select >> (8 * n - 4) & 0x3F
        return source / m * ((self.values[f"PLL{n}DIVR"] & 0x1FF) + 1) if m else 0.0

    def usb_hz(self) -> float:
        """What USB's core is clocked with (D2CCIP2R.USBSEL: off, PLL1's Q, PLL3's Q, HSI48)."""
        control, source = self.values["CR"], self.values["D2CCIP2R"] >> 20 & 3
        if source == 3:
            return 48e6 if control >> 12 & 1 else 0.0
        pll = {1: 1, 2: 3}.get(source)
        if pll is None or not control >> (22 + 2 * pll) & 1 or not self.values["PLLCFGR"] >> (14 + 3 * pll) & 1:
            return 0.0
        return self.vco(pll) / ((self.values[f"PLL{pll}DIVR"] >> 16 & 0x7F) + 1)

    def _check_speed(self) -> None:
        core, bus = self.core_frequency(), self.bus_frequency()
        flash, pwr = self._flash.values["ACR"] & 0xF, self._pwr
        limit = pwr.core_limit()
        if core > limit:
            raise BoardError(
                f"the core is clocked at {core / 1e6:.0f} MHz; the supply allows {limit / 1e6:.0f} MHz",
                "raise PWR_D3CR.VOS (and SYSCFG_PWRCR.ODEN for 480 MHz) before switching",
            )
        needed = pwr.flash_latency(bus)
        if flash < needed:
            raise BoardError(
                f"flash latency is {flash} wait states, {bus / 1e6:.0f} MHz on AXI needs {needed}",
                "set FLASH_ACR.LATENCY before switching (RM0433 table 17)",
            )


def _prescaler(code: int) -> int:
    """HPRE and D1CPRE (8.7.7): 0xxx is 1, then 2, 4, 8, 16, 64, 128, 256, 512."""
    return 1 if code < 8 else (2, 4, 8, 16, 64, 128, 256, 512)[code - 8]
