"""A run as a moving picture: an SVG that needs neither script nor font from elsewhere, for a README."""

import base64
import html
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from emojicam.errors import EmojicamError
from emojicam.frames import Pixels
from emojicam.link.session import FrameResult

#: Pictures a second: enough for a hand that comes up.
_RATE = 6
#: Seconds that the last picture stays.
_REST = 3.0
_WIDTH, _HEIGHT, _PICTURE = 760, 292, (320, 240)
_BAR_X, _BAR_WIDTH, _ROW = 490, 190, 30
_FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def save_movie(
    path: Path, results: Sequence[FrameResult], class_names: Sequence[str], emoji: Sequence[str], rate: float
) -> None:
    """Draw a run: what the board saw, each class's evidence, what is held, and what has been typed.

    Args:
        path: an SVG file.
        results: of all frames, in their order.
        class_names: of the model's outputs.
        emoji: one a class, empty for none.
        rate: frames a second.

    Raises:
        EmojicamError: there is no frame, or the file can't be written.
    """
    shown = list(results)[:: max(1, round(rate / _RATE))]
    if not shown:
        raise EmojicamError("there is no frame to draw", "another --input")
    step = max(1, round(rate / _RATE)) / rate
    total = step * len(shown) + _REST
    times = [index * step / total for index in range(len(shown))]
    typed = ["".join(one.typed or "" for one in results if one.frame <= result.frame) for result in shown]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="{_FONT}" font-size="15">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="10" fill="#16181d"/>',
        *(_frame(one, index, times, total) for index, one in enumerate(shown)),
        *_classes(shown, class_names, emoji, times, total),
        f'<text x="368" y="{_HEIGHT - 40}" fill="#8b93a1">types</text>',
        *_texts(typed, times, total),
        "</svg>",
    ]
    try:
        path.write_text("\n".join(parts) + "\n", encoding="utf-8")
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --movie FILE") from None


def _animated(attribute: str, values: Sequence[str], times: Sequence[float], total: float) -> str:
    """Values one after the other, each from its time on; the same value again needs no new one."""
    kept = [0, *(index for index in range(1, len(values)) if values[index] != values[index - 1])]
    if len(kept) == 1:
        return ""
    return (
        f'<animate attributeName="{attribute}" calcMode="discrete" dur="{total:.2f}s" repeatCount="indefinite" '
        f'values="{";".join(values[index] for index in kept)}" '
        f'keyTimes="{";".join(f"{times[index]:.4f}" for index in kept)}"/>'
    )


def _frame(result: FrameResult, index: int, times: Sequence[float], total: float) -> str:
    last = index == len(times) - 1
    # Without animation the last one is to be seen.
    display = ["inline" if one == index else "none" for one in range(len(times))]
    return (
        f'<image x="24" y="26" width="{_PICTURE[0]}" height="{_PICTURE[1]}" display="{"inline" if last else "none"}" '
        f'href="data:image/webp;base64,{_encoded(result.source.pixels)}">{_animated("display", display, times, total)}'
        "</image>"
    )


def _encoded(pixels: Pixels) -> str:
    grey = pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))
    image = Image.fromarray(grey).convert("L")
    image.thumbnail((192, 144))
    file = BytesIO()
    image.save(file, "WEBP", quality=45, method=6)
    return base64.b64encode(file.getvalue()).decode()


def _classes(
    shown: Sequence[FrameResult], names: Sequence[str], emoji: Sequence[str], times: Sequence[float], total: float
) -> list[str]:
    parts = []
    for index, name in enumerate(names):
        y = 50 + index * _ROW
        widths = [
            f"{_BAR_WIDTH * min(1.0, one.smoothed[index] if index < len(one.smoothed) else 0.0):.0f}" for one in shown
        ]
        colours = ["#4ade80" if one.decision == index and index else "#64748b" for one in shown]
        label = html.escape(f"{name[:11]}")
        parts += [
            f'<text x="368" y="{y}" fill="#e5e7eb">{label}</text>',
            f'<rect x="{_BAR_X}" y="{y - 12}" width="{_BAR_WIDTH}" height="13" rx="3" fill="#2a2e37"/>',
            f'<rect x="{_BAR_X}" y="{y - 12}" width="{widths[-1]}" height="13" rx="3" fill="{colours[-1]}">'
            f"{_animated('width', widths, times, total)}{_animated('fill', colours, times, total)}</rect>",
            f'<text x="{_BAR_X + _BAR_WIDTH + 14}" y="{y + 3}" font-size="20">{html.escape(emoji[index])}</text>',
        ]
    return parts


def _texts(typed: Sequence[str], times: Sequence[float], total: float) -> list[str]:
    """Each text that has stood there, shown while it does."""
    parts = []
    for text in dict.fromkeys(typed):
        display = ["inline" if one == text else "none" for one in typed]
        parts.append(
            f'<text x="436" y="{_HEIGHT - 34}" font-size="28" fill="#ffffff" display="{display[-1]}">'
            f"{html.escape(text) or '…'}{_animated('display', display, times, total)}</text>"
        )
    return parts
