"""What a benchmark runs on, and what it runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emojicam import config, paths
from emojicam.bench.shapes import SHAPES
from emojicam.config.boards import BOARDS, Board, find
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, load, parse
from emojicam.model.support import check_layers

#: Stands for every shape, and the trained networks of this project.
SUITE = "suite"
#: Those networks, by file: the one that is shipped and the one before it.
TRAINED = {"gestures": "gestures.tflite", "gestures-narrow": "narrow.tflite"}


def suite_names() -> list[str]:
    """Of all that SUITE stands for; a wheel brings the shipped network alone."""
    return [*(name for name, file in TRAINED.items() if (paths.models_dir() / file).is_file()), *SHAPES]


def boards(names: Sequence[str] | None) -> list[Board]:
    """The boards of these names; all emulated ones without names.

    Raises:
        EmojicamError: there is none of this name that an emulator counts.
    """
    counted = [board for board in BOARDS.values() if board.qemu_machine]
    return [find(name, counted) for name in names] if names else counted


def models(names: Sequence[str] | None, settings: Path | None = None) -> Iterator[tuple[str, Graph]]:
    """Name and graph of each model, folded as the firmware embeds it.

    Args:
        names: files, names of `emojicam.bench.shapes`, "mlperf" for those of MLPerf Tiny, keys of TRAINED, or SUITE
            for all of them.
        settings: the emojicam.toml whose model it is without names; the project's by default.

    Raises:
        EmojicamError: a file is missing or no model, or the firmware has no kernel for a layer of it.
    """
    if not names:
        names = [str(config.load(settings).model_path)]
    together = {SUITE: suite_names(), "mlperf": [shape for shape in SHAPES if shape.startswith("mlperf-")]}
    every = [one for given in names for one in together.get(given, [given])]
    for name in every:
        if name in SHAPES:
            yield name, fold(parse(SHAPES[name](), name=name)).graph
        else:
            path = paths.models_dir() / TRAINED[name] if name in TRAINED else Path(name)
            graph = fold(load(path)).graph
            check_layers(graph)
            yield name if name in TRAINED else path.name, graph
