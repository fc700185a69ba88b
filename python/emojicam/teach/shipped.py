"""What a lesson begins with: the shipped model's float weights, with outputs for the classes of the settings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from emojicam import paths
from emojicam.config import Gesture
from emojicam.config.emoji import bare
from emojicam.data.classes import plain
from emojicam.errors import EmojicamError
from emojicam.training import card, network, predict, rebuild, restore
from emojicam.training.config import TrainConfig
from emojicam.training.network import Architecture


@dataclass(frozen=True)
class Shipped:
    """A model that ships, as its folder describes it.

    Attributes:
        classes, emoji: of its outputs.
        architecture, side: of its network, and of its input in pixels.
        weights: the file of float weights, see `restore.save`.
        tflite: the int8 model.
    """

    classes: tuple[str, ...]
    emoji: tuple[str, ...]
    architecture: Architecture
    side: int
    weights: Path
    tflite: bytes

    @classmethod
    def of(cls, folder: Path | None = None) -> Self:
        """Read what a folder of a shipped model says.

        Args:
            folder: `models` by default.

        Raises:
            EmojicamError: a file is missing or damaged.
        """
        folder = folder or paths.models_dir()
        note, weights = folder / card.REPORT, folder / rebuild.WEIGHTS
        if not weights.is_file():
            raise EmojicamError(f"the shipped model's float weights, {weights}, are not there", "a checkout")
        try:
            report = json.loads(note.read_text(encoding="utf-8"))
            classes, emoji, config = tuple(report["classes"]), tuple(report["emoji"]), report["config"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmojicamError(f"cannot read {note}: {error}", "models/ as it was shipped") from None
        settings = TrainConfig.from_values(config, str(note))
        tflite = predict.read(folder / rebuild.MODEL)
        return cls(classes, emoji, settings.architecture, settings.size, weights, tflite)

    def outputs(self, gestures: Sequence[Gesture]) -> list[int | None]:
        """The output that each class of the settings has in this model: that of its name, or of its emoji.

        The first is "no gesture" whatever it is called; None is a class that the model lacks.
        """
        names = [plain(name) for name in self.classes]
        signs = [bare(sign) for sign in self.emoji]
        found: list[int | None] = [0]
        for gesture in gestures[1:]:
            name, sign = plain(gesture.name), bare(gesture.emoji)
            known = names.index(name) if name in names else signs.index(sign) if sign in signs else None
            found.append(known if known not in found else None)
        return found

    def network(self, outputs: Sequence[int | None]) -> Any:
        """A Keras network with these weights; one that has other outputs begins with what the last layer knows.

        Args:
            outputs: from `outputs`. What is None begins as "no gesture" does, which it was taken for until now.
        """
        model = restore.load(self.weights, self.architecture)
        if list(outputs) == list(range(len(self.classes))):
            return model
        wider = network.build(len(outputs), self.architecture)
        chosen = [0 if one is None else one for one in outputs]
        for ours, theirs in zip(wider.layers, model.layers, strict=True):
            values = theirs.get_weights()
            if theirs.name == "classifier":
                kernel, bias = values
                values = [np.take(kernel, chosen, axis=-1), np.take(bias, chosen, axis=-1)]
            ours.set_weights(values)
        return wider
