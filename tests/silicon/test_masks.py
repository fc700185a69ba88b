"""The bits and fields of the firmware's register header, against ST's and Arm's CMSIS headers and the crate stm32h7."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emojicam import paths
from emojicam.errors import EmojicamError
from silicon.table import table
from virtual_board import svd

pytestmark = pytest.mark.host

_FOLDER = paths.project_root() / "firmware" / "src" / "board" / "stm32h743"
_HEADER = (_FOLDER / "registers.h").read_text()
#: What the SVD names otherwise than the headers; the two single bits of a field it has not.
_SVD_NAMES = {
    "DCMIRST": "camitfrst",
    "USB2OTGFSEN": "usb2otgen",
    "USB2OTGFSRST": "usb2otgrst",
    "USB2OTGFSULPILPEN": "usb2otgulpilpen",
    **{f"{divider}{pll}": f"div{divider.lower()}{pll}" for divider in "NPQR" for pll in (1, 3)},
}
_SINGLE = {"OC1M_1", "OC1M_2"}


def _ours() -> dict[str, int]:
    """Name -> mask."""
    masks = {name: 1 << int(bit) for name, bit in re.findall(r"(\w+) = Bit\((\d+)\)", _HEADER)}
    for name, high, low in re.findall(r"(\w+)\{(\d+), (\d+)\}", _HEADER):
        masks[name] = (1 << int(high) + 1) - (1 << int(low))
    return masks


def _theirs(row: dict[str, Any]) -> dict[str, int]:
    """Name without its register's -> mask."""
    fields = {name: ones << at for name, (at, ones) in row.get("fields", {}).items()}
    return {name: 1 << bit for name, bit in row.get("bits", {}).items()} | fields


def test_every_mask_has_its_fact() -> None:
    assert len(_ours()) == _HEADER.count("Bit(") + len(re.findall(r"\{\d+, \d+\}", _HEADER)) > 150
    assert set(_ours()) == {f"{row['name']}_{name}" for row in table("masks", "register") for name in _theirs(row)}


@pytest.mark.parametrize("row", table("masks", "register"), ids=lambda row: row["name"])
def test_masks_are_those_of_the_vendors_headers(row: dict[str, Any]) -> None:
    ours = _ours()
    assert {name: ours[f"{row['name']}_{name}"] for name in _theirs(row)} == _theirs(row)


@pytest.mark.parametrize(
    "row", [row for row in table("masks", "register") if "file" in row], ids=lambda row: row["name"]
)
def test_facts_are_those_of_the_svd_too(row: dict[str, Any]) -> None:
    try:
        svd.fetch()
    except EmojicamError as error:
        pytest.skip(f"the crate stm32h7 is out of reach: {error}")
    fields = svd.fields(row["device"], row["file"])
    for name, mask in _theirs(row).items():
        if name not in _SINGLE:
            field = fields[_SVD_NAMES.get(name, name.lower())]
            assert mask == (1 << field.high + 1) - (1 << field.low), name


def test_no_driver_counts_bits_itself() -> None:
    counted = {
        f"{path.name}: {found[0]}"
        for path in _FOLDER.glob("*.*")
        if path.name != "registers.h"
        for found in re.finditer(r"Bit\(\d+\)", path.read_text())
    }
    assert not counted
