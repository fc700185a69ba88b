"""A frame that comes back from the board: ImageBegin and ImageData put together."""

import numpy as np
import numpy.typing as npt

from emojicam.link.codec import Received

Pixels = npt.NDArray[np.uint8]


class ImageAssembly:
    """One frame at a time. After a part that is lost the frame is given up, and the next one is awaited."""

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None
        self._data = bytearray()
        #: Of the frame at hand, as in Scores.
        self.number = 0

    def feed(self, message: Received) -> Pixels | None:
        """Take an ImageBegin or ImageData.

        Returns:
            The frame, (height, width) grey, when this was its last part.
        """
        if message.name == "ImageBegin":
            known = message.format == 0 and message.width and message.height
            self._shape = (message.height, message.width) if known else None
            self._data.clear()
            self.number = message.number
            return None
        if self._shape is None:
            return None
        size = self._shape[0] * self._shape[1]
        if message.offset != len(self._data) or len(self._data) + len(message.pixels) > size:
            self._shape = None
            return None
        self._data += message.pixels
        if len(self._data) < size:
            return None
        image = np.frombuffer(bytes(self._data), np.uint8).reshape(self._shape)
        self._shape = None
        return image
