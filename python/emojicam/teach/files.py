"""The files of a taught model: the .tflite, and beside it the settings that use it and its card."""

import hashlib
import os
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from emojicam import __version__, codegen, config, paths
from emojicam.config import Settings, edit
from emojicam.errors import EmojicamError
from emojicam.training.config import BEGINNINGS

if TYPE_CHECKING:
    from emojicam.teach.lesson import Taught


@dataclass(frozen=True)
class Files:
    """Where they are: NAME.tflite, NAME.toml, NAME.md."""

    model: Path
    settings: Path
    card: Path

    @classmethod
    def beside(cls, model: Path) -> Self:
        return cls(model, model.with_suffix(".toml"), model.with_suffix(".md"))

    def all(self) -> tuple[Path, Path, Path]:
        return self.model, self.settings, self.card


def is_ours(path: Path) -> bool:
    """Whether a file is a part of the project that must not be replaced: a shipped model, or its settings."""
    kept = {config.default_path(), *(paths.models_dir() / name for name in (*BEGINNINGS, "README.md"))}
    return path.resolve() in {one.resolve() for one in kept}


def write(taught: "Taught", given: Path, settings: Settings, where: Files, begun: bytes) -> None:
    """Write model, card and settings file; whatever goes wrong leaves what was there before.

    Args:
        given: the settings file that the new one is made of. settings: what it holds.
        begun: the int8 model that the lesson began with.

    Raises:
        EmojicamError: a file can't be written.
    """
    from emojicam.teach.rehearsal import MEASURE

    text = edit.with_model(edit.read(given), where.model.name)
    card = codegen.render(
        "emojicam.teach",
        "card.md.jinja",
        model=where.model.name,
        settings=shlex.quote(os.path.relpath(where.settings)),
        version=__version__,
        classes=settings.class_names,
        emoji=[gesture.emoji for gesture in settings.gesture],
        counts=taught.counts,
        total=sum(taught.counts.values()),
        aside=taught.aside,
        alike=taught.alike,
        before=taught.before,
        after=taught.after,
        types=taught.types,
        losses=taught.losses,
        validation=MEASURE[1],
        bytes=len(taught.tflite),
        sha256=hashlib.sha256(taught.tflite).hexdigest(),
        begun=hashlib.sha256(begun).hexdigest(),
        percent=lambda share: "-" if share is None else f"{100 * share:.0f}",
    )
    # They take their places from the last to the first: settings never name a model that isn't there.
    contents = {where.settings: text.encode(), where.card: card.encode(), where.model: taught.tflite}
    try:
        where.model.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:  # all are written before the first takes its place
            for path, content in contents.items():
                stack.enter_context(paths.replacing(path)).write_bytes(content)
    except OSError as error:
        raise EmojicamError(f"{where.model.parent} can't be written: {error.strerror}", "another -o FILE") from None


def as_json(taught: "Taught", where: Files) -> dict[str, Any]:
    """The last line of ``emojicam teach --json``."""
    return {
        "step": "done",
        "model": str(where.model),
        "settings": str(where.settings),
        "card": str(where.card),
        "counts": taught.counts,
        "before": taught.before.as_json(),
        "after": taught.after.as_json(),
        "types": taught.types,
        "silent": taught.silent,
        "losses": [str(one) for one in taught.losses],
    }
