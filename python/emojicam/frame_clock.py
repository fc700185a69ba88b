"""How much time a frame stands for; see ``firmware/src/base/frame_clock.h`` for the rules."""

FIRST_GAP_MS, LONGEST_GAP_MS = 40, 250


class FrameClock:
    """Tells the time between frames, as far as it counts."""

    def __init__(self) -> None:
        self._last_ms: int | None = None

    def gap(self, time_ms: int) -> int:
        """From the frame before to this one, 0 to `LONGEST_GAP_MS`; ``time_ms`` counts modulo 2**32."""
        gap = FIRST_GAP_MS if self._last_ms is None else (time_ms - self._last_ms) % 2**32
        self._last_ms = time_ms
        return min(gap, LONGEST_GAP_MS)

    def reset(self) -> None:
        """The next frame is the first."""
        self._last_ms = None
