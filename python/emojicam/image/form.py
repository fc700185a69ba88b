"""From the picture's bytes to what the model was trained on: the twin of ``firmware/src/image/form.h``."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emojicam.image.stage import Pixels, as_int8

Table = npt.NDArray[np.int8]


@dataclass(frozen=True)
class PixelForm:
    """What each byte of a picture becomes.

    Attributes:
        tables: (1, 256) for all channels, or (3, 256), one for each of the model's; None is pixel - 128.
        bgr: the model's first channel is blue.
    """

    tables: Table | None = None
    bgr: bool = False

    def apply(self, picture: Pixels) -> Table:
        """The model's int8 input.

        Args:
            picture: (height, width) or (height, width, 3) RGB, as `prepare` gives it.
        """
        if self.bgr and picture.ndim == 3:
            picture = picture[..., ::-1]
        if self.tables is None:
            return as_int8(picture)
        if len(self.tables) == 1:
            mapped: Table = self.tables[0][picture]
            return mapped
        formed: Table = np.stack([table[picture[..., i]] for i, table in enumerate(self.tables)], axis=-1)
        return formed
