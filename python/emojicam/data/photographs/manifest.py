"""Which photographs there are: sources.toml and manifest.csv, as checked values."""

import csv
import functools
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emojicam.data.classes import label_of
from emojicam.errors import EmojicamError

#: What a picture is for: training, or measuring - cut round a hand that a detector found (roi), as a hand before a
#: webcam fills most of the picture (near), and the middle of the whole frame.
SETS = ("train", "near", "frame", "roi")
SetName = Literal["train", "near", "frame", "roi"]
_Share = Annotated[float, Field(ge=0, le=1)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Source(BaseModel):
    """A repository that holds photographs.

    Attributes:
        repository: OWNER/NAME. commit: at which they were looked at.
        licence: of the photographs; licence_in: where it is stated; author: whom to name.
        tight: cut at the hand; around it is a smeared edge.
        aspect: (width, height) of the camera's frame where the file was squeezed into a square.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    commit: _Hash
    licence: str
    licence_in: str
    author: str
    tight: bool = False
    aspect: tuple[int, int] | None = None

    @property
    def licence_file(self) -> str | None:
        """The file of this repository that states the licence, if it is one."""
        found = re.match(r"(.+?)(?::\d+)?(?: and .*|, .*| \(and .*)?$", self.licence_in)
        return found.group(1) if found and "@" not in self.licence_in else None


class Photograph(BaseModel):
    """One picture to cut out of one file.

    Attributes:
        set: what it is for. file: its name here. label: the name of its class.
        source: a key of sources.toml. path, blob: the file in the source, and git's hash of it.
        fit: the longer side that the file is scaled to before the cut, pixels; None leaves it as it is.
        cut: left, top and side of a square in pixels, after rotation by EXIF; may go beyond the file's edge.
        hand: left, top, right and bottom of the hand as shares of the cut; None without a hand or where unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: SetName
    file: Annotated[str, Field(pattern=r"^[\w.-]+\.jpg$")]
    label: str
    source: str
    path: str
    blob: _Hash
    fit: Annotated[int, Field(gt=0)] | None
    cut: tuple[int, int, Annotated[int, Field(gt=0)]]
    hand: tuple[_Share, _Share, _Share, _Share] | None


class Manifest(BaseModel):
    """All sources by key, and all photographs."""

    model_config = ConfigDict(frozen=True)

    sources: dict[str, Source]
    photographs: tuple[Photograph, ...]

    def of(self, sets: tuple[str, ...]) -> list[Photograph]:
        return [one for one in self.photographs if one.set in sets]


def _photograph(row: dict[str, str]) -> Photograph:
    hand = [row[f"hand_{edge}"] for edge in ("left", "top", "right", "bottom")]
    label_of(row["label"])
    return Photograph(
        **{key: row[key] for key in ("set", "file", "label", "source", "path", "blob")},  # type: ignore[arg-type]
        fit=int(row["fit"]) if row["fit"] else None,
        cut=(int(row["left"]), int(row["top"]), int(row["side"])),
        hand=tuple(float(edge) for edge in hand) if all(hand) else None,  # type: ignore[arg-type]
    )


def read(folder: Path) -> Manifest:
    """Read sources.toml and manifest.csv of a folder.

    Raises:
        EmojicamError: names the file, and the line or key, that is wrong.
    """
    try:
        with (folder / "sources.toml").open("rb") as binary:
            sources = {key: Source(**values) for key, values in tomllib.load(binary).items()}
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValidationError) as error:
        raise EmojicamError(f"{folder / 'sources.toml'} cannot be read: {error}", "the one of the project") from None
    path = folder / "manifest.csv"
    found: list[Photograph] = []
    try:
        with path.open(newline="", encoding="utf-8") as text:
            for row in csv.DictReader(text, strict=True):
                one = _photograph(row)
                if one.source not in sources:
                    raise ValueError(f"there is no source {one.source!r}")
                found.append(one)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError, EmojicamError) as error:
        raise EmojicamError(f"{path}:{len(found) + 2} cannot be read: {error}", "the one of the project") from None
    return Manifest(sources=sources, photographs=tuple(found))


@functools.cache
def shipped() -> Manifest:
    """The project's own."""
    return read(Path(__file__).parent)
