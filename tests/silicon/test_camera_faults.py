"""What goes wrong with a camera on the product, armed: each is named, and nothing is typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emojicam.link import Decoder, Received, encode, messages
from emojicam.virtual_h7 import VirtualBoard
from emojicam.virtual_h7.sensors.camera import Image

pytestmark = pytest.mark.virtual_board

_RATE = 8
_DARK = next(code.value for code in messages.ERRORS if code.name == "ImageDark")


def wall() -> Image:
    """Nothing that is a gesture, in grey."""
    coarse = np.random.default_rng(1).integers(40, 200, (6, 8), dtype=np.uint8)
    return np.kron(coarse, np.ones((40, 40), np.uint8))


class Armed:
    """A board that is armed, in front of a wall."""

    def __init__(self, image: Path, sensor: str, revision: str = "V") -> None:
        self.board = VirtualBoard(sensor, revision=revision)
        self.board.load_hex(image)
        assert self.board.camera is not None
        self.board.camera.hold()
        self._decoder = Decoder()
        self.heard: list[Received] = []
        self.board.usb.enumerate()
        self.board.usb.cdc_open()
        self.board.usb.cdc_write(encode("Arm", armed=1))
        self.see(0.2)

    def see(self, seconds: float, image: Image | None = None) -> None:
        for _ in range(round(seconds * _RATE)):
            assert self.board.camera is not None
            if self.board.camera.sending:
                self.board.camera.feed(wall() if image is None else image)
            self.board.run_for(1 / _RATE)
        self.heard += self._decoder.feed(self.board.usb.cdc_read())

    def said(self) -> list[str]:
        """The log since this was last asked."""
        lines = [message.line for message in self.heard if message.name == "Log"]
        errors = [str(message.code) for message in self.heard if message.name == "Error"]
        assert not [message for message in self.heard if message.name == "Typing"]
        self.heard.clear()
        return [line for line in lines if line.startswith("camera")] + errors

    def works(self) -> bool:
        self.see(0.2)
        return bool([message for message in self.heard if message.name == "Scores"])


@pytest.mark.parametrize(
    ("sensor", "image"),
    [("ov7725", "photometer"), ("mt9m114", "photometer"), pytest.param("ov7725", "product", marks=pytest.mark.slow)],
)
def test_each_ailment_of_a_sensor_is_named_and_types_nothing(
    request: pytest.FixtureRequest, sensor: str, image: str
) -> None:
    armed = Armed(request.getfixturevalue(image), sensor)
    assert armed.works()
    assert armed.said() == []
    for ailment, name in (("silent", "no_frame"), ("clock_lost", "sensor_absent"), ("absent", "sensor_absent")):
        camera = armed.board.camera
        assert camera is not None
        setattr(camera, ailment, True)
        camera.update()
        armed.see(0.8)
        setattr(camera, ailment, False)
        camera.update()
        armed.see(2.2 if name == "sensor_absent" else 0.3)
        assert armed.works(), ailment
        said = armed.said()
        assert f"camera: {name}" in said, (ailment, said)

    armed.board.swap_camera("mt9m114" if sensor == "ov7725" else "ov7725")
    armed.see(1.0)
    assert armed.works()
    assert armed.said() == ["camera: no_frame"]

    camera = armed.board.camera
    assert camera is not None
    camera.cut_lines = 100  # torn
    armed.see(1.2)
    assert armed.said() == ["camera: short_frame"]
    camera.late_seconds = 0.3
    armed.see(0.6)
    assert armed.said() == []  # within its patience
    camera.late_seconds = 0.7
    armed.see(1.2)
    assert armed.said() == ["camera: no_frame"]
    armed.see(4.0, np.zeros((240, 320), np.uint8))  # black
    assert armed.said() == [str(_DARK)]
    assert not any(any(report.data) for report in armed.board.usb.reports)


@pytest.mark.parametrize("sensor", ["ov7725", "mt9m114"])
def test_a_missing_sensor_is_named_and_one_that_comes_later_works(photometer: Path, sensor: str) -> None:
    armed = Armed(photometer, sensor, revision="Y")
    camera = armed.board.camera
    assert camera is not None
    armed.said()
    camera.absent = True
    armed.board.reset()
    armed.board.usb.enumerate()
    armed.board.usb.cdc_open()
    armed.board.usb.cdc_write(encode("Arm", armed=1))
    armed.see(0.2)
    assert "camera at start: sensor_absent" in armed.said()
    camera.absent = False
    camera.update()
    armed.see(2.6)
    assert armed.works()
    armed.said()
    assert not any(any(report.data) for report in armed.board.usb.reports)
