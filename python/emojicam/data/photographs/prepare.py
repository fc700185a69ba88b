"""From the manifest to a folder of photographs, by git or from a folder that holds them."""

import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from emojicam import paths
from emojicam.console import progress, step
from emojicam.data.photographs.manifest import SETS, Manifest, Photograph, Source
from emojicam.data.photographs.pictures import PROVENANCE
from emojicam.data.photographs.repositories import Gone, Repository
from emojicam.errors import EmojicamError

GITHUB = "https://github.com"
#: A picture for training is not kept larger than this, pixels a side.
_MOST = 200
_QUALITY = 80
#: Where a collection that was cut before keeps its pictures, under its folder.
_COLLECTION = ("train", "train2", "dev", "dev2")


def default_folder() -> Path:
    """Where `make model` looks for photographs: a folder a set."""
    return paths.build_dir() / "data" / "photographs"


def _opened(content: bytes) -> Image.Image:
    """A decoded picture in RGB; ValueError says that it is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"not a readable picture ({type(error).__name__})") from None


def _cut(picture: Image.Image, left: int, top: int, side: int) -> Image.Image:
    """A square of a picture; beyond its edge the edge goes on."""
    right, bottom = left + side, top + side
    if left >= picture.width or top >= picture.height or right <= 0 or bottom <= 0:
        raise ValueError(f"the cut at {left}, {top} is outside its {picture.width}x{picture.height} pixels")
    if left >= 0 and top >= 0 and right <= picture.width and bottom <= picture.height:
        return picture.crop((left, top, right, bottom))
    columns = np.clip(np.arange(left, right), 0, picture.width - 1)
    lines = np.clip(np.arange(top, bottom), 0, picture.height - 1)
    return Image.fromarray(np.asarray(picture)[lines][:, columns])


def cut(content: bytes, photograph: Photograph, source: Source) -> bytes:
    """A photograph as it is used, from the file of its repository.

    Returns:
        A JPEG file for training, a PNG for measuring: what is measured shall not be compressed twice.

    Raises:
        ValueError: the file is no picture, or smaller than it was.
    """
    picture = _opened(content)
    if source.aspect:
        width, height = source.aspect
        picture = picture.resize((round(picture.height * width / height), picture.height), Image.Resampling.LANCZOS)
    if photograph.fit:
        share = photograph.fit / max(picture.size)
        picture = picture.resize(
            (round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS
        )
    picture = _cut(picture, *photograph.cut)
    if picture.width > _MOST and photograph.set == "train":
        picture = picture.resize((_MOST, _MOST), Image.Resampling.LANCZOS)
    return _encoded(picture, photograph)


def _encoded(picture: Image.Image, photograph: Photograph) -> bytes:
    stream = io.BytesIO()
    if photograph.set == "train":
        picture.save(stream, "JPEG", quality=_QUALITY)
    else:
        picture.save(stream, "PNG")
    return stream.getvalue()


def _target(photograph: Photograph) -> str:
    """The file's name in the folder of its set."""
    name = photograph.file if photograph.set == "train" else Path(photograph.file).with_suffix(".png").name
    return f"{photograph.label}/{name}"


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder that appears when it is complete, in place of an older one; else nothing changes."""
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise EmojicamError(
            f"cannot write {folder}: {error.strerror or error}", "room on the disk, or another --output"
        ) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(folder: Path, manifest: Manifest, found: list[Photograph], content: Callable[[Photograph], bytes]) -> int:
    """Write one set; how many pictures it has. What `content` refuses with ValueError is left out and said."""
    rows, skipped = [], Counter[str]()
    first: dict[str, str] = {}
    with _whole(folder) as fresh, progress("photographs") as bar:
        task = bar.add_task(folder.name, total=len(found))
        for photograph in found:
            bar.advance(task)
            source = manifest.sources[photograph.source]
            try:
                made = content(photograph)
            except ValueError as error:
                skipped[photograph.source] += 1
                first.setdefault(photograph.source, f"{photograph.path}: {error}")
                continue
            path = fresh / _target(photograph)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(made)
            row = {
                "file": _target(photograph),
                "label": photograph.label,
                "repo": source.repository,
                "commit": source.commit,
                "path": photograph.path,
                "blob": photograph.blob,
                "licence": source.licence,
                "by": source.author,
                "box": photograph.hand,
                "tight": source.tight,
            }
            rows.append(json.dumps(row, ensure_ascii=False))
        for key, number in skipped.items():
            step(f"{manifest.sources[key].repository}: {number} left out, first {first[key]}")
        if not rows:
            raise EmojicamError(
                f"none of the {len(found)} photographs of {folder.name} could be had", "what the lines above say"
            )
        (fresh / PROVENANCE).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return len(rows)


def from_folder(collection: Path, output: Path, manifest: Manifest, sets: tuple[str, ...] = SETS) -> dict[str, int]:
    """Take photographs that were cut already.

    Args:
        collection: with folders train, train2, dev and dev2, whichever there are.
        output: where each set becomes a folder.

    Returns:
        How many pictures each set has.

    Raises:
        EmojicamError: there are none, or they cannot be written.
    """
    if not any((collection / name).is_dir() for name in _COLLECTION):
        raise EmojicamError(
            f"{collection} holds no collection of photographs", f"a folder with {', '.join(_COLLECTION)} in it"
        )

    def content(photograph: Photograph) -> bytes:
        names = (f"{photograph.label}/{photograph.file}", photograph.file)
        places = [collection / part / name for part in _COLLECTION for name in names]
        # A training picture is never one of those to measure on, whatever its name.
        own = [
            place
            for place in places
            if ("dev" in place.relative_to(collection).parts[0]) == (photograph.set != "train")
        ]
        path = next((place for place in own if place.is_file()), None)
        if path is None:
            raise ValueError("not in the collection")
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None
        picture = _opened(stored)
        if photograph.fit:
            return _encoded(_cut(picture, *photograph.cut), photograph)
        if picture.width != picture.height or picture.width > max(_MOST, photograph.cut[2]):
            raise ValueError(f"{picture.width}x{picture.height} pixels are not its cut")
        return stored if photograph.set == "train" else _encoded(picture, photograph)

    return {name: _write(output / name, manifest, manifest.of((name,)), content) for name in sets}


@dataclass(frozen=True)
class _Fetched:
    """A repository, and which of its files are what the manifest says."""

    repository: Repository
    there: frozenset[str]


def _fetched(source: Source, wanted: list[Photograph], base: str, cache: Path) -> _Fetched:
    repository = Repository(f"{base}/{source.repository}", cache / source.repository.replace("/", "__"))
    repository.fetch_commit(source.commit)
    found = repository.hashes(source.commit)
    there = frozenset(one.blob for one in wanted if found.get(one.path) == one.blob)
    fresh = repository.fetch_files(there)
    stated = source.licence_file
    if fresh and stated in found and repository.hashes(repository.head()).get(stated) != found[stated]:
        step(
            f"{source.repository}: {stated} has changed since {source.commit[:12]}; "
            f"what is fetched is from that commit, under {source.licence}"
        )
    return _Fetched(repository, there)


def fetch(
    output: Path, manifest: Manifest, sets: tuple[str, ...] = SETS, base: str = GITHUB, cache: Path | None = None
) -> dict[str, int]:
    """Fetch photographs from their repositories and cut them.

    Args:
        output: where each set becomes a folder.
        base: where repositories are; a mirror's address, or a folder.
        cache: of what was fetched; an interrupted fetch goes on from there.

    Returns:
        How many pictures each set has.

    Raises:
        EmojicamError: no network, no git, no room, or nothing is there any more.
    """
    cache = cache or paths.cache_dir() / "photographs"
    wanted = manifest.of(sets)
    repositories: dict[str, _Fetched] = {}
    for key, source in manifest.sources.items():
        mine = [photograph for photograph in wanted if photograph.source == key]
        if not mine:
            continue
        step(f"fetching {len(mine)} photographs of {source.repository} ({source.licence}, {source.author})")
        try:
            repositories[key] = _fetched(source, mine, base, cache)
        except Gone as error:
            step(f"{source.repository} at {source.commit[:12]} is gone: {error}")
        except OSError as error:
            raise EmojicamError(f"cannot write {cache}: {error.strerror or error}", "room on the disk") from None

    def content(photograph: Photograph) -> bytes:
        if photograph.source not in repositories:
            raise ValueError("its repository or commit is gone")
        have = repositories[photograph.source]
        if photograph.blob not in have.there:
            raise ValueError("not the file that the manifest says")
        return cut(have.repository.read(photograph.blob), photograph, manifest.sources[photograph.source])

    return {name: _write(output / name, manifest, manifest.of((name,)), content) for name in sets}
