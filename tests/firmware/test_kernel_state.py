"""What a kernel knows of a model lies in that model's arena. TFLM gives a kernel no place of its own, so a variable in
the image is the easy way, and two interpreters then share it unawares."""

import re

import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from emojicam.config.boards import BOARD_OF_CORE
from emojicam.cores import CORES, Core
from emojicam.firmware import build

pytestmark = pytest.mark.emulator

#: Of a namespace or of a function, mangled.
_KERNELS = re.compile(r"_ZZ?N8emojicam7kernels")
#: Registrations are constant but for the operator that the resolver writes into them, always the same; and what is
#: constexpr lies in RAM on a board whose linker script puts it there.
_CONSTANT = re.compile(r"12registration|\d+k[A-Z]\w*E$")
#: Who counts layers, for the runner.
_SHARED = {"9part_done"}


@pytest.mark.parametrize("core", CORES)
def test_kernels_share_no_variables_but_these(core: Core) -> None:
    with build.build_target(BOARD_OF_CORE[core], "runner").open("rb") as file:
        elf = ELFFile(file)
        variables = {
            symbol.name
            for symbol in elf.get_section_by_name(".symtab").iter_symbols()
            if _KERNELS.match(symbol.name)
            and symbol["st_info"]["type"] == "STT_OBJECT"
            and elf.get_section(symbol["st_shndx"])["sh_flags"] & SH_FLAGS.SHF_WRITE
        }
    state = {name for name in variables if not _CONSTANT.search(name)}
    assert len(variables) > len(state)
    assert {next((known for known in _SHARED if known in name), name) for name in state} == _SHARED
