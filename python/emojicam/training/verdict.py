"""Whether a trained model has learnt anything: chance is not success."""

import math

import numpy as np

from emojicam.errors import EmojicamError
from emojicam.training.metrics import Metrics

#: Training on fewer pictures from random weights has never made a model worth having.
FEW = 2_000
#: In fewer steps not even the means and variances of its normalisation settle.
FEW_STEPS = 300
#: Standard errors above chance from which a figure counts as something learnt.
_ERRORS = 3.0


def chance(figures: Metrics) -> tuple[float, float, float]:
    """Mean recall, what guessing gives, and the least mean recall that can be told from guessing.

    Recall and not accuracy, so that always naming the commonest class is worth nothing.
    """
    given = figures.confusion.sum(1)
    present = given > 0
    recall = float((np.diag(figures.confusion)[present] / given[present]).mean())
    guess = 1 / len(figures.classes)
    error = math.sqrt((guess * (1 - guess) / given[present]).sum()) / int(present.sum())
    return recall, guess, guess + _ERRORS * error


def refuse_nothing_learnt(figures: Metrics, in_float: Metrics, pictures: int, steps: int) -> None:
    """Refuse a model that is no better than guessing.

    Args:
        figures: of the int8 model; in_float: of the one that it was made of.
        pictures: that it was trained on, in so many steps.

    Raises:
        EmojicamError: what it does, why, and what to try.
    """
    recall, guess, needed = chance(figures)
    if recall > needed:
        return
    before = chance(in_float)[0]
    if before > needed:
        raise EmojicamError(
            f"quantising has lost what was learnt: mean recall {before:.3f} in float, {recall:.3f} in int8, where "
            f"guessing gives {guess:.3f}",
            "training pictures of all classes, of normal contrast",
        )
    named = [name for name, answered in zip(figures.classes, figures.confusion.sum(0), strict=True) if answered]
    says = f"it says {named[0]} to every picture" if len(named) == 1 else f"mean recall is {recall:.3f}"
    raise EmojicamError(
        f"the model has learnt nothing: {says}, {figures.accuracy:.1%} of {figures.images} validation pictures are "
        f"right, and guessing gives a mean recall of {guess:.3f}, by chance up to {needed:.3f}{_why(pictures, steps)}",
        "more pictures of every class, looked at with emojicam data preview; emojicam train without --data renders "
        "as many as it takes",
    )


def _why(pictures: int, steps: int) -> str:
    if pictures >= FEW and steps >= FEW_STEPS:
        return ""
    return f"; {pictures} pictures in {steps} steps are too few for a network that starts from random weights"
