"""A picture and its mirror image, in turn; see ``firmware/src/image/mirror.h`` for the reasons."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from emojicam.image.stage import Pixels

_Seen = TypeVar("_Seen")

#: For how long each of the two is seen, in milliseconds.
MIRROR_SLOT_MS = 64


def mirrored_at(time_ms: int) -> bool:
    """Whether a frame that was taken then is seen mirrored; ``time_ms`` counts modulo 2**32."""
    return time_ms // MIRROR_SLOT_MS % 2 != 0


def in_turn(plain: _Seen, mirror: _Seen) -> Callable[[int], _Seen]:
    """Which of two is seen at a time in milliseconds: what belongs to a picture, or to its mirror image."""
    return lambda time_ms: mirror if mirrored_at(time_ms) else plain


def mirrored(picture: Pixels) -> Pixels:
    """Left and right of a picture swapped, (H, W) or (H, W, 3)."""
    return np.ascontiguousarray(picture[:, ::-1])
