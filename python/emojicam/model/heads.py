"""From a model's outputs to one score a class of ``emojicam.toml``: the twin of ``firmware/src/inference/head.h``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.model.graph import Graph

Scores = npt.NDArray[np.int8]
Kind = Literal["as_it_is", "sigmoid", "logit", "groups"]


@dataclass(frozen=True)
class Head:
    """How outputs become scores.

    Attributes:
        kind: "as_it_is" is one output a class. A single output makes two classes: the second is it, the first what
            is left of a probability ("sigmoid"), or 0 beside a logit ("logit"). "groups": a class's score is the
            highest of its outputs'.
        classes: how many there are.
        zero_point: of the outputs.
        class_of: "groups": the class that each output counts for.
    """

    kind: Kind
    classes: int
    zero_point: int = 0
    class_of: tuple[int, ...] = ()

    def scores(self, outputs: Scores) -> Scores:
        """One score a class, (classes,), of the model's outputs."""
        given = np.ravel(outputs)
        if self.kind == "as_it_is":
            return given
        if self.kind == "groups":
            best = np.full(self.classes, -128, np.int8)
            np.maximum.at(best, np.array(self.class_of), given)
            return best
        one = int(given[0])
        # Probabilities are in 256ths from -128 on: 1 - p is -one, but for the 1 that int8 doesn't have.
        other = min(-one, 127) if self.kind == "sigmoid" else self.zero_point
        return np.array([other, one], np.int8)


def head(
    graph: Graph, probabilities: bool, gestures: Sequence[str] | None, outputs: Sequence[Sequence[int]] | None = None
) -> Head:
    """How this model's outputs become the scores of these gestures.

    Args:
        graph: folded, with one output [1, N].
        probabilities: it ends in SOFTMAX or LOGISTIC.
        gestures: the classes; None takes what the model has.
        outputs: which of the model's each class has, in emojicam.toml's order; None or all empty is one each.

    Raises:
        EmojicamError: they don't go together.
    """
    output = graph.tensors[graph.outputs[0]]
    count = output.shape[1]
    if gestures is not None and outputs is not None and any(outputs):
        return Head("groups", len(gestures), output.zero_point, _groups(count, gestures, outputs))
    classes = max(count, 2)
    if gestures is not None and len(gestures) != classes:
        raise EmojicamError(
            f"the model has {classes} classes and emojicam.toml has {len(gestures)} gestures ({', '.join(gestures)})",
            "one [[gesture]] for each class, in the order of the model's outputs, or outputs = [...] in each that says "
            "which of the model's are its; emojicam teach for a gesture that the model lacks; or --config with the "
            "settings that it is for",
        )
    if count > 1:
        return Head("as_it_is", count, output.zero_point)
    return Head("sigmoid" if probabilities else "logit", 2, output.zero_point)


def _groups(count: int, gestures: Sequence[str], outputs: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The class of each output; those that no gesture has are the first's, which is none."""
    class_of = [0] * count
    owner: dict[int, str] = {}
    for index, (name, mine) in enumerate(zip(gestures, outputs, strict=True)):
        if index and not mine:
            raise EmojicamError(
                f"the gesture {name!r} has no outputs in emojicam.toml, and others have",
                "outputs = [...] in every gesture but the first, which gets the rest",
            )
        for output in mine:
            if output >= count:
                raise EmojicamError(
                    f"the gesture {name!r} has output {output}, and the model has {count}", f"0 to {count - 1}"
                )
            if output in owner:
                raise EmojicamError(f"output {output} is {owner[output]!r} and {name!r}", "one gesture for each output")
            owner[output] = name
            class_of[output] = index
    if 0 not in class_of:
        raise EmojicamError(
            f"no output of the model is left for {gestures[0]!r}", "an output that means that there is no gesture"
        )
    return tuple(class_of)
