"""Which network to train: what each candidate costs on the board, and how well it learns in a short equal run.

The budget is the original project's network, MobileNetV1 0.25 at 96x96: instructions, arena and flash measured
in the same run, with the same kernels. A short run ranks networks; it does not say how good they become.
"""

import dataclasses
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam import paths
from emojicam.console import step
from emojicam.data.classes import CLASSES
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError
from emojicam.parallel import HERE, Workers
from emojicam.training import network, quantise, train
from emojicam.training import replicas as devices
from emojicam.training.config import Cycle, TrainConfig
from emojicam.training.network import Architecture


@dataclass(frozen=True)
class Candidate:
    """A network and the side of its input in pixels."""

    name: str
    architecture: Architecture
    size: int = 96


_REFERENCE = Candidate("MobileNetV1 0.25", Architecture.mobilenet(0.25))


def _blocks(count: int, channels: int, stride: int = 1) -> tuple[tuple[int, int], ...]:
    """Blocks of one stage: the first has the stride."""
    return ((channels, stride), *[(channels, 1)] * (count - 1))


#: The first is the budget. The others move work between the stages: 48x48 and 24x24 pixels see fine detail and cost
#: the most an output, 3x3 pixels cost the most flash.
CANDIDATES = (
    _REFERENCE,
    Candidate("MobileNetV1 0.25, 64x64", Architecture.mobilenet(0.25), 64),
    Candidate(
        "more at 12x12",
        Architecture(8, ((16, 1), *_blocks(2, 32, 2), *_blocks(3, 64, 2), *_blocks(4, 128, 2), *_blocks(2, 256, 2))),
    ),
    Candidate(
        "12x12 instead of 24x24",
        Architecture(8, ((16, 1), (32, 2), *_blocks(4, 64, 2), *_blocks(4, 128, 2), *_blocks(2, 256, 2))),
    ),
    Candidate("no 3x3 stage", network.NARROW),
    Candidate(
        "fewer, wider",
        Architecture(8, ((16, 1), *_blocks(2, 32, 2), *_blocks(2, 64, 2), *_blocks(4, 144, 2), *_blocks(2, 256, 2))),
    ),
    Candidate(
        "early stride",
        Architecture(8, ((16, 2), (32, 1), *_blocks(4, 64, 2), *_blocks(4, 128, 2), *_blocks(2, 256, 2))),
    ),
    Candidate(
        "80x80, wider",
        Architecture(8, ((16, 1), *_blocks(2, 32, 2), *_blocks(3, 80, 2), *_blocks(5, 160, 2), (224, 1))),
        80,
    ),
)


@dataclass(frozen=True)
class Cost:
    """What a network takes on the Cortex-M7 with our kernels.

    Attributes:
        instructions: of one inference.
        arena_bytes: everything that TFLM needs.
        flash_bytes: the .tflite as it is compiled in, without names.
    """

    instructions: int
    arena_bytes: int
    flash_bytes: int

    def within(self, budget: "Cost") -> bool:
        return all(
            mine <= theirs for mine, theirs in zip(dataclasses.astuple(self), dataclasses.astuple(budget), strict=True)
        )


@dataclass(frozen=True)
class Found:
    """A candidate with its figures; accuracy is None where it was not trained."""

    candidate: Candidate
    cost: Cost
    within: bool
    accuracy: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.candidate.name,
            "size": self.candidate.size,
            "stem": self.candidate.architecture.stem,
            "blocks": self.candidate.architecture.blocks,
            **dataclasses.asdict(self.cost),
            "within_budget": self.within,
            "accuracy": self.accuracy,
        }


def cost(candidate: Candidate, representatives: Labelled) -> Cost:
    """Measure a candidate with random weights on the emulated Cortex-M7: its counts do not depend on them.

    Args:
        representatives: a few pictures of any class.
    """
    from emojicam.bench.measure import bench
    from emojicam.config import boards
    from emojicam.model import graph
    from emojicam.model.slim import slim

    images = representatives.resized(candidate.size).images
    model = _settled(network.build(len(CLASSES), candidate.architecture), network.as_input(images))
    content = quantise.quantise(model, images, candidate.architecture, candidate.size, count=16)
    parsed = slim(graph.parse(content))
    measured = bench(parsed, candidate.name, boards.BOARD_OF_CORE["cortex-m7"])
    return Cost(measured.instructions["emojicam"], measured.arena_bytes["emojicam"], measured.model_bytes["cmsis_nn"])


def _settled(model: Any, pictures: npt.NDArray[np.float32]) -> Any:
    """A network with random weights whose activations use their range, as a trained one's do.

    Kernels are chosen by the ranges that quantisation finds; without this most would fall back.
    """
    normal = [layer for layer in model.layers if hasattr(layer, "moving_mean")]
    for layer in normal:
        layer.gamma.assign(np.full(layer.gamma.shape, 3.0, np.float32))
        layer.momentum = 0.0
    model(pictures, training=True)
    return model


def _settings(candidate: Candidate, pictures: int, seed: int, replicas: int) -> TrainConfig:
    """A short training that is the same for every candidate but for the network and its input.

    Small batches, little augmentation and nothing pasted: a network learns hardly anything in its first thousand
    steps, and so short a run has few.
    """
    return TrainConfig(
        stem=candidate.architecture.stem,
        blocks=candidate.architecture.blocks,
        size=candidate.size,
        cycles=(Cycle(8, 3e-3, ((0.75, 64),), augmentation=0.25, paste=0.0),),
        batch=32,
        warmup=100,
        data_count=pictures,
        seed=seed,
        replicas=replicas,
    )


def short_run(
    candidate: Candidate, training: Labelled, validation: Labelled, folder: Path, seed: int, replicas: int
) -> float:
    """Accuracy after a short training; an interrupted one goes on."""
    config = _settings(candidate, len(training), seed, replicas)
    train.train(config, training, validation.resized(candidate.size), folder)
    history = json.loads((folder / "history.json").read_text())
    return float(history[-1]["val_accuracy"])


def _run_anywhere(training: Labelled, validation: Labelled, seed: int, replicas: int, candidate: Candidate) -> float:
    with tempfile.TemporaryDirectory(prefix="emojicam-") as folder:
        return short_run(candidate, training, validation, Path(folder), seed, replicas)


def _runs_elsewhere(
    candidates: dict[int, Candidate], training: Labelled, validation: Labelled, folder: Path, seed: int, replicas: int,
    workers: Workers,
) -> dict[int, float]:  # fmt: skip
    """Accuracies after short runs on other machines; each that is known is kept in the run's folder."""

    def kept(number: int) -> Path:
        return folder / f"{number}" / "accuracy.json"

    def key(number: int) -> Any:
        config = _settings(candidates[number], len(training), seed, replicas)
        return json.loads(json.dumps(dataclasses.asdict(config)))

    known: dict[int, float] = {}
    for number in candidates:
        if kept(number).is_file():
            stored = json.loads(kept(number).read_text())
            if stored["settings"] == key(number):
                known[number] = stored["accuracy"]
    missing = [number for number in candidates if number not in known]
    # Nothing is pasted, so what the hands cover would be sent for nothing.
    plain = dataclasses.replace(training, covers=training.covers[:0])
    found = workers.each(
        _run_anywhere, [candidates[number] for number in missing], "train", common=(plain, validation, seed, replicas)
    )
    for number, accuracy in zip(missing, found, strict=True):
        kept(number).parent.mkdir(parents=True, exist_ok=True)
        with paths.replacing(kept(number)) as new:
            new.write_text(json.dumps({"settings": key(number), "accuracy": accuracy}) + "\n")
        known[number] = accuracy
    return known


def search(
    training: Labelled,
    validation: Labelled,
    folder: Path,
    candidates: tuple[Candidate, ...] = CANDIDATES,
    seed: int = 1,
    replicas: int = 2,
    workers: Workers = HERE,
) -> list[Found]:
    """Measure every candidate here, and train those that are within the budget.

    Args:
        training: pictures of the short runs.
        validation: what their accuracy is measured on.
        folder: of the runs; interrupted ones go on.
        candidates: the first one is the budget.
        workers: a cluster's train one each at a time; here one is trained after the other, by all processors.

    Raises:
        EmojicamError: a tool is missing.
    """
    if not candidates:
        raise EmojicamError("there is no network to look at", "CANDIDATES in emojicam/training/search.py")
    # Before the first candidate is built: TensorFlow's runtime then is what the short runs want.
    devices.strategy(replicas, 1)
    few = validation.first(16)
    costs: list[Cost] = []
    accuracies: dict[int, float] = {}
    affordable: dict[int, Candidate] = {}
    for number, candidate in enumerate(candidates):
        step(f"measuring {candidate.name}")
        costs.append(measured := cost(candidate, few))
        within = number == 0 or measured.within(costs[0])
        step(
            f"{measured.instructions:,} instructions, arena {measured.arena_bytes:,}, flash {measured.flash_bytes:,} "
            f"bytes: {'within' if within else 'over'} the budget"
        )
        if within:
            affordable[number] = candidate
            if not workers.elsewhere:
                run = folder / f"{number}"
                accuracies[number] = short_run(candidate, training, validation, run, seed, replicas)
    if workers.elsewhere:
        accuracies = _runs_elsewhere(affordable, training, validation, folder, seed, replicas, workers)
    return [
        Found(candidate, costs[number], number in affordable, accuracies.get(number))
        for number, candidate in enumerate(candidates)
    ]


def front(found: list[Found]) -> list[Found]:
    """Those that no other beats in both instructions and accuracy (the Pareto front), cheapest first."""
    trained = [one for one in found if one.accuracy is not None]
    kept: list[Found] = []
    for one in sorted(trained, key=lambda one: (one.cost.instructions, -(one.accuracy or 0))):
        if not kept or (one.accuracy or 0) > (kept[-1].accuracy or 0):
            kept.append(one)
    return kept


def report(found: list[Found]) -> list[dict[str, Any]]:
    """One row a candidate, as `emojicam search --json` writes it."""
    best = front(found)
    return [{**one.as_json(), "on_front": one in best} for one in found]
