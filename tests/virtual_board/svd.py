"""Register facts from an independent source: the crate stm32h7, which is generated from ST's SVD files.

Only what a table can be compared with is read: base, offset, name, reset value and the bits that fields
which software can write cover. Nothing of the crate is kept.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from emojicam import paths
from emojicam.third_party.manifest import Part, Take
from emojicam.third_party.packages import PackageCache
from emojicam.third_party.registries import cargo

_VERSION = "0.16.0"
_SHA256 = "55e8634413ba08452b793b2f0f8574edd801a65b24c7f3cdce8034eef1359db4"
_ROOT = f"stm32h7-{_VERSION}/src/"
_ACCESSOR = re.compile(
    r"///(0x[0-9a-f]+)(?:\.\.(0x[0-9a-f]+))? - [^\n]*\n(?:\s*///[^\n]*\n)*\s*#\[inline\(always\)\]\s*"
    r"pub const fn (\w+)\("
)
_WRITER = re.compile(
    r"///Bits? (\d+)(?::(\d+))? - [^\n]*\n(?:\s*///[^\n]*\n)*\s*#\[inline\(always\)\]\s*"
    r"pub fn \w+\(&mut self\)"
)
_FIELD = re.compile(
    r"///Bits? (\d+)(?::(\d+))? - [^\n]*\n(?:\s*///[^\n]*\n)*\s*#\[inline\(always\)\]\s*"
    r"pub fn (\w+)\(&(mut )?self\)"
)
_CODES = re.compile(r"pub enum (\w+) \{(.*?)\n\}", re.DOTALL)
_SAME = re.compile(r"pub use (\w+)_[RW] as (\w+)_[RW];")
_RESET = re.compile(r"sets \w+(?:%s|\[\w+\])? to value (0x[0-9a-f_]+|0)")


@dataclass(frozen=True)
class Fact:
    name: str
    reset: int
    written: int


@dataclass(frozen=True)
class Field:
    """Bits low to high of a register, and what their values are called."""

    low: int
    high: int
    codes: dict[str, int]

    def of(self, register: int) -> int:
        return register >> self.low & ((1 << (self.high - self.low + 1)) - 1)


@cache
def _sources() -> dict[str, str]:
    """The crate's files for the STM32H743 revision V. Raises EmojicamError if it can't be fetched."""
    part = Part(
        name="stm32h7",
        summary="register facts",
        version=_VERSION,
        licence="MIT OR Apache-2.0",
        licence_file="LICENSE-MIT",
        registry="cargo",
        package="stm32h7",
        package_version=_VERSION,
        file=f"stm32h7-{_VERSION}.crate",
        sha256=_SHA256,
        take=(Take.model_validate({"from": ".", "to": "."}),),
    )
    crate = PackageCache(paths.cache_dir() / "packages", {"cargo": cargo.fetch}).get(part)
    return _read(crate)


def _read(crate: Path) -> dict[str, str]:
    texts = {}
    with tarfile.open(crate) as archive:
        for member in archive:
            name = member.name.removeprefix(_ROOT)
            if name.startswith(("common/", "stm32h743v/")) and member.isfile():
                stream = archive.extractfile(member)
                assert stream is not None
                texts[name] = stream.read().decode()
    return texts


def fetch() -> None:
    _sources()


def device(name: str) -> tuple[int, dict[int, Fact]]:
    """(base, offset -> fact) of a peripheral, by the crate's name."""
    base, folder = _place(name)
    return base, _block(f"{folder}/mod.rs", folder)


def fields(name: str, register: str, writable: bool = False) -> dict[str, Field]:
    """Those of a peripheral's register, both by the crate's names: fields("DMA2", "st/cr"). All, or those that
    can be written.
    """
    text = _sources()[f"{_place(name)[1]}/{register}.rs"]
    codes = {
        enum: {code: int(value) for code, value in re.findall(r"(\w+) = (\d+),", body)}
        for enum, body in _CODES.findall(text)
    }
    same = {other: enum for enum, other in _SAME.findall(text)}
    found = {}
    for low, high, field, writer in _FIELD.findall(text):
        if writable and not writer:
            continue
        enum = same.get(field.upper(), field.upper())
        known = next((codes[e] for e in (enum, f"{enum}R") if e in codes), {})
        found[field] = Field(int(low), int(high or low), known)
    return found


def _place(name: str) -> tuple[int, str]:
    """(base, folder) of a peripheral."""
    top = _sources()["stm32h743v/mod.rs"]
    found = re.search(rf"pub type {name} =\s*crate::Periph<(\w+)::RegisterBlock, (0x[0-9a-f_]+)>", top)
    assert found, name
    path = re.search(rf'#\[path = "\.\./([^"]+)/mod\.rs"\]\s*pub mod {found[1]};', top)
    assert path, name
    return int(found[2], 16), path[1]


def _block(file: str, folder: str) -> dict[int, Fact]:
    sources, facts = _sources(), {}
    accessors = _ACCESSOR.findall(sources[file])
    names = {name for _, _, name in accessors}
    for start, end, accessor in accessors:
        first = int(start, 16)
        # An array has an accessor for all of it, and often one for each element: diep, and diep1 to diep8.
        if f"{accessor}1" in names:
            continue
        plain = re.sub(r"\d+", "", accessor, count=1)
        module = accessor if f"{folder}/{accessor}.rs" in sources else plain
        text = sources.get(f"{folder}/{module}.rs")
        if text is None:
            continue
        if any(name.startswith(f"{folder}/{module}/") for name in sources):
            cluster = _block(f"{folder}/{module}.rs", f"{folder}/{module}")
            size = max(cluster) + 4
            last = int(end, 16) if end and module == accessor else first + 1
            for base in range(first, last, size):
                for offset, fact in cluster.items():
                    facts.setdefault(base + offset, fact)
        else:
            facts.setdefault(first, _fact(module, text))
    return facts


def _fact(name: str, text: str) -> Fact:
    reset = _RESET.search(text)
    written = 0
    for low, high in _WRITER.findall(text):
        written |= ((1 << (int(high or low) - int(low) + 1)) - 1) << int(low)
    return Fact(name.upper(), int(reset[1].replace("_", ""), 16) if reset else 0, written)


def interrupts() -> dict[str, int]:
    """Interrupt name -> position in the vector table."""
    text = _sources()["stm32h743v/mod.rs"]
    return {name: int(number) for name, number in re.findall(r"^    (\w+) = (\d+),$", text, re.MULTILINE)}
