"""What was begun on the bus and never ended: a chip keeps it, and the next transfer must not wait behind it.

That a reset of the bus leaves EPENA, and SETUP the FIFO of endpoint 0, was seen on chips (TinyUSB's #2607, Zephyr's
#88642).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam.link import Decoder, Received, encode
from emojicam.usb import descriptors as d
from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.devices import otg_registers as r
from virtual_board import svd

pytestmark = pytest.mark.virtual_board

_GET_DESCRIPTOR = (0x80, 6)


@pytest.fixture
def board(photometer: Path) -> VirtualBoard:
    board = VirtualBoard("mt9m114")
    board.load_hex(photometer)
    board.usb.enumerate()
    board.usb.cdc_open()
    return board


def _hear(board: VirtualBoard, seconds: float) -> Iterator[Received]:
    decoder = Decoder()
    end = board.clock.now + cycles(seconds)
    while board.clock.now < end:
        board.run_for(0.001)
        yield from decoder.feed(board.usb.cdc_read())


def test_a_line_of_the_log_that_a_bus_reset_overtakes_blocks_nothing(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert board.camera is not None
    board.run_for(0.2)
    board.camera.silent = True
    board.camera.update()
    otg, bus = board.soc.otg, board.soc.i2c1
    # The firmware starts its sensor again, which takes it a while, and then says so: to a bus that has been reset.
    assert board.run_until(lambda: bool(bus.values["ISR"] >> 15 & 1), 1.0)
    board.usb.reset()
    begun = board.run_until(
        lambda: bool(otg.values["DIEPCTL3"] & r.EPENA and not otg.values["DIEPCTL3"] & r.USBAEP), 1.0
    )
    assert begun, "nothing was begun between the reset and its event: this test shows nothing"
    monkeypatch.setattr(board.usb, "reset", lambda: None)  # it has been: a second one would tidy up
    board.usb.enumerate()
    assert not otg.values["DIEPCTL3"] & r.EPENA, "what was begun before is what the computer would be sent first"
    board.usb.cdc_open()
    board.usb.cdc_write(encode("HelloRequest"))
    assert "Hello" in [message.name for message in _hear(board, 0.5)]


def test_an_answer_that_the_computer_never_fetched_is_not_taken_for_the_next_one(board: VirtualBoard) -> None:
    whole = board.usb.control(*_GET_DESCRIPTOR, d.DEVICE << 8, length=18)
    given_up = bytes([*_GET_DESCRIPTOR, 0, d.CONFIGURATION, 0, 0, 64, 0])
    for _ in range(3):
        assert board.soc.otg.setup(given_up) == "ACK"
        board.run_for(0.002)
        assert board.soc.otg.values["DIEPCTL0"] & r.EPENA, "there was no answer to leave"
    assert board.usb.control(*_GET_DESCRIPTOR, d.DEVICE << 8, length=18) == whole


def test_what_ends_a_transfer_is_where_st_s_register_files_have_it() -> None:
    """The bits that usb_port.cc writes and looks at, and that the virtual core acts on."""
    reset = svd.fields("OTG2_HS_GLOBAL", "grstctl")
    assert [(reset[name].low, reset[name].high) for name in ("txfflsh", "txfnum")] == [(5, 5), (6, 10)]
    control, events = (svd.fields("OTG2_HS_DEVICE", name) for name in ("diep0/ctl", "diep0/int"))
    assert {name: control[name].low for name in ("usbaep", "snak", "epdis", "epena")} == {
        "usbaep": 15, "snak": 27, "epdis": 30, "epena": 31,
    }  # fmt: skip
    assert [1 << control[name].low for name in ("usbaep", "snak", "epdis", "epena")] == [
        r.USBAEP, r.SNAK, r.EPDIS, r.EPENA,
    ]  # fmt: skip
    assert [1 << events[name].low for name in ("epdisd", "inepne")] == [r.EPDISD, r.INEPNE] == [1 << 1, 1 << 6]
