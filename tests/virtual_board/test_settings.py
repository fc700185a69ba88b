"""Settings on the virtual board: kept over a power cycle, and whole after a power cut at any step of a change."""

from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import on_board
from emojicam.link import Received, encode
from emojicam.targets import boards, build
from emojicam.targets.images import hex_of
from emojicam.targets.virtual_h7 import PowerCutError, VirtualBoard
from emojicam.targets.virtual_h7.transport import VirtualTransport

pytestmark = pytest.mark.virtual_board

#: Erasing the sector, two words of content, and the header.
OPERATIONS = 4


@pytest.fixture(scope="module")
def product() -> Path:
    return hex_of(build.build_firmware(boards.find("openmv_h7"), config.load()))


class Camera:
    """A board that is plugged in, and asked for its settings."""

    def __init__(self, product: Path) -> None:
        self.board = VirtualBoard("ov7725")
        self.board.load_hex(product)
        self.board.soc.flash.erase_seconds = 0.01
        self.plug_in()

    def plug_in(self) -> None:
        self.board.power_on()
        self._transport = VirtualTransport(self.board)
        self._messages = self._transport.messages()

    def ask(self, request: str, **fields: object) -> Received:
        self._transport.send(encode(request, **fields))
        for message in self._messages:
            assert message.name != "Error", message
            if message.name == "Settings":
                return message
        raise AssertionError("messages() only ends by an exception")


def changed(gap_ms: int) -> dict[str, object]:
    return {**on_board.message(config.load()), "gap_ms": gap_ms}


def test_settings_outlive_a_power_cycle_and_can_be_reset(product: Path) -> None:
    camera = Camera(product)
    built_in = camera.ask("SettingsRequest").fields
    assert camera.ask("SettingsSet", **changed(44)).fields["gap_ms"] == 44
    camera.plug_in()
    assert camera.ask("SettingsRequest").fields["gap_ms"] == 44
    assert camera.ask("SettingsReset").fields == built_in
    camera.plug_in()
    assert camera.ask("SettingsRequest").fields == built_in


def test_power_cut_in_a_change_leaves_the_old_settings_or_the_new(product: Path) -> None:
    camera = Camera(product)
    old = 41
    assert camera.ask("SettingsSet", **changed(old)).fields["gap_ms"] == old
    for operation in range(1, OPERATIONS + 1):
        new = old + 1
        camera.board.soc.flash.cut_power_at(operation, seed=operation)
        with pytest.raises(PowerCutError):
            camera.ask("SettingsSet", **changed(new))
        camera.plug_in()
        found = camera.ask("SettingsRequest").fields["gap_ms"]
        assert found in (old, new), f"after operation {operation}"
        old = camera.ask("SettingsSet", **changed(new)).fields["gap_ms"]
        camera.plug_in()
        assert camera.ask("SettingsRequest").fields["gap_ms"] == new
