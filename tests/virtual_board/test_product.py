"""The HEX that is flashed, on the virtual OpenMV Cam H7: from the camera's pins to the USB host."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tests_brightness
from emojicam import config, image, paths
from emojicam.frames import SourceFrame
from emojicam.image.fit import fit
from emojicam.keyboard import decode
from emojicam.link.session import Session
from emojicam.live.answers import in_the_mirror_too
from emojicam.model.oracle import LiteRt
from emojicam.usb import check
from emojicam.usb.host import Host
from emojicam.virtual_h7 import UsbScript, VirtualBoard
from emojicam.virtual_h7.transport import VirtualTransport
from tests_demo_clip import hurried

pytestmark = pytest.mark.virtual_board


def boot(product: Path, settings: config.Settings, camera: str = "ov7725") -> tuple[VirtualBoard, Session]:
    board = VirtualBoard(camera)
    board.load_hex(product)
    session = Session(VirtualTransport(board), settings.keyboard.host, settings.keyboard.layout)
    session.start()
    return board, session


def pictures(count: int) -> Iterator[SourceFrame]:
    """Smooth random pictures at the camera's own size."""
    chance = np.random.default_rng(7)
    for n in range(count):
        coarse = chance.integers(0, 256, (6, 8), dtype=np.uint8)
        yield SourceFrame(f"picture {n}", np.kron(coarse, np.ones((40, 40), np.uint8)), None)


def test_it_is_a_keyboard_with_a_serial_port_and_the_chips_number(product: Path, settings: config.Settings) -> None:
    board, session = boot(product, settings)
    assert session.hello is not None and session.hello.board == "openmv_h7"
    assert board.usb.configuration is not None
    assert [i.kind[0] for i in board.usb.configuration.interfaces] == [3, 2, 10]
    assert board.usb.identity.serial == "0102030405060708090A0B0C"
    assert board.soc.resets == ["power"]
    assert board.soc.iwdg1.running


@pytest.mark.parametrize(("camera", "reset_after"), [("ov7725", 0.0), ("ov7725", 0.064), ("mt9m114", 0.03)])
def test_scores_are_litert_s_for_the_frames_that_the_camera_took(
    product: Path, settings: config.Settings, camera: str, reset_after: float
) -> None:
    """And a frame's turn is that of the board's own clock, which begins anew with a reset."""
    board = VirtualBoard(camera)
    board.load_hex(product)
    if reset_after:
        board.run_for(reset_after)
        board.reset()
    session = Session(VirtualTransport(board), settings.keyboard.host, settings.keyboard.layout)
    session.start()
    oracle = LiteRt((paths.project_root() / settings.model.file).read_bytes())
    results = list(session.run(in_the_mirror_too(pictures(2)), rate=25))
    for result in results:
        assert result.error == ""
        seen = image.prepare(result.source.pixels, crop_permille=round(1000 * settings.camera.crop))
        turned = image.mirrored(seen) if result.frame % 2 else seen
        expected = oracle.run(image.as_int8(turned)[None, :, :, None])
        assert result.scores == expected.ravel().tolist()


def test_a_picture_of_another_shape_shows_its_centred_square() -> None:
    square = np.arange(96 * 96, dtype=np.uint32).reshape(96, 96) % 251
    seen = fit(square.astype(np.uint8))
    assert seen.shape == (240, 320)
    assert np.array_equal(seen[:, 0], seen[:, 39])  # the edge, repeated
    unchanged = np.zeros((240, 320, 3), np.uint8)
    assert fit(unchanged) is unchanged
    tall = np.zeros((400, 100, 3), np.uint8)
    tall[150:250] = 200
    assert fit(tall)[5:-5].min() == 200  # but for the edge, which is interpolated


def test_what_fires_is_typed_and_no_key_stays_down_over_a_bus_reset(
    photometer: Path, settings: config.Settings
) -> None:
    board, session = boot(photometer, settings)
    results = list(session.run(tests_brightness.held(20), 25))
    typed = [result.typed for result in results if result.typed]
    assert typed == [gesture.emoji for gesture in settings.gesture if gesture.name == tests_brightness.GESTURE]
    assert not any(session.reports[-1])
    # The host's own account of it is the same.
    assert decode(session.reports, settings.keyboard.host, settings.keyboard.layout).text == session.typed

    script = UsbScript(board.clock, board.usb)
    script.at_report(3, "reset")
    before = len(session.reports)
    list(session.run([SourceFrame("brighter", np.full((240, 320), 235, np.uint8), None)] * 20, 25))
    assert script.done
    # What was going on is void: the first report after it lets go of everything.
    assert not any(session.reports[before:][3])
    assert not any(session.reports[-1])


def test_requests_towards_the_host_without_data_are_done(product: Path) -> None:
    """USB 2.0, 9.3.1: with a length of 0 there is no data stage, whatever the direction bit says."""
    board = VirtualBoard()
    board.load_hex(product)
    board.power_on()
    configuration = board.usb.enumerate()
    keyboard = configuration.of_class(3)
    assert keyboard is not None
    for request_type, request, value in ((0xA1, 0x0A, 0), (0xA1, 0x0B, 0), (0x80, 0x01, 1), (0x80, 0x09, 1)):
        assert board.usb.control(request_type, request, value, keyboard.number) == b""
    board.usb.wait(0.002)
    assert board.usb.get_protocol() == 0
    board.usb.reset()
    board.usb.wait(0.022)
    board.usb.control(0x80, 0x05, 17)
    board.usb.wait(0.002)
    assert board.soc.otg.bus_address == 17


def test_its_usb_passes_the_checks_of_the_other_boards(product: Path) -> None:
    board = VirtualBoard("ov7725")
    board.load_hex(product)
    assert check.check(Host(board.usb.connect())) == []


@pytest.mark.parametrize("camera", ["ov7725", pytest.param("mt9m114", marks=pytest.mark.slow)])
def test_every_gesture_s_emoji_comes_out_at_the_computer(product: Path, settings: config.Settings, camera: str) -> None:
    _, session = boot(product, settings, camera)
    fired = [
        settings.gesture[result.decision].emoji
        for result in session.run(hurried(settings), rate=25)
        if result.fired and not result.error
    ]
    assert set(fired) == {gesture.emoji for gesture in settings.gesture[1:]}
    assert session.typed == "".join(str(emoji) for emoji in fired)
