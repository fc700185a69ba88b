"""The image stage in Python: bit-exact twin of ``firmware/src/image``.

Everything that trains or measures a model goes through it, so that the board sees what the model has seen.
"""

from emojicam.image.stage import MAX_FRAME_SIDE, Rectangle, centred_square, prepare, to_grey
from emojicam.image.vectors import generate

__all__ = ["MAX_FRAME_SIDE", "Rectangle", "centred_square", "generate", "prepare", "to_grey"]
