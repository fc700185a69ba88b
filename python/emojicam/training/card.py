"""The model card, from the figures beside the model: nobody types a number twice."""

import json
from pathlib import Path
from typing import Any

from emojicam import codegen
from emojicam.data import imagenet, photographs
from emojicam.data.backgrounds import PHOTOGRAPHS
from emojicam.errors import EmojicamError
from emojicam.training.config import TrainConfig

#: What a card is made of: the training's report, and where they were measured, the replay of clips
#: (`emojicam thresholds --write`) and photographs of real hands (`emojicam evaluate --card`).
REPORT, REPLAY, PHOTOGRAPHS_REPORT = "gestures.json", "replay.json", "photographs.json"
#: Poses of class none in the table of the hardest.
_HARDEST = 8


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise EmojicamError(f"{path} is not JSON: {error}", "emojicam train --rebuild writes it") from None
    return dict(found)


def _pasted(config: TrainConfig) -> str:
    """The share of hands that got another background, in words."""
    first, last = config.cycles[0].paste, config.cycles[-1].paste
    return f"{100 * first:.0f} %" + (f" ({100 * last:.0f} % at the end)" if last != first else "")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def render(folder: Path) -> str:
    """The text of a folder's card.

    Args:
        folder: of the shipped model: gestures.json, and what else was measured.

    Raises:
        EmojicamError: there is no report, or a file is not JSON.
    """
    report = _read(folder / REPORT)
    if report is None:
        raise EmojicamError(f"{folder / REPORT} does not exist", "emojicam train --rebuild")
    poses = report["validation"].get("by_pose", {})
    config = TrainConfig.from_values(report["config"], "the model's settings")
    trained_on = report.get("photographs")
    manifest = photographs.shipped()
    used = {one.source for one in manifest.of(("train",))} if trained_on else set()
    return codegen.render(
        "emojicam.training",
        "card.md.jinja",
        **{key: report[key] for key in ("config", "bytes", "operators", "sha256", "validation")},
        classes=report["classes"],
        emoji=report["emoji"],
        trained_on=trained_on,
        sources=[source for key, source in manifest.sources.items() if key in used],
        taught_by=imagenet.part() if config.teacher else None,
        pasted=_pasted(config),
        photograph_names=PHOTOGRAPHS,
        hardest=sorted(poses.items(), key=lambda item: item[1])[:_HARDEST],
        replay=_read(folder / REPLAY),
        photographs=_read(folder / PHOTOGRAPHS_REPORT),
        percent=_percent,
    )


def write(folder: Path) -> Path:
    """Write the card, README.md, beside the model."""
    path = folder / "README.md"
    codegen.write_if_changed(path, render(folder))
    return path
