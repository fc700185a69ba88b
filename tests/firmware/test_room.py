"""What the camera has room for: a model that is too large is refused by name, before a linker says so in its own words.

Inner loops lie in ITCM, and fit whatever a model needs of them: one with layers of many kinds did not link (found with
MobileNetV1 on 112x112, 4 KB too long). And flash was thought to be 256 KB larger than the linker script has it.
"""

import re
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from emojicam import config, paths, process
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.model.support import Budget
from emojicam.virtual_h7 import memory

pytestmark = pytest.mark.emulator

#: Nothing lies in its first bytes, so that null pointers fault.
_UNUSED = 1024
#: Jumps from ITCM to flash and back: 8 bytes each, some dozens.
_STUBS = 1024
#: Boards of silicon have the paired pointwise kernel in its place (EMOJICAM_FOR_SILICON).
_NOT_LINKED = "pointwise_m7.S"
#: stm32h743.ld.
_DRIVERS = ("m7_block.cc", "m7_depthwise.cc")


@pytest.fixture(scope="module")
def elf() -> Path:
    return product.build_firmware(boards.find("openmv_h7"), config.load())


def test_all_inner_loops_together_fit_into_itcm(elf: Path) -> None:
    (library,) = elf.parent.rglob("libemojicam_kernels.a")
    listing = subprocess.run(
        [process.find_tool("arm-none-eabi-size"), library], capture_output=True, text=True, check=True
    ).stdout
    sizes = {}
    for line in listing.splitlines()[1:]:
        text, _, _, _, _, name, *_ = line.split()
        sizes[name.removesuffix(".obj")] = int(text)
    hot = {name: size for name, size in sizes.items() if name.endswith(".S") or name in _DRIVERS}
    assert _NOT_LINKED in hot and set(_DRIVERS) < set(hot) and len(hot) > 10
    needed = sum(hot.values()) - hot[_NOT_LINKED]
    assert needed + _STUBS <= memory.ITCM.size - _UNUSED


def test_inner_loops_lie_in_itcm_and_checks_in_flash(elf: Path) -> None:
    with elf.open("rb") as file:
        symbols = {one.name: one["st_value"] for one in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    in_itcm = {name: _UNUSED <= at < memory.ITCM.size for name, at in symbols.items()}
    for name in ("EmojicamM7Depthwise1Fold64", "EmojicamM7PairedPointwiseBytesFold", "EmojicamM7FirstFold128"):
        assert in_itcm[name]
    (check,) = (inside for name, inside in in_itcm.items() if "CheckBlock" in name)
    assert not check


def test_models_and_firmware_share_the_flash_that_the_linker_has(elf: Path) -> None:
    script = paths.project_root() / "firmware/src/board/openmv_h7/openmv_h7.ld"
    found = re.search(r"FLASH \(rx\)\s*: ORIGIN = \S+, LENGTH = (\d+)K", script.read_text())
    assert found is not None
    flash = int(found[1]) * 1024
    with elf.open("rb") as file:
        sections = {one.name: one["sh_size"] for one in ELFFile(file).iter_sections()}
    firmware = sum(sections[name] for name in (".vectors", ".itcm", ".text", ".rodata", ".data"))
    assert 100_000 < firmware <= flash - Budget().model_bytes


def test_a_larger_arena_gets_what_frames_leave_of_the_axi_sram(elf: Path) -> None:
    with elf.open("rb") as file:
        frames = ELFFile(file).get_section_by_name(".fast")["sh_size"]
    assert memory.AXI_SRAM.size - frames == Budget().arena_bytes


def test_a_linker_that_runs_out_of_memory_says_of_which() -> None:
    said = "ld: region `FLASH' overflowed by 21764 bytes\ncollect2: error: ld returned 1 exit status"
    with pytest.raises(EmojicamError, match="region `FLASH' overflowed by 21764 bytes"):
        process.run(["sh", "-c", f'echo "{said.replace("`", chr(92) + "`")}" >&2; exit 1'])
