"""What a benchmark runs on, and what it runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emojicam import config
from emojicam.bench.shapes import SHAPES
from emojicam.config.boards import BOARDS, Board, find
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, load, parse
from emojicam.model.support import check_layers

#: Stands for every shape.
SUITE = "suite"


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
        names: files, names of `emojicam.bench.shapes`, "mlperf" for those of MLPerf Tiny, or SUITE for all shapes.
        settings: the emojicam.toml whose model it is without names; the project's by default.

    Raises:
        EmojicamError: a file is missing or no model, or the firmware has no kernel for a layer of it.
    """
    if not names:
        names = [str(config.load(settings).model_path)]
    for name in names:
        if name in ("mlperf", SUITE):
            for shape, make in SHAPES.items():
                if name == SUITE or shape.startswith("mlperf-"):
                    yield shape, fold(parse(make(), name=shape)).graph
        elif name in SHAPES:
            yield name, fold(parse(SHAPES[name](), name=name)).graph
        else:
            graph = fold(load(Path(name))).graph
            check_layers(graph)
            yield Path(name).name, graph
