"""Writing a recording, frame by frame."""

import contextlib
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam import __version__
from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.model import export, graph

FORMAT, VERSION = "emojicam recording", 1


class Recorder:
    """A recording that is being made. May be used from several threads.

    Args:
        path: of the file; what was there is replaced.
        settings: of the board, with its model.
        board_name: of the board.

    Raises:
        EmojicamError: the file can't be written, there or at any later call; what is there by then can be read.
    """

    def __init__(self, path: Path, settings: Settings, board_name: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._frames = self._events = 0
        self._over = False
        head = {
            "format": FORMAT,
            "version": VERSION,
            "emojicam": __version__,
            "board": board_name,
            "settings": settings.model_dump(mode="json"),
            "model": _model(settings),
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w+b")
        except OSError as error:
            raise EmojicamError(f"{path} can't be written: {error.strerror}", "another file") from None
        self._archive = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        self._put("recording.json", json.dumps(head, ensure_ascii=False).encode())

    @property
    def frames(self) -> int:
        """How many have been recorded."""
        return self._frames

    def frame(
        self,
        number: int,
        time_ms: int,
        pixels: npt.NDArray[np.uint8] | None,
        scores: Sequence[int],
        smoothed: Sequence[float],
        decision: int,
        fired: bool,
    ) -> None:
        """Record a frame and what became of it.

        Args:
            number, time_ms: as the board has them.
            pixels: (h, w) grey, or (h, w, 3) RGB; None where they are not known.
            scores: the model's int8 output; empty for a frame that was not classified.
            smoothed: float32 evidence of each class.
            decision: index of the class that is held; fired: whether it became so with this frame.
        """
        told = {
            "frame": int(number),
            "time_ms": int(time_ms),
            "scores": [int(score) for score in scores],
            "smoothed": [float(np.float32(one)) for one in smoothed],
            "decision": int(decision),
            "fired": bool(fired),
        }
        with self._lock:
            name = f"frames/{self._frames:08d}"
            if pixels is not None:
                stream = io.BytesIO()
                Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
                self._put(f"{name}.png", stream.getvalue())
            self._put(f"{name}.json", json.dumps(told).encode())
            self._frames += 1

    def event(self, time_ms: int, kind: str, **values: Any) -> None:
        """Record something that happened; values are anything that JSON has."""
        told = {"time_ms": int(time_ms), "kind": kind, **values}
        with self._lock:
            self._put(f"events/{self._events:08d}.json", json.dumps(told, ensure_ascii=False).encode())
            self._events += 1

    def close(self) -> None:
        """Write the directory at the file's end. Closing twice is fine."""
        with self._lock:
            if self._over:
                return
            self._over = True
            try:
                self._archive.close()
                self._file.close()
            except OSError as error:
                self._give_up(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, name: str, content: bytes) -> None:
        if self._over:
            raise EmojicamError(f"the recording {self.path} is over", "another one")
        try:
            # A fixed time: the same run gives the same file.
            self._archive.writestr(zipfile.ZipInfo(name), content)
            self._file.flush()
        except OSError as error:
            self._over = True
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._archive.fp = None  # closing it would only try to write again
        with contextlib.suppress(OSError):
            self._file.close()
        raise EmojicamError(
            f"recording to {self.path} broke off after {self._frames} frames, which can be read: {error.strerror}",
            "more room, or another disk",
        ) from None


def _model(settings: Settings) -> dict[str, Any] | None:
    """What it takes to turn scores into probabilities, and to tell the model from another; None without the model."""
    try:
        content = settings.model_path.read_bytes()
        prepared = export.prepare(graph.parse(content))
    except (OSError, EmojicamError):
        return None
    output = prepared.graph.tensors[prepared.graph.outputs[0]]
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "scale": output.scale,
        "zero_point": output.zero_point,
        "probability": prepared.is_probability,
    }
