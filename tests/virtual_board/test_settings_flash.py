"""Settings in the chip's own flash, through power cuts and flipped bits."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emojicam.link import Decoder, Received, encode, messages
from emojicam.virtual_h7 import PowerCutError, VirtualBoard

pytestmark = pytest.mark.virtual_board

SETTINGS_DAMAGED = next(code.value for code in messages.ERRORS if code.name == "SettingsDamaged")
#: The two sectors that take turns.
SECTORS = (0x081E_0000, 0x081C_0000)


class Desk:
    """A board on a computer whose program speaks the link."""

    def __init__(self, image: Path) -> None:
        self.board = VirtualBoard()
        self.board.load_hex(image)
        self.board.soc.flash.erase_seconds = 0.005
        self.decoder = Decoder()
        self.damage_told = 0
        assert self.board.camera is not None
        self.board.camera.hold()
        self.connect()

    def connect(self) -> None:
        self.board.usb.enumerate()
        self.board.usb.cdc_open()
        self.decoder = Decoder()

    def messages(self) -> Iterator[Received]:
        for _ in range(1000):
            self.board.run_for(0.001)
            yield from self.decoder.feed(self.board.usb.cdc_read())

    def ask(self, name: str, **values: Any) -> dict[str, Any]:
        """Send a message that is answered by Settings. That some were damaged may be told before."""
        self.board.usb.cdc_write(encode(name, **values))
        for message in self.messages():
            if message.name == "Error":
                assert message.code == SETTINGS_DAMAGED, message
                self.damage_told += 1
            elif message.name == "Settings":
                return message.fields
        raise AssertionError("no answer")

    def power_on(self) -> None:
        self.board.power_on()
        self.connect()


def test_settings_survive_a_power_cut_at_every_flash_operation(photometer: Path) -> None:
    desk = Desk(photometer)
    flash = desk.board.soc.flash
    kept = desk.ask("SettingsRequest")
    # How many operations a change takes, once both sectors have been in use.
    for gap in (21, 22, 23):
        before = flash.operations
        kept = desk.ask("SettingsSet", **{**kept, "gap_ms": gap})
    operations = flash.operations - before
    assert operations >= 2
    for cut in range(1, operations + 1):
        wanted = {**kept, "gap_ms": 100 + cut}
        flash.cut_power_at(cut, seed=cut)
        with pytest.raises(PowerCutError):
            desk.ask("SettingsSet", **wanted)
        desk.power_on()
        found = desk.ask("SettingsRequest")
        assert found in (kept, wanted), f"cut in operation {cut} of {operations}"
        kept = found
    assert desk.ask("SettingsSet", **{**kept, "gap_ms": 200})["gap_ms"] == 200
    desk.power_on()
    assert desk.ask("SettingsRequest")["gap_ms"] == 200


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_in_a_sector_leave_settings_that_were_once_set(photometer: Path, seed: int) -> None:
    desk = Desk(photometer)
    built = desk.ask("SettingsRequest")
    first = desk.ask("SettingsSet", **{**built, "gap_ms": 31})
    second = desk.ask("SettingsSet", **{**built, "gap_ms": 32})
    chance = random.Random(seed)
    for _ in range(3):
        address = chance.choice(SECTORS) + chance.randrange(96)
        byte = desk.board.read(address, 1)[0]
        desk.board.write(address, bytes([byte ^ 1 << chance.randrange(8)]))
    desk.power_on()
    assert desk.ask("SettingsRequest") in (built, first, second)
