"""Several runs at once, with the same settings and with others: each has its own firmware, and nothing clashes."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emojicam import codegen, config, paths
from emojicam.config import Settings, boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import build, image

BOARD = boards.find("openmv_h7")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Settings that differ from emojicam.toml by the colour of one light."""
    text = (paths.project_root() / "emojicam.toml").read_text(encoding="utf-8")
    changed, count = re.subn(r"^led = \[.*\]", "led = [11, 22, 33]", text, count=1, flags=re.M)
    assert count == 1
    path = tmp_path / "other.toml"
    path.write_text(changed, encoding="utf-8")
    return path


def test_settings_as_in_the_projects_file_are_built_in_the_plain_folder(tmp_path: Path) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_bytes((paths.project_root() / "emojicam.toml").read_bytes())
    assert product.root_for(config.load()) == product.root_for(config.load(copy)) == paths.build_dir()


def test_other_settings_and_another_model_have_folders_of_their_own(other: Path, tmp_path: Path) -> None:
    settings = config.load(other)
    model = tmp_path / "model.tflite"

    def with_model(content: bytes) -> Path:
        model.write_bytes(content)
        return product.root_for(settings.model_copy(update={"model": config.Model(file=str(model))}))

    roots = [paths.build_dir(), product.root_for(settings), with_model(b"one"), with_model(b"two")]
    assert len(set(roots)) == 4
    assert with_model(b"one") == roots[2]
    assert {root.parent for root in roots[1:]} == {paths.build_dir() / "config"}


@pytest.mark.virtual_board
def test_what_a_core_s_firmware_has_in_common_is_compiled_once(other: Path) -> None:
    elf = product.build_firmware(BOARD, config.load(other))
    assert not [*elf.parent.rglob("libtflm.a"), *elf.parent.rglob("libcmsis_nn.a")]
    libraries = build.libraries_dir(BOARD) / "third_party"
    assert (libraries / "libtflm.a").is_file() and (libraries / "libcmsis_nn.a").is_file()
    of_core = {build.libraries_dir(board) for board in boards.BOARDS.values() if board.core == BOARD.core}
    assert of_core == {libraries.parent}, "whatever the board"


def _build(config_path: Path | None) -> "subprocess.Popen[str]":
    code = (
        "import sys; from pathlib import Path; from emojicam import config; from emojicam.config import boards\n"
        "from emojicam.emulators import product\n"
        "path = Path(sys.argv[1]) if sys.argv[1:] else None\n"
        f"print(product.build_firmware(boards.find({BOARD.name!r}), config.load(path)))"
    )
    arguments = [str(config_path)] if config_path else []
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.virtual_board
def test_two_runs_at_once_link_their_own_settings(other: Path) -> None:
    started = [_build(None), _build(other), _build(other)]
    said = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    plain, changed, again = (Path(out.split("\n")[-2]) for out, _ in said)
    assert plain == paths.build_dir() / BOARD.name / "emojicam.elf"
    assert changed == again != plain
    settings = [codegen.generated_dir(elf.parent.parent) / "settings.h" for elf in (plain, changed)]
    assert ["11, 22, 33" in header.read_text() for header in settings] == [False, True]
    assert plain.read_bytes() != changed.read_bytes()
    for elf in (plain, changed):
        assert image.to_bin(image.read_elf(elf)) == elf.with_suffix(".bin").read_bytes()
        assert image.read_hex(elf.with_suffix(".hex")).size == image.read_elf(elf).size


@pytest.mark.virtual_board
def test_a_new_elf_has_no_old_hex_beside_it(other: Path) -> None:
    """Also where the run ends between linking and writing the HEX."""
    settings: Settings = config.load(other)
    root = product.root_for(settings)
    elf = product.build_firmware(BOARD, settings)
    assert elf.with_suffix(".hex").is_file() and elf.with_suffix(".bin").is_file()
    elf.unlink()
    subprocess.run(["ninja", "-C", root / BOARD.name, "emojicam"], check=True, capture_output=True)
    assert elf.is_file()
    assert not elf.with_suffix(".hex").exists() and not elf.with_suffix(".bin").exists()
    product.build_firmware(BOARD, settings)
    assert elf.with_suffix(".hex").is_file()


def test_many_writers_of_one_file_never_clash_and_leave_nothing_else(tmp_path: Path) -> None:
    contents = [letter * 5000 for letter in "abcdefgh"]
    path = tmp_path / "folder" / "header.h"

    def write(number: int) -> str:
        codegen.write_if_changed(path, contents[number % len(contents)])
        return path.read_text()

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(write, range(2000)))
    assert seen <= set(contents)
    assert [item.name for item in path.parent.iterdir()] == ["header.h"]


def test_what_is_generated_can_be_read_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        codegen.write_if_changed(tmp_path / "a.h", "a")
    finally:
        os.umask(before)
    assert (tmp_path / "a.h").stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.h"
    codegen.write_if_changed(path, "old")

    def fail(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        codegen.write_if_changed(path, "new")
    assert [item.name for item in tmp_path.iterdir()] == ["a.h"]
    assert path.read_text() == "old"


def test_a_model_that_is_missing_is_told_by_its_name(other: Path) -> None:
    settings = config.load(other).model_copy(update={"model": config.Model(file="nowhere.tflite")})
    with pytest.raises(EmojicamError, match=r"nowhere\.tflite"):
        product.build_firmware(BOARD, settings)
