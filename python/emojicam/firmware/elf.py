"""An image's ELF, as everything here sees it: what is loaded where, its sections, its symbols.

The one reader: sizes, stacks, what is flashed and what the virtual board looks for all come from it.
"""

import io
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from elftools.elf.segments import Segment as Header

from emojicam.errors import EmojicamError


@dataclass(frozen=True)
class Segment:
    """Bytes at an address of the chip; of an ELF, its physical (load) address."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """The address after the last byte."""
        return self.address + len(self.data)


@dataclass(frozen=True)
class Section:
    """An allocated section.

    Attributes:
        address: where it is when the firmware runs; loaded_from: where its bytes are before start-up copies them.
        loaded: it has bytes in the file; otherwise start-up zeroes it, or leaves it as it is.
    """

    name: str
    size: int
    address: int
    loaded_from: int
    loaded: bool


@dataclass(frozen=True)
class Symbol:
    """A symbol, its name as in the file (mangled). A function's address is that of its first instruction."""

    name: str
    address: int
    size: int
    function: bool


@dataclass(frozen=True)
class Elf:
    """What an ELF for a 32-bit Arm core holds.

    Attributes:
        name: the file's.
        symbols: in the file's order; none in a stripped one.
    """

    name: str
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]

    def variable(self, name: str) -> Symbol:
        """The one variable whose plain name is this, in whatever namespace.

        Raises:
            EmojicamError: there is none, or more than one.
        """
        found = [item for item in self.symbols if not item.function and item.size and _plain(item.name) == name]
        if len(found) != 1:
            raise EmojicamError(f"{self.name} has {len(found) or 'no'} variables called {name}", "emojicam build")
        return found[0]


def read(path: Path) -> Elf:
    """Read and check an ELF.

    Raises:
        EmojicamError: not readable, no ELF, cut short, or not for a 32-bit little-endian Arm core.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EmojicamError(f"cannot read {path}: {error.strerror}", "the ELF of a firmware") from None
    try:
        file = ELFFile(io.BytesIO(data))
        machine, bits, little = file["e_machine"], file.elfclass, file.little_endian
        headers = [item for item in file.iter_segments() if item["p_type"] == "PT_LOAD"]
        cut = any(item["p_offset"] + item["p_filesz"] > len(data) for item in headers)
        segments = tuple(Segment(int(item["p_paddr"]), bytes(item.data())) for item in headers if item["p_filesz"])
        sections = tuple(_sections(file, headers))
        symbols = tuple(_symbols(file))
    except (ELFError, ValueError, KeyError, TypeError, OverflowError, UnicodeDecodeError, struct.error) as error:
        raise EmojicamError(f"{path} is no ELF: {error}", "a firmware's ELF; a HEX is for flash --hex") from None
    if cut:
        raise EmojicamError(f"{path} is cut short", "building it again")
    if machine != "EM_ARM" or bits != 32 or not little:
        raise EmojicamError(f"{path} is not for a 32-bit Arm core ({machine})", "the ELF of board openmv_h7")
    return Elf(path.name, segments, sections, symbols)


def _sections(file: ELFFile, headers: Sequence[Header]) -> list[Section]:
    found = []
    for item in file.iter_sections():
        if not item["sh_flags"] & SH_FLAGS.SHF_ALLOC or not item["sh_size"]:
            continue
        address, size = int(item["sh_addr"]), int(item["sh_size"])
        loaded = item["sh_type"] != "SHT_NOBITS"
        offset = next(
            (
                header["p_paddr"] - header["p_vaddr"]
                for header in headers
                if header["p_vaddr"] <= address and address + size <= header["p_vaddr"] + header["p_memsz"]
            ),
            0,
        )
        found.append(Section(item.name, size, address, address + offset, loaded))
    return found


def _symbols(file: ELFFile) -> list[Symbol]:
    table = file.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return []
    found = []
    for item in table.iter_symbols():
        function = item["st_info"]["type"] == "STT_FUNC"
        value = int(item["st_value"])
        # Bit 0 of a function's value says Thumb. (AAELF32, 5.5.3)
        found.append(Symbol(item.name, value & ~1 if function else value, int(item["st_size"]), function))
    return found


def _plain(mangled: str) -> str:
    """A variable's own name: the last part of a nested name of the Itanium C++ ABI (5.1.2)."""
    if not mangled.startswith("_ZN"):
        return mangled
    rest, name = mangled[3:], ""
    while part := re.match(r"K?L?(\d+)", rest):
        end = part.end() + int(part[1])
        name, rest = rest[part.end() : end], rest[end:]
    return name
