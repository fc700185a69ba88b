"""The firmware's register header against ST's SVD and the virtual board: three readings of the manual."""

import re
from dataclasses import dataclass

import pytest

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.virtual_h7 import VirtualBoard
from virtual_board import svd

pytestmark = pytest.mark.virtual_board

_HEADER = paths.project_root() / "firmware" / "src" / "board" / "stm32h743" / "registers.h"
_LINE = re.compile(r"^inline constexpr Register (\w+)\{0x([0-9A-F]+)\};\s*// (.*)$", re.MULTILINE)
_CORE = 0xE000_0000
#: The header's peripheral -> the crate's.
_CRATE = {"IWDG1": ("IWDG",), "OTG": ("OTG2_HS_GLOBAL", "OTG2_HS_DEVICE")}


@dataclass(frozen=True)
class Entry:
    name: str
    address: int
    comment: str

    @property
    def device(self) -> str:
        return self.name.split("_", 1)[0]

    @property
    def register(self) -> str:
        return self.name.removeprefix("OTG_FS_").split("_", 1)[-1]


_BOARD = VirtualBoard()
_ENTRIES = [Entry(name, int(address, 16), comment) for name, address, comment in _LINE.findall(_HEADER.read_text())]


def test_header_is_read_completely() -> None:
    assert len(_ENTRIES) == _HEADER.read_text().count("inline constexpr Register ")
    assert len({entry.name for entry in _ENTRIES}) == len(_ENTRIES)
    assert len({entry.address for entry in _ENTRIES}) == len(_ENTRIES)


@pytest.mark.parametrize("entry", _ENTRIES, ids=lambda entry: entry.name)
def test_each_register_names_where_it_is_described(entry: Entry) -> None:
    section = r"[BC]\d+\.\d+" if entry.address >= _CORE else r"\d+\.\d+"
    assert re.match(section, entry.comment) or entry.name == "DWT_LAR", entry.comment


@pytest.mark.parametrize("entry", [e for e in _ENTRIES if e.address < _CORE], ids=lambda entry: entry.name)
def test_address_agrees_with_the_svd(entry: Entry) -> None:
    try:
        svd.fetch()
    except EmojicamError as error:
        pytest.skip(f"the crate stm32h7 is out of reach: {error}")
    for name in _CRATE.get(entry.device, (entry.device,)):
        base, facts = svd.device(name)
        fact = facts.get(entry.address - base)
        if fact is not None:
            # Arrays are without number there, and the second flash bank's registers without the bank.
            named = re.sub(r"\d", "", fact.name)
            assert named.rstrip("_") in re.sub(r"\d", "", entry.register) or fact.name.startswith("CCMR1"), fact
            return
    pytest.fail(f"{entry.name} {entry.address:#x} is nowhere in {entry.device}")


@pytest.mark.parametrize("entry", _ENTRIES, ids=lambda entry: entry.name)
def test_section_and_name_agree_with_the_virtual_board(entry: Entry) -> None:
    board = VirtualBoard(camera=None) if entry.address >= _CORE else _BOARD
    if entry.address >= _CORE:
        # The core's own: that the model knows it.
        try:
            board.core.control.read(entry.address, 4)
        except EmojicamError:
            board.core.control.write(entry.address, 4, 0)
        return
    device = next(d for d in board.soc.bus.devices if d.BASE <= entry.address < d.BASE + d.SIZE)
    register = device.by_offset[entry.address - device.BASE]
    assert register.name == entry.register or (device.NAME, register.name) == ("DMA2", entry.register)
    section = entry.comment.split(":")[0].split(" ")[0]
    # One section describes the enable, reset or low-power registers of all buses in the model's table.
    if device.NAME != "RCC" or not register.name.endswith(("ENR", "RSTR", "LPENR")):
        assert section == register.section
