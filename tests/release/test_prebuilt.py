"""A wheel brings its firmware: what takes it, and what it refuses."""

import shutil
from pathlib import Path

import pytest

from emojicam import config, paths
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import build, image
from flash.images import FIRMWARE, vectors, write_elf

OTHER = 0x600


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as it lies in a wheel, with the firmware of one board. Gives the folder of what it brings."""
    prebuilt = tmp_path / "prebuilt"
    (prebuilt / "openmv_h7").mkdir(parents=True)
    write_elf(prebuilt / "openmv_h7" / "emojicam.elf", [(FIRMWARE, FIRMWARE, vectors())])
    shutil.copy(paths.project_root() / "emojicam.toml", prebuilt)
    monkeypatch.setattr(paths, "in_checkout", lambda: False)
    monkeypatch.setattr(paths, "prebuilt_dir", lambda: prebuilt)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    return prebuilt


def test_the_firmware_of_the_wheel_is_taken_with_its_settings(installed: Path, tmp_path: Path) -> None:
    settings = config.load()
    elf = product.build_firmware(boards.find("openmv_h7"), settings)
    assert elf == tmp_path / "build" / "openmv_h7" / "emojicam.elf"
    assert elf.read_bytes() == (installed / "openmv_h7" / "emojicam.elf").read_bytes()
    assert elf.with_suffix(".bin").read_bytes() == vectors()


def test_hex_and_bin_are_never_of_another_elf(installed: Path, tmp_path: Path) -> None:
    """As pip leaves them: an update brings files with times of long ago."""
    board = boards.find("openmv_h7")
    elf = product.build_firmware(board, config.load())
    write_elf(installed / "openmv_h7" / "emojicam.elf", [(FIRMWARE, FIRMWARE, vectors(size=OTHER))])
    product.build_firmware(board, config.load())
    assert elf.with_suffix(".bin").read_bytes() == vectors(size=OTHER)
    assert image.read_hex(elf.with_suffix(".hex")).size == OTHER


def test_boards_that_are_not_in_it_need_a_checkout(installed: Path) -> None:
    settings = config.load()
    with pytest.raises(EmojicamError, match=r"firmware of corstone300 needs a checkout, .*; try: git clone"):
        product.build_firmware(boards.find("corstone300"), settings)


@pytest.mark.parametrize(
    ("was", "becomes", "hint"),
    [
        ('host = "linux"', 'host = "macos"', "emojicam settings send --config FILE, to a camera that runs it"),
        ("armed_at_start = false", "armed_at_start = true", "emojicam settings send --config FILE"),
        ("press_ms = 10", "press_ms = 11", "emojicam settings send --config FILE"),
        ("mirror = false", "mirror = true", "a checkout, which builds all"),
        ('emoji = "✋"', 'emoji = "👌"', "a checkout, which builds all"),
    ],
)
def test_other_settings_are_sent_where_that_does_it(installed: Path, was: str, becomes: str, hint: str) -> None:
    toml = (installed / "emojicam.toml").read_text(encoding="utf-8")
    assert was in toml
    other = installed.parent / "other.toml"
    other.write_text(toml.replace(was, becomes), encoding="utf-8")
    with pytest.raises(EmojicamError, match=f"and these are others; try: {hint}"):
        product.build_firmware(boards.find("openmv_h7"), config.load(other))


def test_what_compiles_says_that_there_are_no_sources(installed: Path) -> None:
    with pytest.raises(EmojicamError, match=r"building runner for mps2_an500 needs a checkout, .*; try: git clone"):
        build.build_target(boards.find("mps2_an500"), "runner")
