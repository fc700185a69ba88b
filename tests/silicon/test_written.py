"""No register that the drivers write, of the peripherals that tables of facts are about, is without a fact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.devices import flash
from emojicam.virtual_h7.registers import Peripheral
from silicon.conftest import Boot
from silicon.table import table
from virtual_board import svd

pytestmark = pytest.mark.virtual_board

#: OTG is TinyUSB's, which runs on this chip; of GPIO, pins are facts. Both have tables of their own.
_DEVICES = ("rcc", "pwr", "syscfg", "flash", "i2c1", "tim1", "dcmi", "dma2", "dmamux1", "iwdg1", "dbgmcu", "axi")
_ELSEWHERE = {"axi.TARG7_FN_MOD"}  # the table erratum of chip.toml


class Written:
    """Keeps: "device.REGISTER" -> what has been written, in order."""

    def __init__(self) -> None:
        self.values: dict[str, list[int]] = {}

    def listen(self, board: VirtualBoard) -> None:
        for name in _DEVICES:
            self._listen_to(name, getattr(board.soc, name))

    def _listen_to(self, name: str, device: Peripheral) -> None:
        write = device.write

        def noted(offset: int, size: int, value: int) -> None:
            self.values.setdefault(f"{name}.{device.by_offset[offset & ~3].name}", []).append(value)
            write(offset, size, value)

        device.write = noted  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def written(boot: Boot) -> Written:
    """By a start, a camera of either kind and its frames, the settings' sectors, the watchdog."""
    found = Written()
    for sensor, revision in (("ov7725", "V"), ("mt9m114", "Y")):
        m = boot(sensor, revision=revision)
        found.listen(m.board)
        m.board.reset()
        m.board.run_for(0.05)
        m.wait_started()
        m.board.show(np.zeros((240, 320), np.uint8))
        assert m.call("camera_start") == ""
        m.board.run_for(0.2)
        for command, argument in (("watchdog", 2000), ("feed", 0), ("store_erase", 0), ("store_write", 0)):
            assert m.call(command, argument) == ""
        assert m.call("store_read") == ""
    return found


def test_every_register_that_is_written_has_its_facts(written: Written) -> None:
    known = set(_ELSEWHERE)
    for name in ("camera", "usb", "written", "plain"):
        known |= {row["register"] for row in table("peripherals", name)}
    assert len(written.values) > 30
    assert set(written.values) - known == set()


@pytest.mark.parametrize("row", table("peripherals", "written"), ids=lambda row: row["register"])
def test_flags_are_those_that_are_meant(written: Written, row: dict[str, Any]) -> None:
    values = written.values[row["register"]]
    fields = svd.fields(row["device"], row["file"], writable=True)
    ours = {name for name, field in fields.items() if any(field.of(value) for value in values)}
    # What the chip sets in the same register comes back with what was read from it.
    assert {name for name in ours if not name.endswith(("rdy", "rstf"))} == set(row["fields"])


def test_flash_keys(written: Written) -> None:
    # ST's stm32h7xx_hal_flash.h has them as FLASH_KEY1 and FLASH_KEY2.
    keys = [0x45670123, 0xCDEF89AB]
    assert list(flash.KEYS) == keys
    values = written.values["flash.KEYR2"]
    assert values == keys * (len(values) // 2)
