"""Everything that decides a training run, in one value that is saved beside its results."""

import dataclasses
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from emojicam.errors import EmojicamError
from emojicam.training.network import GESTURES, NARROW, Architecture

#: The models in models/, which a run may begin with: the shipped one, and what that began with, one after another: one
#: that was taught, the same without a teacher, a narrower one on photographs, and one of rendered hands alone.
BEGINNINGS = ("gestures.tflite", "wide-max.tflite", "wide.tflite", "narrow.tflite", "rendered.tflite")

#: Most epochs see pictures that cost half as much (Tan and Le 2021, "EfficientNetV2", section 4).
_GROWING = ((0.42, 64), (0.25, 80))


class Cycle(NamedTuple):
    """A part of a run: the learning rate rises, falls to almost nothing, and starts again with the next cycle
    (Loshchilov and Hutter 2017, "SGDR").

    Attributes:
        epochs: how many.
        rate: the highest learning rate.
        small: (share of the epochs, side) pairs: smaller pictures first, which cost less.
        augmentation: 0 none to 1 full strength.
        paste: share of rendered hands that are put before another picture's background.
        extent: the size of photographed hands that is most often shown, in picture heights.
        swap: share of the photographed hands that are cut out of their own scene.
        mirror: share of photographed scenes that go on as their mirror image, see `mixture.Shots`.
        cut: share of the hands taken out of their scene that are cut along their outline, see `mixture.Shots`.
    """

    epochs: int
    rate: float
    small: tuple[tuple[float, int], ...] = ()
    augmentation: float = 0.7
    paste: float = 0.5
    extent: float = 0.65
    swap: float = 0.3
    mirror: float = 0.0
    cut: float = 0.0

    def good(self) -> bool:
        """Whether every value is in its range."""
        return (
            self.epochs >= 1
            and self.rate > 0
            and all(share > 0 and side >= 32 for share, side in self.small)
            and sum(share for share, _ in self.small) <= 1
            and 0 <= self.augmentation <= 1
            and 0 <= self.paste <= 1
            and 0.1 <= self.extent <= 1.2
            and 0 <= self.swap <= 1
            and 0 <= self.mirror <= 1
            and 0 <= self.cut <= 1
        )

    @classmethod
    def from_values(cls, values: list[Any]) -> Self:
        """A cycle from JSON's list."""
        epochs, rate, small, *others = values
        sides = tuple((float(share), int(side)) for share, side in small)
        return cls(int(epochs), float(rate), sides, *map(float, others))


def _block(values: list[Any]) -> tuple[int, int]:
    channels, stride = values
    return int(channels), int(stride)


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a run. The defaults made the model of rendered hands alone, models/rendered.tflite.

    Attributes:
        data_seed, data_count: the rendered training set.
        validation_seed, validation_count: the rendered validation set; another seed than the first.
        seed: of weights, order and augmentation.
        stem, blocks, pool: the network, see `network.Architecture`.
        size: side of the model's input in pixels.
        cycles: one after another: a warm restart at full rate leaves a network better than it was, and so does ending
            with a few epochs of nearly unchanged pictures (He et al. 2019, "Data Augmentation Revisited").
        batch: pictures a step, over all replicas and workers.
        replicas: copies of the network that share a batch, one a core; normalisation sees a copy's share.
        warmup: steps at the start of each cycle.
        schedule: "cosine" or "exponential".
        decay: weight decay of AdamW.
        smoothing: of labels, 0 to 0.5.
        class_weights: "balanced" weighs each class by the inverse of its share, "none" does not.
        dropout: before the classifier.
        patience: epochs at full size without a better validation loss before stopping early; with photographs a run
            goes to its end, as rendered validation says little about them.
        photographs: share of each batch that is photographs.
        start: SHA-256 of the int8 model whose weights a run begins with, widened where the network is wider than it
            (`widen.py`); "" begins with random ones.
        light: how often real rooms' extremes of light are put on top while training, 0 to 1.
        blend: how much of the weights that a run began with is in those that it ends with, 0 to below 1: what the first
            could is kept, for some of what was learnt (Wortsman et al. 2022, "Robust fine-tuning").
        pretrained: whether the network is the one of `pretrained.py` instead of stem and blocks: a teacher.
        teacher: cycles of a network that is trained first, on the same pictures, and then teaches (Hinton et al. 2015,
            "Distilling the Knowledge in a Neural Network"), beside the weights that a run began with; () has none.
        taught: share of the loss that compares with the teacher's answers, 0 to 1; the rest compares with labels.
        mixup: share of a batch's pictures that are mixed with others, labels too (Zhang et al. 2018, "mixup"); a
            teacher says what it sees in them (Beyer et al. 2022, "Knowledge distillation: A good teacher is patient
            and consistent").
        average: end with the mean of the weights at each cycle's end (Izmailov et al. 2018, "Averaging Weights Leads to
            Wider Optima").
    """

    data_seed: int = 1
    data_count: int = 75_000
    validation_seed: int = 20261
    validation_count: int = 4_000
    seed: int = 1
    stem: int = NARROW.stem
    blocks: tuple[tuple[int, int], ...] = NARROW.blocks
    pool: str = NARROW.pool
    size: int = 96
    cycles: tuple[Cycle, ...] = (
        Cycle(34, 3e-3, _GROWING),
        Cycle(4, 5e-4, augmentation=0.35, paste=0.25),
        Cycle(18, 2e-3, _GROWING, augmentation=0.5),
        Cycle(6, 1e-3, augmentation=0.35, paste=0.25),
    )
    batch: int = 64
    replicas: int = 2
    warmup: int = 300
    schedule: str = "cosine"
    decay: float = 0.02
    smoothing: float = 0.05
    class_weights: str = "none"
    dropout: float = 0.05
    patience: int = 4
    photographs: float = 0.0
    start: str = ""
    light: float = 0.0
    blend: float = 0.0
    average: bool = False
    pretrained: bool = False
    teacher: tuple[Cycle, ...] = ()
    taught: float = 0.0
    mixup: float = 0.0

    def __post_init__(self) -> None:
        wrong = [
            name
            for name, good in {
                "stem": self.stem >= 1,
                "blocks": bool(self.blocks)
                and all(channels >= 1 and stride in (1, 2) for channels, stride in self.blocks),
                "pool": self.pool in ("average", "max"),
                "size": 32 <= self.size <= 224 and self.size % self.architecture.stride() == 0,
                "cycles": bool(self.cycles) and all(cycle.good() for cycle in self.cycles),
                "replicas": self.replicas >= 1,
                "batch": self.batch >= 1 and self.batch % self.replicas == 0,
                "schedule": self.schedule in ("cosine", "exponential"),
                "smoothing": 0 <= self.smoothing <= 0.5,
                "class_weights": self.class_weights in ("balanced", "none"),
                "dropout": 0 <= self.dropout < 1,
                "photographs": 0 <= self.photographs < 1,
                "start": self.start == "" or len(self.start) == 64,
                "light": 0 <= self.light <= 1,
                "blend": 0 <= self.blend < 1 and (self.blend == 0 or self.start != ""),
                "teacher": all(cycle.good() for cycle in self.teacher) and not (self.teacher and self.pretrained),
                "taught": 0 <= self.taught <= 1 and (self.taught > 0) == bool(self.teacher),
                "mixup": 0 <= self.mixup <= 1,
                "validation_seed": self.validation_seed != self.data_seed,
            }.items()
            if not good
        ]
        if wrong:
            name = wrong[0]
            raise EmojicamError(
                f"training setting {name} = {getattr(self, name)!r} is out of range",
                "its range in emojicam/training/config.py",
            )

    @classmethod
    def smoke(cls) -> Self:
        """A setting that goes through every step in seconds; its model knows nothing."""
        return cls(
            data_count=250,
            validation_count=56,
            cycles=(Cycle(2, 3e-3, ((0.5, 48),), augmentation=0.5),),
            batch=32,
            warmup=4,
        )

    @classmethod
    def narrow(cls) -> Self:
        """What made models/narrow.tflite, on photographs, of the one that was trained on rendered hands alone."""
        return cls(
            data_count=20_000,
            photographs=0.6,
            light=1.0,
            blend=0.15,
            start="dc0bc2537296acf63e7d84ba4fac6ccbd62e6f4c4911f7f8518217ba4248451f",
            replicas=1,
            warmup=100,
            cycles=(
                Cycle(17, 2e-3, ((0.42, 64), (0.34, 80)), 0.5, 0.4, extent=0.5, mirror=0.7),
                Cycle(9, 1.5e-3, ((0.34, 80),), 0.4, 0.35, extent=0.48, swap=0.45, mirror=0.8, cut=0.8),
            ),
        )

    @classmethod
    def wide(cls) -> Self:
        """What made models/wide.tflite of models/narrow.tflite."""
        return dataclasses.replace(
            cls.narrow(),
            stem=GESTURES.stem,
            blocks=GESTURES.blocks,
            blend=0.0,
            average=True,
            start="8c60eddcf765601db63b7eabe53e5f5724e03871687c5e617838c4ab48b89612",
            cycles=(
                Cycle(24, 2e-3, ((0.42, 64), (0.34, 80)), 0.5, 0.4, extent=0.5, swap=0.45, mirror=0.8, cut=0.8),
                Cycle(12, 1.5e-3, ((0.34, 80),), 0.4, 0.35, extent=0.48, swap=0.45, mirror=0.8, cut=0.8),
                Cycle(6, 1.2e-3, (), 0.4, 0.35, extent=0.48, swap=0.45, mirror=0.8, cut=0.8),
            ),
        )

    @classmethod
    def wide_max(cls) -> Self:
        """What made models/wide-max.tflite of models/wide.tflite."""
        return dataclasses.replace(
            cls.wide(),
            pool=GESTURES.pool,
            start="a582f60ec225f7eef5cc6910066cdae3807c72c4efc4833ad943aa8243537d96",
            replicas=2,
            cycles=(
                Cycle(5, 2e-3, ((0.8, 80),), 0.4, 0.35, extent=0.47, swap=0.25, mirror=0.8, cut=0.8),
                Cycle(6, 1.5e-3, (), 0.4, 0.35, extent=0.47, swap=0.25, mirror=0.8, cut=0.8),
                Cycle(3, 1e-3, (), 0.4, 0.35, extent=0.47, swap=0.25, mirror=0.8, cut=0.8),
            ),
            teacher=(Cycle(6, 1e-3, (), 0.4, 0.35, extent=0.45, swap=0.2, mirror=0.8, cut=0.8),),
            taught=0.55,
            mixup=0.3,
        )

    @classmethod
    def on_photographs(cls) -> Self:
        """What made the shipped model of models/wide-max.tflite, with the same teacher."""
        return dataclasses.replace(
            cls.wide_max(),
            start="cb0ecedabfef3f8d327b2879c5e94ea4d499b03073a2cc95ee65222ea64e44a1",
            cycles=(
                Cycle(6, 1.5e-3, ((0.5, 80),), 0.4, 0.35, extent=0.47, swap=0.2, mirror=0.8, cut=0.8),
                Cycle(4, 1.2e-3, (), 0.4, 0.35, extent=0.47, swap=0.2, mirror=0.8, cut=0.8),
                Cycle(3, 8e-4, (), 0.35, 0.3, extent=0.47, swap=0.2, mirror=0.8, cut=0.8),
            ),
            taught=0.6,
        )

    @property
    def of_teacher(self) -> Self:
        """The run of the network that teaches."""
        return dataclasses.replace(
            self,
            cycles=self.teacher,
            pretrained=True,
            # Nothing of these is a teacher's: the defaults.
            stem=NARROW.stem,
            blocks=NARROW.blocks,
            pool=NARROW.pool,
            start="",
            blend=0.0,
            average=False,
            teacher=(),
            taught=0.0,
            mixup=0.0,
        )

    @property
    def architecture(self) -> Architecture:
        return Architecture(self.stem, self.blocks, self.pool)

    @property
    def epochs(self) -> int:
        """Epochs of all cycles."""
        return sum(cycle.epochs for cycle in self.cycles)

    @property
    def ends(self) -> list[int]:
        """How many epochs are done at each cycle's end."""
        return list(itertools.accumulate(cycle.epochs for cycle in self.cycles))

    def cycle_at(self, epoch: int) -> tuple[Cycle, int]:
        """The cycle of an epoch (from 0), and the first epoch of that cycle."""
        first = 0
        for cycle in self.cycles:
            if epoch < first + cycle.epochs:
                return cycle, first
            first += cycle.epochs
        raise IndexError(epoch)

    def size_at(self, epoch: int) -> int:
        """Side of the pictures in an epoch (from 0)."""
        cycle, first = self.cycle_at(epoch)
        begin = 0.0
        for share, side in cycle.small:
            begin += share * cycle.epochs
            if epoch - first < round(begin):
                return side
        return self.size

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @classmethod
    def from_json(cls, path: Path) -> Self:
        """Read a saved configuration.

        Raises:
            EmojicamError: not readable, an unknown setting, or one out of range.
        """
        try:
            values: dict[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise EmojicamError(f"cannot read {path}: {error}", "a config.json of an earlier run") from None
        return cls.from_values(values, str(path))

    @classmethod
    def from_values(cls, values: dict[str, Any], source: str) -> Self:
        """A configuration from plain values, as `dataclasses.asdict` gives them.

        Args:
            source: where they are from, for errors.

        Raises:
            EmojicamError: an unknown setting, or one out of range.
        """
        values = dict(values)
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - known):
            raise EmojicamError(f"{source}: unknown setting {unknown[0]!r}", f"one of {', '.join(sorted(known))}")
        for name, read in (("cycles", Cycle.from_values), ("teacher", Cycle.from_values), ("blocks", _block)):
            if name in values:
                try:
                    values[name] = tuple(read(one) for one in values[name])
                except (TypeError, ValueError):
                    raise EmojicamError(
                        f"{source}: cannot read {name}", "what an earlier run's config.json has there"
                    ) from None
        return cls(**values)
