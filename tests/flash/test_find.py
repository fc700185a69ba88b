"""Which probe or board is used, and what is said when there is none."""

from collections.abc import Callable

import pytest

from emojicam.errors import EmojicamError
from emojicam.flash.find import OPENMV_BOOTLOADER, ST_ROM, Finder, Probe, UsbDevice, _path

BOOTLOADER = UsbDevice(OPENMV_BOOTLOADER, "1-2")
ROM = UsbDevice(ST_ROM, "1-3.1")
MOUSE = UsbDevice((0x046D, 0xC077), "1-1")
PROBE = Probe("066BFF", "STM32 STLink")


class Bench:
    """What is attached over time: a function of the clock, which only sleeping moves."""

    def __init__(self, usb: Callable[[float], list[UsbDevice]], probes: list[Probe] | None = None) -> None:
        self.clock = 0.0
        self.finder = Finder(lambda: usb(self.clock), lambda: probes or [], lambda: self.clock, self.sleep)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.clock += seconds


def bench(usb: list[UsbDevice], probes: list[Probe] | None = None) -> Finder:
    return Bench(lambda now: usb, probes).finder


def test_what_is_surely_the_board_comes_first() -> None:
    assert bench([MOUSE, ROM, BOOTLOADER], [PROBE]).find().name == "OpenMV's bootloader"
    assert bench([MOUSE, ROM], [PROBE]).find().key == "066BFF"
    assert bench([MOUSE, ROM]).find().ids == ST_ROM


def test_via_leaves_out_the_other_way() -> None:
    assert bench([BOOTLOADER], [PROBE]).find("swd").via == "swd"
    assert bench([ROM], [PROBE]).find("dfu").name == "ST's ROM bootloader"


def test_several_that_fit_are_refused_and_listed() -> None:
    probes = [PROBE, Probe("0E0051", "CMSIS-DAP")]
    with pytest.raises(EmojicamError, match=r"066BFF \(STM32 STLink\), 0E0051 \(CMSIS-DAP\)") as refused:
        bench([], probes).find()
    assert "--probe" in refused.value.hint
    assert bench([], probes).find(key="0e00").name == "CMSIS-DAP"
    boards = [BOOTLOADER, UsbDevice(OPENMV_BOOTLOADER, "3-4")]
    assert bench(boards).find("dfu", "3-4").key == "3-4"


@pytest.mark.parametrize(
    ("via", "what", "hint"),
    [
        (None, "no debug probe and no board in DFU mode is attached", "--via dfu --wait 30"),
        ("swd", "no debug probe is attached", "SWD pins"),
        ("dfu", "no board in DFU mode is attached", "--wait 30, and press reset"),
    ],
)
def test_nothing_attached_says_what_to_try(via: str | None, what: str, hint: str) -> None:
    with pytest.raises(EmojicamError, match=what) as refused:
        bench([MOUSE]).find(via)  # type: ignore[arg-type]
    assert hint in refused.value.hint
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("ids", "name"),
    [
        ((0x1209, 0x0001), "runs emojicam"),
        ((0x37C5, 0x1204), "OpenMV's firmware"),
        ((0x1209, 0xABD1), "older"),
    ],
)
def test_a_camera_that_runs_is_named(ids: tuple[int, int], name: str) -> None:
    with pytest.raises(EmojicamError, match=name):
        bench([UsbDevice(ids, "1-1")]).find("dfu")


def test_waiting_finds_the_bootloader_when_it_comes() -> None:
    board = Bench(lambda now: [BOOTLOADER] if 3 <= now < 4.5 else [MOUSE])
    assert board.finder.find("dfu", wait=30).key == "1-2"
    assert 3 <= board.clock < 3.5


def test_waiting_ends() -> None:
    board = Bench(lambda now: [])
    with pytest.raises(EmojicamError, match="no board in DFU mode"):
        board.finder.find("dfu", wait=5)
    assert 5 <= board.clock < 5.5


def test_a_device_that_does_not_fit_is_not_taken() -> None:
    with pytest.raises(EmojicamError, match="attached that fits 9-9"):
        bench([BOOTLOADER], [PROBE]).find(key="9-9")


def test_usb_paths_are_dfu_util_s() -> None:
    assert _path(3, (1, 4, 2)) == "3-1.4.2"
    assert _path(1, None) == "1-0"
