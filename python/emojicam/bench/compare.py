"""A result against one that was committed earlier: a loss has to show."""

import json
from pathlib import Path
from typing import Any

from emojicam import paths
from emojicam.bench.measure import Bench
from emojicam.errors import EmojicamError

#: What a count may grow by before it is a loss: compilers differ a little.
TOLERANCE = 0.01


def committed(result: Bench) -> Path:
    """Where the committed result of this model on this board lies."""
    return paths.project_root() / "docs" / "bench" / f"{Path(result.model).stem}-{result.board}.json"


def losses(result: Bench, earlier: Path) -> list[str]:
    """What has become worse than in an earlier result, one line each.

    Raises:
        EmojicamError: the file is not one that `emojicam bench` has written.
    """
    try:
        old: dict[str, Any] = json.loads(earlier.read_text())
        before = {
            "instructions": old["instructions"]["emojicam"],
            "bytes of arena": old["arena_bytes_by_kernels"]["emojicam"],
            "bytes of flash for the model": old["model_bytes"]["emojicam"],
        }
        old_layers = {i: layer["instructions"]["emojicam"] for i, layer in enumerate(old["layers"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmojicamError(
            f"{earlier.name} is no result of emojicam bench ({type(error).__name__})", "--json to write one"
        ) from None
    now = {
        "instructions": result.instructions["emojicam"],
        "bytes of arena": result.arena_bytes["emojicam"],
        "bytes of flash for the model": result.model_bytes["emojicam"],
    }
    found = [f"{what}: {now[what]:,}, were {before[what]:,}" for what in now if _worse(now[what], before[what])]
    for index, layer in enumerate(result.layers):
        count = layer.instructions["emojicam"]
        if index in old_layers and _worse(count, old_layers[index], slack=1000):
            found.append(f"layer {index} ({layer.op}): {count:,} instructions, were {old_layers[index]:,}")
    return found


def slower_than_cmsis_nn(result: Bench) -> bool:
    """Whether the model would be better off with stock CMSIS-NN."""
    return result.instructions["emojicam"] > result.instructions["cmsis_nn"] * (1 + TOLERANCE)


def _worse(now: int, before: int, slack: int = 0) -> bool:
    return now > before * (1 + TOLERANCE) + slack
