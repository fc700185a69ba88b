"""What the camera sensors have in common: pins, clock, timing, and the scene in front of the lens."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emojicam.virtual_h7.clock import HZ, NEVER, Clock, Event
from emojicam.virtual_h7.devices.dcmi import Dcmi
from emojicam.virtual_h7.devices.gpio import Gpio
from emojicam.virtual_h7.devices.tim1 import Tim1

Image = npt.NDArray[np.uint8]


class Camera:
    """A sensor on I2C1 and DCMI, clocked by PA8, with RESET on PA10 and PWDN on PD7.

    Subclasses answer for registers and say what they put out: :meth:`size`, :meth:`frame_seconds`,
    :meth:`streaming`, :meth:`orientation`, :meth:`pixel_bytes`.

    Faults to inject: ``absent`` (nothing answers), ``wedged`` (acknowledges its address and no byte
    after it), ``drop_frames`` (so many frames stay away), ``cut_lines`` (so many lines are missing from
    the next frame), ``silent`` (it answers, and sends nothing), ``clock_lost`` (no clock arrives),
    ``black`` (so many frames have no light), ``late_seconds`` (the next frame comes so much later),
    ``upside_down`` (the module is mounted so).
    """

    ADDRESS: int
    #: Level of VSYNC and of HSYNC while blanking, and whether data is stable at PIXCLK's rising edge.
    VSYNC_BLANKING_HIGH = True
    HSYNC_BLANKING_HIGH = False
    PIXCLK_RISING = True

    def __init__(self, clock: Clock, gpio: Mapping[str, Gpio], tim1: Tim1, dcmi: Dcmi) -> None:
        self.clock = clock
        self.tim1 = tim1
        self._gpio = gpio
        self._dcmi = dcmi
        self.absent = False
        self.wedged = False
        self.silent = False
        self.clock_lost = False
        self.upside_down = False
        self.black = 0
        self.late_seconds = 0.0
        self.drop_frames = 0
        self.cut_lines = 0
        #: Frames sent since power-on.
        self.frames = 0
        self._scene: Image = np.full((240, 320), 128, np.uint8)
        self._on_demand = False
        self._queue: deque[Image] = deque()
        self._event: Event | None = None
        self._lines: list[bytes] = []
        self._in_reset = True
        gpio["A"].listeners.setdefault(10, []).append(lambda level: self._pin_changed())
        gpio["D"].listeners.setdefault(7, []).append(lambda level: self._pin_changed())
        self.reset_registers()

    # Scene.

    def show(self, image: Image) -> None:
        """Put a picture in front of the lens: (height, width) grey or (height, width, 3) RGB, uint8.

        It fills the sensor's view: another size than the configured one is resampled (nearest pixel);
        the same size comes out pixel by pixel.
        """
        if image.dtype != np.uint8 or image.ndim not in (2, 3):
            raise ValueError("an image is a uint8 array of (height, width) or (height, width, 3)")
        self._scene = image

    def feed(self, image: Image) -> None:
        """Send this picture as one frame, and nothing between what is fed: for whoever has to know which
        frame is which. The first call ends free running."""
        self.hold()
        self._queue.append(image)
        if self._event is not None and self._event.time == NEVER:
            self._await_frame()

    def hold(self) -> None:
        """End free running: frames only come as they are fed. One that is being sent goes on to its end."""
        if self._on_demand:
            return
        self._on_demand = True
        if self._event is not None and not self._lines:
            self._pause()

    def release(self) -> None:
        """Frames come by themselves again, of what show() has put in front of the lens."""
        self._on_demand = False
        self._queue.clear()
        if self._event is not None and self._event.time == NEVER:
            self._after(self.frame_seconds() * 0.1, self._begin_frame)

    def _pause(self) -> None:
        if self._event is not None:
            self._event.cancel()
        self._event = Event(NEVER, lambda: None)

    def _view(self) -> Image:
        width, height = self.size()
        scene = self._scene
        if self.black:
            self.black -= 1
            scene = np.zeros_like(scene)
        if scene.shape[:2] != (height, width):
            rows = np.arange(height) * scene.shape[0] // height
            columns = np.arange(width) * scene.shape[1] // width
            scene = scene[rows][:, columns]
        mirror, flip = (asked != self.upside_down for asked in self.orientation())
        return np.ascontiguousarray(scene[:: -1 if flip else 1, :: -1 if mirror else 1])

    def yuv(self, view: Image) -> tuple[Image, Image, Image]:
        """Y, U and V planes of the view, full range (JFIF); grey passes unchanged as Y."""
        if view.ndim == 2:
            neutral = np.full_like(view, 128)
            return view, neutral, neutral
        r, g, b = (view[..., n].astype(np.int32) for n in range(3))
        y = (77 * r + 150 * g + 29 * b + 128) >> 8
        u = ((-43 * r - 85 * g + 128 * b + 128) >> 8) + 128
        v = ((128 * r - 107 * g - 21 * b + 128) >> 8) + 128
        clip = [np.clip(plane, 0, 255).astype(np.uint8) for plane in (y, u, v)]
        return clip[0], clip[1], clip[2]

    # Pins and clock.

    @property
    def powered(self) -> bool:
        """Out of reset, not powered down, with a master clock."""
        return (
            not self.absent and self._gpio["A"].level(10) == 1 and self._gpio["D"].level(7) == 0 and self.clock_hz > 0
        )

    @property
    def clock_hz(self) -> float:
        return 0.0 if self.clock_lost else self.tim1.output_hz()

    @property
    def on_demand(self) -> bool:
        """Frames only come as they are fed."""
        return self._on_demand

    @property
    def sending(self) -> bool:
        """Frames would come if there were any to send."""
        return self._event is not None

    def plugged_in(self) -> None:
        """It has been put onto a board that is on."""
        self._pin_changed()

    def _pin_changed(self) -> None:
        in_reset = self._gpio["A"].level(10) == 0
        if in_reset and not self._in_reset:
            self.reset_registers()
        self._in_reset = in_reset
        self.update()

    def update(self) -> None:
        """Something changed that decides whether frames come."""
        running = self.powered and not self.silent and self.streaming()
        if running and self._event is None:
            self._begin_blanking()
        elif not running and self._event is not None:
            self._event.cancel()
            self._event = None

    # Frames: blanking a tenth of the frame time, then line by line.

    def _after(self, seconds: float, action: object) -> None:
        self._event = self.clock.after(round(seconds * HZ), action)  # type: ignore[arg-type]

    def _await_frame(self) -> None:
        late, self.late_seconds = self.late_seconds, 0.0
        self._after(self.frame_seconds() * 0.1 + late, self._begin_frame)

    def _begin_blanking(self) -> None:
        if self.drop_frames:
            self.drop_frames -= 1
            self._after(self.frame_seconds(), self._begin_blanking)
            return
        self._dcmi.vsync(blanking=True, high=self.VSYNC_BLANKING_HIGH)
        if self._on_demand and not self._queue:
            self._pause()
        else:
            self._await_frame()

    def _begin_frame(self) -> None:
        self._dcmi.vsync(blanking=False, high=self.VSYNC_BLANKING_HIGH)
        if self._on_demand:
            self._scene = self._queue.popleft()
        rows = self.pixel_bytes(self._view())
        if self.cut_lines:
            rows = rows[: max(0, len(rows) - self.cut_lines)]
            self.cut_lines = 0
        self._lines = [row.tobytes() for row in rows]
        self._line_seconds = self.frame_seconds() * 0.9 / max(1, len(self._lines))
        self._next_line()

    def _next_line(self) -> None:
        if not self._lines:
            self.frames += 1
            self._begin_blanking()
            return
        self._dcmi.line(self._lines.pop(0), high=self.HSYNC_BLANKING_HIGH, rising=self.PIXCLK_RISING)
        self._after(self._line_seconds, self._next_line)

    # For subclasses.

    def reset_registers(self) -> None:
        raise NotImplementedError

    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        raise NotImplementedError

    def frame_seconds(self) -> float:
        raise NotImplementedError

    def streaming(self) -> bool:
        raise NotImplementedError

    def orientation(self) -> tuple[bool, bool]:
        """(mirrored, flipped)."""
        raise NotImplementedError

    def pixel_bytes(self, view: Image) -> Image:
        """The bytes of each row, (height, bytes)."""
        raise NotImplementedError


def interleave(y: Image, u: Image, v: Image, *, luma_first: bool) -> Image:
    """4:2:2 rows: Y U Y V (luma_first) or U Y V Y."""
    height, width = y.shape
    rows = np.empty((height, 2 * width), np.uint8)
    first = 0 if luma_first else 1
    rows[:, first::2] = y
    rows[:, 1 - first :: 4] = u[:, ::2]
    rows[:, 3 - first :: 4] = v[:, ::2]
    return rows
