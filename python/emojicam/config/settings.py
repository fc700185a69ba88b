"""The settings as Python objects. What each means is said in ``emojicam.toml`` itself."""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from emojicam import paths
from emojicam.config.emoji import mirror_images
from emojicam.config.lines import line_of
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host, Layout, TypingError, encode
from emojicam.link.messages import MAX_CLASSES

Probability = Annotated[float, Field(ge=0, le=1, strict=True)]
Byte = Annotated[int, Field(ge=0, le=255, strict=True)]
Milliseconds = Annotated[int, Field(ge=1, le=255, strict=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Table):
    file: Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f]+$")] = "models/gestures.tflite"
    pixels: Literal["auto", "0..1", "-1..1", "-0.5..0.5", "0..255", "-128..127"] = "auto"
    mean: Annotated[tuple[float, ...], Field(max_length=3)] = ()
    deviation: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(max_length=3)] = ()
    colours: Literal["rgb", "bgr"] = "rgb"
    mirror_in_turn: StrictBool = False

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if len(self.mean) != len(self.deviation) or len(self.mean) == 2:
            raise ValueError("mean and deviation need one number each, or three for red, green and blue in its order")
        if self.mean and self.pixels != "auto":
            raise ValueError('mean and deviation say what pixels mean: pixels = "auto" with them')
        return self


class Camera(_Table):
    crop: Annotated[float, Field(ge=0.1, le=1, strict=True)] = 1.0
    mirror: StrictBool = False
    flip: StrictBool = False


class Motion(_Table):
    gate: StrictBool = False
    difference: Annotated[int, Field(ge=1, le=255, strict=True)] = 6
    still_after_ms: Annotated[int, Field(ge=1000, le=60000, strict=True)] = 3000


class Decision(_Table):
    time_constant_ms: Annotated[int, Field(ge=1, le=10000, strict=True)] = 93
    margin: Probability = 0.2

    @model_validator(mode="before")
    @classmethod
    def _in_time(cls, values: object) -> object:
        """Name what has taken the place of an older file's setting."""
        if isinstance(values, dict) and "smoothing" in values:
            weight = values["smoothing"]
            known = isinstance(weight, float) and 0 < weight < 1
            instead = max(1, round(-40 / math.log1p(-weight))) if known else 93
            raise ValueError(
                f"smoothing counted frames; now it is time_constant_ms = {instead}, the same at 25 frames a second"
            )
        return values


class Keyboard(_Table):
    host: Host = Host.LINUX
    layout: Layout = Layout.US
    armed_at_start: StrictBool = False
    press_ms: Milliseconds = 10
    release_ms: Milliseconds = 10
    gap_ms: Milliseconds = 20
    min_interval_ms: Annotated[int, Field(ge=0, le=60000, strict=True)] = 500


class Gesture(_Table):
    name: Annotated[str, Field(min_length=1, max_length=40)]
    emoji: str = ""
    led: tuple[Byte, Byte, Byte] = (0, 0, 0)
    activation: Probability = 0.6
    threshold: Annotated[float, Field(gt=0, le=1, strict=True)] = 0.65
    outputs: tuple[Annotated[int, Field(ge=0, strict=True)], ...] = ()

    @field_validator("emoji")
    @classmethod
    def _typeable(cls, value: str) -> str:
        if value:
            try:
                encode(value, Host.LINUX)
            except TypingError as error:
                raise PydanticCustomError("emoji", "{said}", {"said": error.message, "hint": error.hint}) from None
        return value


class Settings(_Table):
    """All of ``emojicam.toml``."""

    model: Model = Model()
    camera: Camera = Camera()
    motion: Motion = Motion()
    decision: Decision = Decision()
    keyboard: Keyboard = Keyboard()
    gesture: Annotated[tuple[Gesture, ...], Field(min_length=2, max_length=MAX_CLASSES)]

    @model_validator(mode="after")
    def _gestures(self) -> Self:
        names: set[str] = set()
        for number, gesture in enumerate(self.gesture):
            if gesture.name in names:
                raise _of_gesture(number, f"two gestures are called {gesture.name!r}", "another name")
            if number == 0 and gesture.emoji:
                what = "the first gesture means that there is none: it can't have an emoji"
                raise _of_gesture(number, what, 'a gesture named "none" before it, without an emoji')
            if number and not gesture.emoji:
                raise _of_gesture(number, f"the gesture {gesture.name!r} has no emoji", 'emoji = "…" below its name')
            names.add(gesture.name)
        if self.model.mirror_in_turn and (pair := mirror_images([gesture.emoji for gesture in self.gesture])):
            what = f"{pair[0]} and {pair[1]} are each other's mirror image: the model can't be shown both in turn"
            raise PydanticCustomError(
                "mirror", "{what}", {"what": what, "hint": "mirror_in_turn = false", "at": ("model", "mirror_in_turn")}
            )
        return self

    @property
    def class_names(self) -> list[str]:
        return [gesture.name for gesture in self.gesture]

    @property
    def model_path(self) -> Path:
        """Where the model's file is."""
        return paths.data_root() / self.model.file

    @property
    def outputs(self) -> list[tuple[int, ...]]:
        """Which of the model's outputs each gesture has, where the settings say so."""
        return [gesture.outputs for gesture in self.gesture]


def default_path() -> Path:
    """The checkout's, or in a wheel the one that its firmware was built with."""
    return paths.data_root() / "emojicam.toml"


def _with_model(settings: Settings, path: Path) -> Settings:
    """The settings with their model as seen from the project: of a file elsewhere, the model beside that file counts.

    One that is not there is taken to be the project's, which copies of emojicam.toml have.
    """
    root, file = paths.data_root().resolve(), path.resolve().parent / settings.model.file
    if path.resolve().parent == root or not file.is_file():
        return settings
    shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
    return settings.model_copy(update={"model": settings.model.model_copy(update={"file": shown})})


def load(path: Path | None = None) -> Settings:
    """Read and check a settings file.

    Args:
        path: the project's own by default.

    Raises:
        EmojicamError: it is missing, no TOML, or holds something that is not allowed; with its line.
    """
    path = path or default_path()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        lost = path == default_path() and paths.in_checkout()
        hint = f"git restore {path.name}" if lost else "--config with a file like the project's emojicam.toml"
        raise EmojicamError(f"there is no file {path}", hint) from None
    except (OSError, UnicodeDecodeError) as error:
        raise EmojicamError(f"{path.name} can't be read: {error}", "a UTF-8 text file") from None
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also of numbers of thousands of digits, and of nested brackets
        twice = "overwrite" in str(error) or "twice" in str(error)
        hint = "each table and key once" if twice else "quotes around texts, commas in lists"
        raise EmojicamError(f"{path.name} is not TOML: {error}", hint) from None
    try:
        return _with_model(Settings.model_validate(content), path)
    except ValidationError as error:
        found = sorted(
            error.errors(), key=lambda one: one["type"] != "extra_forbidden"
        )  # a name misspelt, first of all
        raise _explained(found[0], path.name, text) from None


def _of_gesture(number: int, what: str, hint: str) -> PydanticCustomError:
    """What is wrong with one gesture beside the others."""
    return PydanticCustomError("gesture", "{what}", {"what": what, "hint": hint, "at": ("gesture", number)})


def _explained(error: ErrorDetails, name: str, text: str) -> EmojicamError:
    """pydantic's word on a value, with the line that it stands in and what would be right there."""
    about = error.get("ctx", {})
    location = about.get("at", error["loc"])
    where = ".".join(str(part) for part in location)
    line = line_of(text, location)
    if error["type"] == "missing":
        what = f"{where} is missing"
        hint = "a [[gesture]] for each class" if location == ("gesture",) else f"a line {location[-1]} = …"
    elif error["type"] == "extra_forbidden":
        what, hint = f"there is no setting {where}", _known(location)
    else:
        what = f"{where}: {error['msg'].removeprefix('Value error, ')}"
        hint = about.get("hint", "what the comment above it says in the project's emojicam.toml")
    return EmojicamError(f"{name}:{line}: {what}", hint)


def _known(location: tuple[str | int, ...]) -> str:
    """The settings that there are where one was found that there isn't."""
    tables = {name: field.annotation for name, field in Settings.model_fields.items()}
    table = Gesture if location[0] == "gesture" else tables.get(str(location[0]))
    keys = table.model_fields if len(location) > 1 and isinstance(table, type) else tables
    return f"one of {', '.join(keys)}"
