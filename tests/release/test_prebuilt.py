"""A wheel brings its firmware: what takes it, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from emojicam import config, paths
from emojicam.config import boards
from emojicam.errors import EmojicamError
from emojicam.firmware import build

FIRMWARE = b"\x7fELF of a release"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as it lies in a wheel, with the firmware of one board. Gives the folder of what it brings."""
    prebuilt = tmp_path / "prebuilt"
    (prebuilt / "openmv_h7").mkdir(parents=True)
    (prebuilt / "openmv_h7" / "emojicam.elf").write_bytes(FIRMWARE)
    shutil.copy(paths.project_root() / "emojicam.toml", prebuilt)
    monkeypatch.setattr(paths, "in_checkout", lambda: False)
    monkeypatch.setattr(paths, "prebuilt_dir", lambda: prebuilt)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    return prebuilt


def test_the_firmware_of_the_wheel_is_taken_with_its_settings(installed: Path, tmp_path: Path) -> None:
    settings = config.load()
    elf = build.build_firmware(boards.find("openmv_h7"), settings)
    assert elf == tmp_path / "build" / "openmv_h7" / "emojicam.elf"
    assert elf.read_bytes() == FIRMWARE


def test_other_settings_and_other_boards_need_a_checkout(installed: Path) -> None:
    settings = config.load()
    with pytest.raises(EmojicamError, match=r"no firmware for corstone300; try: a git checkout"):
        build.build_firmware(boards.find("corstone300"), settings)
    toml = (installed / "emojicam.toml").read_text(encoding="utf-8")
    assert "armed_at_start = false" in toml
    other = installed.parent / "other.toml"
    other.write_text(toml.replace("armed_at_start = false", "armed_at_start = true"), encoding="utf-8")
    with pytest.raises(EmojicamError, match="built with other settings; try: a git checkout"):
        build.build_firmware(boards.find("openmv_h7"), config.load(other))


def test_what_compiles_says_that_there_are_no_sources(installed: Path) -> None:
    with pytest.raises(EmojicamError, match=r"no sources to build runner from; try: a git checkout"):
        build.build_target(boards.find("mps2_an500"), "runner")
