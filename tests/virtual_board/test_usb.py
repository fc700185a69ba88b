"""The USB side: TinyUSB's own dwc2 driver on the emulated core, and a host that talks to it."""

from pathlib import Path

import pytest

from emojicam import third_party
from emojicam.usb.errors import Stalled
from emojicam.usb.trace import Trace
from emojicam.virtual_h7 import UsbError, UsbScript, VirtualBoard
from virtual_board.support import FIXTURES, RESULTS, compile_fixture, results

pytestmark = pytest.mark.virtual_board

_SOURCES = (
    "tusb.c",
    "common/tusb_fifo.c",
    "device/usbd.c",
    "device/usbd_control.c",
    "class/hid/hid_device.c",
    "class/cdc/cdc_device.c",
    "portable/synopsys/dwc2/dcd_dwc2.c",
    "portable/synopsys/dwc2/dwc2_common.c",
)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = third_party.ensure(["tinyusb"])["tinyusb"] / "src"
    return compile_fixture(
        "usb_keyboard",
        tmp_path_factory.mktemp("usb"),
        sources=[source / name for name in _SOURCES],
        flags=[
            "-I",
            str(source),
            "-I",
            str(FIXTURES / "tinyusb"),
            "-ffunction-sections",
            "-Wl,--gc-sections",
            "-Wno-error",
            "-lc",
            "--specs=nano.specs",
        ],
    )


@pytest.fixture
def board(image: Path) -> VirtualBoard:
    board = VirtualBoard()
    board.load_hex(image)
    board.power_on()
    board.write(RESULTS, bytes(4 * 65))
    return board


def type_keys(board: VirtualBoard, count: int) -> None:
    board.write(RESULTS + 4 * 7, count.to_bytes(4, "little"))


def test_enumerates_and_tells_what_it_is(board: VirtualBoard) -> None:
    configuration = board.usb.enumerate()
    identity = board.usb.identity
    assert (identity.device.vendor, identity.device.product) == (0x1209, 0x0001)
    assert (identity.manufacturer, identity.product, identity.serial) == ("emojicam", "fixture keyboard", "0123")
    assert [i.kind[0] for i in configuration.interfaces] == [3, 2, 10]
    keyboard = configuration.of_class(3)
    assert keyboard is not None
    assert board.usb.report_descriptors[keyboard.number].startswith(b"\x05\x01\x09\x06")
    assert results(board, 4)[3] == 1


def test_what_they_say_to_each_other_can_be_watched(board: VirtualBoard) -> None:
    lines: list[str] = []
    board.usb.observer = Trace(lines.append)
    board.usb.enumerate()
    type_keys(board, 2)
    board.run_for(0.1)
    assert lines[0] == "reset"
    assert "0.0 SETUP GET_DESCRIPTOR device, 8 bytes" in lines
    assert any(line.endswith("SETUP SET_CONFIGURATION 0x0001") for line in lines)
    with pytest.raises(Stalled):
        board.usb.control(0xC0, 0x77, length=4)
    assert any("request 0x77" in line for line in lines) and any(line.endswith("STALL") for line in lines)
    typed = [line.partition("IN    ")[2] for line in lines if ".1 IN" in line]
    assert typed == ["00 00 04 00 00 00 00 00  A", "00 00 00 00 00 00 00 00  all up"]


def test_reports_come_in_order_at_the_interval(board: VirtualBoard) -> None:
    board.usb.enumerate()
    type_keys(board, 8)
    board.run_for(0.12)
    assert [r.data[2] for r in board.usb.reports] == [4, 0, 5, 0, 6, 0, 7, 0]
    gaps = {later.time - earlier.time for earlier, later in zip(board.usb.reports, board.usb.reports[1:], strict=False)}
    assert gaps == {10 * 480_000}


def test_led_output_report_and_boot_protocol(board: VirtualBoard) -> None:
    board.usb.enumerate()
    board.usb.set_leds(0b010)
    assert results(board, 1) == [0x102]
    assert board.usb.get_protocol() == 1
    board.usb.set_protocol(0)
    assert board.usb.get_protocol() == 0


def test_cdc_bytes_go_both_ways_in_packets(board: VirtualBoard) -> None:
    board.usb.enumerate()
    board.usb.cdc_open()
    message = b"abcdefghijklmnopqrstuvwxyz" * 8
    board.usb.cdc_write(message)
    board.run_for(0.02)
    assert board.usb.cdc_read() == message.upper()


def test_unknown_request_stalls_and_the_next_one_works(board: VirtualBoard) -> None:
    board.usb.enumerate()
    with pytest.raises(Stalled):
        board.usb.control(0xC0, 0x77, length=4)
    assert board.usb.get_protocol() == 1


def test_suspend_resume_and_remote_wakeup(board: VirtualBoard) -> None:
    board.usb.enumerate()
    board.usb.allow_remote_wakeup()
    board.usb.suspend()
    board.run_for(0.01)
    assert results(board, 3)[1:] == [3, 0]
    board.usb.resume()
    board.run_for(0.005)
    assert results(board, 3)[2] == 1
    board.write(RESULTS + 4 * 6, b"\x01\x00\x00\x00")
    board.usb.suspend()
    board.run_for(0.06)
    assert board.usb.remote_wakeups == 1
    assert results(board, 3)[2] == 2


def test_reset_and_replug_in_the_middle_of_typing(board: VirtualBoard) -> None:
    board.usb.enumerate()
    script = UsbScript(board.clock, board.usb)
    script.at_report(3, "reset")
    type_keys(board, 6)
    board.run_for(0.1)
    assert [action for _, action in script.done] == ["reset"]
    assert len(board.usb.take_reports()) == 3
    board.usb.enumerate()
    board.run_for(0.1)
    assert [data[2] for data in board.usb.take_reports()][-2:] == [6, 0]
    assert results(board, 4)[3] == 2
    board.usb.unplug()
    board.run_for(0.02)
    board.usb.enumerate()
    assert results(board, 4)[3] == 3


def test_a_device_without_clock_says_why_it_does_not_attach(tmp_path: Path) -> None:
    board = VirtualBoard()
    board.load_hex(compile_fixture("devices", tmp_path, flags=["-DMODE=3"]))
    with pytest.raises(UsbError, match=r"RCC_AHB1ENR\.USB2OTGEN"):
        board.usb.wait_attached(0.01)
