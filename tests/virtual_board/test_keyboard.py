"""What makes the keyboard safe and reachable on the product: button, light, a computer that sleeps, a program that
does not read, a frame that goes out, and what a hang leaves behind.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emojicam import config
from emojicam.keyboard import decode
from emojicam.link import Decoder, Received, encode
from emojicam.link.image import ImageAssembly
from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.campaign import KINDS
from emojicam.virtual_h7.clock import HZ
from emojicam.virtual_h7.faults import Scene
from tests_brightness import GESTURE, bright

pytestmark = pytest.mark.virtual_board

#: Seconds between two frames, and frames of one gesture that make it fire.
PERIOD, ENOUGH = 0.04, 16


class Camera:
    """The product, seeing brightness, with a computer on its USB, its serial port open unless said otherwise."""

    def __init__(self, image: Path, settings: config.Settings, *, serial: bool = True) -> None:
        self.board = VirtualBoard("ov7725")
        self.board.load_hex(image)
        assert self.board.camera is not None
        self.camera = self.board.camera
        self.camera.hold()
        self.settings = settings
        self.gesture = [bright()] * 2 * ENOUGH
        self.decoder = Decoder()
        self.board.usb.enumerate()
        if serial:
            self.board.usb.cdc_open()

    def ask(self, wanted: str, name: str, **fields: object) -> Received:
        """Send a message, and wait for this one."""
        self.board.usb.cdc_write(encode(name, **fields))
        return next(message for message in self.hear(2.0) if message.name == wanted)

    def hear(self, seconds: float, *, read: bool = True) -> Iterator[Received]:
        end = self.board.clock.now + round(seconds * HZ)
        while self.board.clock.now < end:
            self.board.run_for(0.001)
            if read:
                yield from self.decoder.feed(self.board.usb.cdc_read())

    def show(self, pictures: list[np.ndarray], *, read: bool = True, period: float = PERIOD) -> list[Received]:
        heard = []
        for picture in pictures:
            self.camera.feed(picture)
            heard += self.hear(period, read=read)
        return heard

    def nothing(self) -> None:
        """An empty scene, until no gesture is held, and the light that goes with it."""
        self.show([np.full((240, 320), 128, np.uint8)] * ENOUGH)

    def typed(self, seconds: float = 0.6) -> str:
        """What the computer receives in this time."""
        list(self.hear(seconds))
        keyboard = self.settings.keyboard
        result = decode(self.board.usb.take_reports(), keyboard.host, keyboard.layout)
        assert not result.held
        return result.text

    def lights(self) -> dict[str, float]:
        """The share of time for which each LED is on."""
        on = dict.fromkeys(("red", "green", "blue"), 0)
        steps = 160
        for _ in range(steps):
            self.board.run_for(0.001)
            for name in on:
                on[name] += self.board.led(name)
        return {name: count / steps for name, count in on.items()}

    def press(self) -> None:
        self.board.button(True)
        list(self.hear(0.1))
        self.board.button(False)
        list(self.hear(0.1))


@pytest.fixture
def camera(photometer: Path, settings: config.Settings) -> Callable[..., Camera]:
    return lambda **options: Camera(photometer, settings, **options)


def emoji(settings: config.Settings) -> str:
    return str(next(gesture.emoji for gesture in settings.gesture if gesture.name == GESTURE))


def test_button_arms_and_disarms_and_the_light_shows_it(
    camera: Callable[..., Camera], settings: config.Settings
) -> None:
    board = camera()
    assert board.ask("Hello", "HelloRequest").armed == 0
    board.nothing()
    assert board.lights() == {"red": 0, "green": 0, "blue": 0}
    board.show(board.gesture[:ENOUGH])
    assert board.typed() == ""
    weak = board.lights()

    board.nothing()
    board.press()
    assert board.ask("Hello", "HelloRequest").armed == 1
    faint = board.lights()
    assert faint["red"] == faint["green"] == faint["blue"] > 0
    board.show(board.gesture[:ENOUGH])
    assert board.typed() == emoji(settings)
    strong = board.lights()
    assert max(strong.values()) > 4 * max(weak.values()) > 0
    assert max(strong.values()) > 4 * max(faint.values())

    board.nothing()
    board.press()
    assert board.ask("Hello", "HelloRequest").armed == 0
    board.show(board.gesture[:ENOUGH])
    assert board.typed() == ""


def test_button_held_and_arm_over_the_link_are_told(camera: Callable[..., Camera]) -> None:
    board = camera()
    list(board.hear(0.05))
    board.board.button(True)
    told = [message.armed for message in board.hear(1.0) if message.name == "Armed"]
    assert told == [1]
    board.board.button(False)
    assert board.ask("Armed", "Arm", armed=0).armed == 0
    assert board.ask("Hello", "HelloRequest").armed == 0


def test_gesture_wakes_the_computer_and_is_typed_to_it(
    camera: Callable[..., Camera], settings: config.Settings
) -> None:
    board = camera()
    board.ask("Armed", "Arm", armed=1)
    usb = board.board.usb
    usb.allow_remote_wakeup()
    usb.suspend()
    list(board.hear(0.05))
    usb.take_reports()
    board.show(board.gesture[:ENOUGH])
    assert usb.remote_wakeups == 1 and not usb.suspended
    assert board.typed() == emoji(settings)


def test_computer_that_may_not_be_woken_sleeps_on_and_is_typed_nothing_later(camera: Callable[..., Camera]) -> None:
    board = camera()
    board.ask("Armed", "Arm", armed=1)
    usb = board.board.usb
    usb.suspend()
    list(board.hear(0.05))
    usb.take_reports()
    board.show(board.gesture[:ENOUGH])
    assert usb.suspended and usb.remote_wakeups == 0
    list(board.hear(2.5))
    usb.resume()
    assert board.typed() == ""
    assert board.ask("KeyboardCounters", "KeyboardCountersRequest").stale == 1


@pytest.mark.parametrize("serial", [False, True], ids=["port closed", "port open and never read"])
def test_keyboard_types_in_time_for_a_program_that_does_not_read(
    photometer: Path, settings: config.Settings, serial: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Camera(photometer, settings)
    board.ask("Armed", "Arm", armed=1)
    usb = board.board.usb
    if serial:
        # The program is there and takes nothing: the host has no room for more of the endpoint's bytes.
        monkeypatch.setattr(usb, "_poll_bulk", lambda endpoint, budget: None)
    else:
        usb.cdc_close()
    usb.reports.clear()
    for picture in board.gesture[: 2 * ENOUGH]:
        board.camera.feed(picture)
        board.board.run_for(PERIOD)
    board.board.run_for(1.0)
    reports = list(usb.reports)
    keyboard = settings.keyboard
    assert decode([report.data for report in reports], keyboard.host, keyboard.layout).text == emoji(settings)
    # A key that stays down for half a second repeats: none is down for a fifth of that, or one wait for the program
    # and a report's time.
    down = [(after.time - before.time) / HZ for before, after in pairwise(reports) if any(before.data)]
    assert max(down) < 0.15


def test_frame_goes_out_as_the_camera_took_it(camera: Callable[..., Camera]) -> None:
    board = camera()
    picture = np.random.default_rng(3).integers(0, 256, (240, 320)).astype(np.uint8)
    board.board.usb.cdc_write(encode("ImageRequest"))
    list(board.hear(0.01))
    assembly = ImageAssembly()
    images = []
    done = []
    for message in board.show([picture, *board.gesture[:14]], period=2 * PERIOD):
        if message.name in ("ImageBegin", "ImageData"):
            if (image := assembly.feed(message)) is not None:
                images.append(image)
        elif message.name == "FrameDone":
            done.append(message.frame)
    assert len(images) == 1
    assert np.array_equal(images[0], picture)
    assert len(done) == 15, "the board classifies while the frame goes out"


def test_what_a_hang_and_a_fault_left_behind_can_be_asked_for(camera: Callable[..., Camera]) -> None:
    import random

    board = camera()
    fault = board.ask("Fault", "FaultRequest")
    assert (fault.starts, fault.cause, fault.pc) == (1, 0, 0)
    for starts, kind, cause in ((2, "hang", 3), (3, "wild jump", 4), (4, "stack overflow", 4)):
        KINDS[kind](Scene(board.board, (0, 0), {}, {}, {}), random.Random(starts))
        list(board.hear(3.0))
        assert not board.board.usb.configured
        board.board.usb.enumerate()
        board.board.usb.cdc_open()
        board.decoder = Decoder()
        fault = board.ask("Fault", "FaultRequest")
        assert (fault.starts, fault.cause) == (starts, cause), kind
        assert bool(fault.pc) == (kind == "wild jump")
        assert bool(fault.stack_overflow) == (kind == "stack overflow")
