"""The first weights of an output that the shipped model lacks, fitted before anything else is trained.

A few hundred steps of Adam move a weight of the last layer by less than a tenth, and an output that begins as a copy of
"no gesture" stays near it: its own captures were given 0.4 to 0.7. So it is fitted to the end on the features as they
are, before all layers are tuned (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features"). What is trained
later begins with a model that knows the gesture, and may be mixed with it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

#: Batches of pictures that it is fitted on.
BATCHES = 30
#: What half the square of a weight costs, of a feature with standard deviation 1, beside a picture's log loss.
_RIDGE = 10.0


def logistic(features: Doubles, offset: Doubles, wanted: Doubles, ridge: float = _RIDGE) -> tuple[Doubles, float]:
    """A logistic regression with a known part: P = sigmoid(features @ weights + bias + offset).

    Args:
        features: (N, F). offset: (N,) of the log odds. wanted: (N,) 0 or 1.

    Returns:
        (F,) weights, and the bias.
    """
    from scipy import optimize, special

    mean, deviation = features.mean(0), features.std(0) + 1e-6
    inputs = np.c_[(features - mean) / deviation, np.ones(len(features))]
    held = np.r_[np.full(features.shape[1], ridge), 1e-6]

    def cost(tried: Doubles) -> tuple[float, Doubles]:
        odds = inputs @ tried + offset
        loss = (np.logaddexp(0, odds) - wanted * odds).sum() + (held * tried * tried).sum() / 2
        return float(loss), inputs.T @ (special.expit(odds) - wanted) + held * tried

    weights = optimize.minimize(cost, np.zeros(len(held)), jac=True, method="L-BFGS-B", tol=1e-12).x
    scaled = weights[:-1] / deviation
    return scaled, float(weights[-1] - scaled @ mean)


def fit(model: Any, new: Sequence[int], pictures: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> None:
    """Fit a network's outputs of new classes, one after the other, each against those that are there by then.

    Args:
        model: from `Shipped.network`; all its other weights stay.
        new: outputs.
        pictures: (N, side, side, 1) as the network takes them. labels: (N,).
    """
    import keras

    taps = keras.Model(model.input, model.get_layer("pool").output)
    parts = [np.asarray(taps(pictures[i : i + 256], training=False)) for i in range(0, len(pictures), 256)]
    features = np.concatenate(parts).reshape(len(pictures), -1).astype(np.float64)
    head = model.get_layer("classifier")
    kernel, bias = (np.asarray(one, np.float64) for one in head.get_weights())
    there = [one for one in range(len(bias)) if one not in new]
    for output in new:
        rows = np.isin(labels, [*there, output])
        seen = features[rows]
        others = np.logaddexp.reduce(seen @ kernel[0, 0][:, there] + bias[there], axis=1)
        wanted = (labels[rows] == output).astype(np.float64)
        kernel[0, 0, :, output], bias[output] = logistic(seen, -others, wanted)
        there.append(output)
    head.set_weights([kernel, bias])
