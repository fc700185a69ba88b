"""What the drivers set the chip's peripherals to, and what its virtual ones say, against the names of ST's SVD
files (the crate stm32h7) and the settings of boards that run: driver and virtual board alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.devices import iwdg
from emojicam.virtual_h7.registers import Peripheral
from silicon.conftest import Boot
from silicon.table import table
from virtual_board import svd
from virtual_board.mailbox import CAUSES, Mailbox

pytestmark = pytest.mark.virtual_board

_WATCHDOG_MS = 2000


@pytest.fixture(scope="module")
def capturing(boot: Boot) -> Mailbox:
    m = boot("ov7725")
    assert m.call("camera_start") == ""
    assert m.call("watchdog", _WATCHDOG_MS) == ""
    # The first frame is being waited for or comes in.
    return m


@pytest.fixture(scope="module")
def enumerated(photometer: Path) -> VirtualBoard:
    board = VirtualBoard()
    board.load_hex(photometer)
    board.usb.enumerate()
    board.run_for(0.1)
    return board


def field_of(row: dict[str, Any]) -> svd.Field:
    return svd.fields(row["device"], row["file"])[row["field"]]


def offset_of(peripheral: Peripheral, register: str) -> int:
    return next(r.offset for r in peripheral.REGISTERS if r.name == register)


def register_of(board: VirtualBoard, row: dict[str, Any]) -> int:
    device, register = row["register"].split(".")
    peripheral: Peripheral = getattr(board.soc, device)
    return peripheral.read(offset_of(peripheral, register), 4)


def differences(board: VirtualBoard, rows: list[dict[str, Any]]) -> list[str]:
    wrong = []
    for row in rows:
        field = field_of(row)
        wanted = field.codes[row["code"]] if "code" in row else row["value"]
        found = field.of(register_of(board, row))
        if found != wanted:
            wrong.append(f"{row['register']}.{row['field']} is {found}, by {row['origin']} {wanted}")
    return wrong


def test_chip_and_camera_are_set_as_on_boards_that_run(capturing: Mailbox) -> None:
    assert not differences(capturing.board, table("peripherals", "camera"))


def test_usb_is_set_as_on_boards_that_run(enumerated: VirtualBoard) -> None:
    assert not differences(enumerated, table("peripherals", "usb"))


def test_each_pin_has_the_function_of_its_signal(enumerated: VirtualBoard, capturing: Mailbox) -> None:
    alternate = 2  # RM0433 11.4.1
    wrong = []
    for row in table("peripherals", "pin"):
        board = enumerated if row["signal"].startswith("OTG") else capturing.board
        letter, number = row["pin"][0], int(row["pin"][1:])
        values = board.soc.gpio[letter].values
        function = values["AFRL" if number < 8 else "AFRH"] >> 4 * (number & 7) & 15
        if (values["MODER"] >> 2 * number & 3, function) != (alternate, row["function"]):
            wrong.append(f"{row['pin']} {row['signal']}: {function}")
    assert not wrong


def test_i2c_keeps_the_times_of_standard_mode(capturing: Mailbox) -> None:
    (bus,) = table("peripherals", "bus")
    fields = svd.fields("I2C1", "timingr")
    timing = capturing.board.soc.i2c1.values["TIMINGR"]
    tick_us = (fields["presc"].of(timing) + 1) / (capturing.board.soc.rcc.core_frequency() / 4e6)
    low_us = (fields["scll"].of(timing) + 1) * tick_us
    high_us = (fields["sclh"].of(timing) + 1) * tick_us
    assert low_us >= bus["low_us"] and high_us >= bus["high_us"]
    # Two edges and the synchronisation with either come on top. (RM0433 47.4.10)
    assert 0.8 < (low_us + high_us) * bus["hertz"] / 1e6 < 1


class Seen:
    """Bits that have been read as 1, of one register."""

    def __init__(self, board: VirtualBoard, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        self.bits = 0
        device, register = row["register"].split(".")
        peripheral: Peripheral = getattr(board.soc, device)
        offset, read = offset_of(peripheral, register), peripheral.read

        def noted(at: int, size: int) -> int:
            value = read(at, size)
            if at == offset:
                self.bits |= value
            return value

        monkeypatch.setattr(peripheral, "read", noted)


def go_wrong(m: Mailbox, fault: str) -> bool:
    """Lets this happen; whether the driver has taken notice."""
    soc, camera = m.board.soc, m.board.camera
    assert camera is not None
    match fault:
        case "sensor not there":
            camera.absent = True
            return m.call("camera_start") == "sensor_absent"
        case "arbitration lost":
            soc.i2c1.lose_arbitration = True
            return m.call("camera_start") == "i2c_bus"
        case "bus error":
            soc.i2c1.bus_errors = 3
            return m.call("camera_start") == ""
    m.board.show(np.zeros((240, 320), np.uint8))
    assert m.call("camera_start") == ""
    if fault == "overrun":
        soc.dcmi.overrun_next = True
    else:
        soc.dma2.fail_next = True
    m.board.run_for(0.3)
    m.call("camera_take")
    return m.counters["overruns" if fault == "overrun" else "dma_errors"] == 1


@pytest.mark.parametrize("row", table("peripherals", "flag"), ids=lambda row: row["field"])
def test_each_flag_is_where_it_belongs(boot: Boot, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    # An MT9M114 is asked for first: who else is there does not answer at its address.
    sound, m = boot("mt9m114"), boot("mt9m114")
    quiet, seen = Seen(sound.board, row, monkeypatch), Seen(m.board, row, monkeypatch)
    sound.board.show(np.zeros((240, 320), np.uint8))
    assert sound.call("camera_start") == ""
    sound.board.run_for(0.1)
    assert not field_of(row).of(quiet.bits)
    assert go_wrong(m, row["fault"])
    assert field_of(row).of(seen.bits)


@pytest.mark.parametrize("row", table("peripherals", "reset"), ids=lambda row: row["cause"])
def test_each_cause_of_a_reset_has_its_flags(boot: Boot, row: dict[str, Any]) -> None:
    soc = boot(None).board.soc
    soc.rcc.system_reset(row["cause"])
    flags = soc.rcc.values["RSR"]
    found = {name for name, field in svd.fields("RCC", "rsr").items() if field.of(flags)}
    assert found - {"cpurstf", "d1rstf", "d2rstf"} == set(row["set"])


@pytest.mark.parametrize("row", table("peripherals", "reset"), ids=lambda row: row["cause"])
def test_the_driver_names_the_cause(boot: Boot, row: dict[str, Any]) -> None:
    m = boot(None)
    if row["cause"] == "power":
        assert CAUSES[m.cause] == "power"
        return
    # By the flags alone, as the crate places them, and whoever sets them.
    bits = sum(1 << svd.fields("RCC", "rsr")[name].low for name in row["set"])
    m.board.soc.rcc.values["RSR"] = bits
    m.board.soc.on_system_reset(row["cause"])
    m.wait_started()
    assert CAUSES[m.cause] == row["cause"]


def test_the_watchdogs_keys(capturing: Mailbox) -> None:
    codes = svd.fields("IWDG", "kr")["key"].codes
    keys = {"start": iwdg.START, "reload": iwdg.RELOAD, "unlock": iwdg.UNLOCK}
    assert keys == {row["what"]: codes[row["code"]] for row in table("peripherals", "key")}
    assert capturing.board.soc.iwdg1.running


def test_an_erase_is_of_the_sector_that_was_meant(boot: Boot) -> None:
    m = boot(None)
    flash = m.board.soc.flash
    m.post("store_erase")
    m.board.run_for(0.002)
    fields = svd.fields("FLASH", "bank/cr")
    found = {row["field"]: fields[row["field"]].of(flash.values["CR2"]) for row in table("peripherals", "erase")}
    assert found == {row["field"]: row["value"] for row in table("peripherals", "erase")}
    assert svd.fields("FLASH", "bank/sr")["qw"].of(flash.read(0x110, 4))
