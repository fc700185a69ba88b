"""The files of a release: firmware, model, bill of materials, licences, wheel with the firmware in it, checksums."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from emojicam import __version__, config, console, paths, process
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import image
from emojicam.release import contents, licences, sbom

SUMS = "SHA256SUMS"
#: Bytes from an image's lowest to its highest address above which there is no BIN.
MAX_BIN = 4 << 20
#: Files of the checkout that commands read (`paths.data_root`).
_IN_THE_WHEEL = (
    "emojicam.toml",
    "models/gestures.*",
    "models/README.md",
    "firmware/third_party/manifest.toml",
    "ci/avh/*",
)
#: Names in a release, and of what `emojicam release --bill-only` leaves where one is to be made.
_OURS = ("emojicam-*", "gestures.tflite", "model-card.md", "emojicam.toml", "LICENCES.txt", SUMS)


def release_boards() -> list[boards.Board]:
    """Those whose firmware is released."""
    return [board for board in boards.BOARDS.values() if not board.process]


def timestamp() -> int:
    """When the release was made, as far as its files say: SOURCE_DATE_EPOCH, or the time of the commit.

    Raises:
        EmojicamError: neither is known.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        hint = "a git checkout, or SOURCE_DATE_EPOCH=seconds"
        text = process.run(
            ["git", "log", "-1", "--format=%ct"], cwd=paths.project_root(), what="read the commit's time", hint=hint
        )
    if not re.fullmatch(r"\d{1,11}\s*", text):
        raise EmojicamError(f"SOURCE_DATE_EPOCH is {text!r}, not seconds since 1970", "date +%s")
    return int(text)


def check_tag(tag: str) -> None:
    """Whether a tag is that of this version.

    Raises:
        EmojicamError: it is not.
    """
    if tag and tag != f"v{__version__}":
        raise EmojicamError(
            f"the tag is {tag}, the version in pyproject.toml {__version__}", f"the tag v{__version__}, or the version"
        )


def bill(images: dict[str, Path]) -> tuple[str, str]:
    """Bill of materials and licence texts of images.

    Args:
        images: board -> its ELF.
    """
    pieces = contents.third_party_parts() + contents.compiler_libraries()
    model = contents.model(config.load(None).model_path)
    hashes = {board: _sha256(elf) for board, elf in images.items()}
    return sbom.make(pieces, model, hashes, timestamp()), licences.collect(pieces, contents.own_licence())


def make(folder: Path, tag: str = "") -> list[Path]:
    """Build everything and fill a folder, which is emptied first.

    Args:
        folder: ours: absent, empty, or one that an earlier release was made in.
        tag: of the release, if it has one yet.

    Raises:
        EmojicamError: it does not build, the tag is another version's, or the folder holds something else.
    """
    check_tag(tag)
    empty(folder)
    settings = config.load(None)
    elves = {}
    for board in release_boards():
        elf = product.build_firmware(board, settings)
        name = f"emojicam-{__version__}-{board.name}"
        elves[board.name] = Path(shutil.copyfile(elf, folder / f"{name}.elf"))
        loaded = image.read_elf(elf)
        (folder / f"{name}.hex").write_text(image.to_hex(loaded), encoding="ascii")
        # An emulated board's memories are gigabytes apart: no file from the lowest to the highest address.
        if loaded.end - loaded.address <= MAX_BIN:
            (folder / f"{name}.bin").write_bytes(image.to_bin(loaded))
    root = paths.project_root()
    model = root / settings.model.file
    shutil.copyfile(model, folder / model.name)
    shutil.copyfile(model.with_name("README.md"), folder / "model-card.md")
    shutil.copyfile(root / "emojicam.toml", folder / "emojicam.toml")
    document, texts = bill(elves)
    sbom.write(folder / f"emojicam-{__version__}.cdx.json", document)
    sbom.write(folder / "LICENCES.txt", texts)
    _wheel(folder, elves, texts)
    files = sorted(folder.iterdir())
    sbom.write(folder / SUMS, "".join(f"{_sha256(path)}  {path.name}\n" for path in files))
    return [*files, folder / SUMS]


def empty(folder: Path) -> None:
    """Make a release's folder, without what an earlier release or `emojicam release --bill-only` left there.

    Raises:
        EmojicamError: it holds something else.
    """
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_dir() or not any(path.match(name) for name in _OURS):
                raise EmojicamError(
                    f"{folder} holds {path.name}, which is of no release", "--output with another folder"
                )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _wheel(folder: Path, elves: dict[str, Path], texts: str) -> None:
    """A wheel of the package with the firmware inside, made in a copy of the tree."""
    root, tree = paths.project_root(), paths.build_dir() / "release"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, tree)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "prebuilt")
    shutil.copytree(root / "python", tree / "python", ignore=ignored)
    inside = tree / "python" / "emojicam" / "prebuilt"
    for board, elf in elves.items():
        (inside / board).mkdir(parents=True)
        shutil.copyfile(elf, inside / board / "emojicam.elf")
    for pattern in _IN_THE_WHEEL:
        for path in sorted(root.glob(pattern)):
            target = inside / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    (inside / "LICENCES.txt").write_text(texts, encoding="utf-8")
    console.step("making the wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, tree]
    # A wheel is a zip: its times are the commit's, and not before 1980.
    moment = max(timestamp(), 315532800)
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, capture_output=True, text=True
    )
    if done.returncode or not list(folder.glob("*.whl")):
        last = (done.stderr.strip() or "it printed nothing").splitlines()[-1]
        raise EmojicamError(f"pip could not make the wheel: {last}", f"pip wheel {os.path.relpath(tree)}")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
