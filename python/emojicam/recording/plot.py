"""The timeline of a recording: evidence, thresholds and firings."""

from pathlib import Path

import numpy as np

from emojicam.recording.read import Recording


def timeline(recording: Recording, path: Path) -> None:
    """Draw it.

    Args:
        path: of the picture; its ending says of which kind.

    Raises:
        OSError, ValueError: it can't be written, or its kind is not known.
    """
    from matplotlib.figure import Figure

    told = [frame for frame in recording.told() if frame.smoothed]
    seconds = np.array([frame.time_ms for frame in told]) / 1000
    evidence = np.array([frame.smoothed for frame in told]).reshape(len(told), -1)
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    axis = figure.subplots()
    for number, gesture in enumerate(recording.settings.gesture):
        if number == 0 or number >= evidence.shape[1]:
            continue
        colour = f"C{number - 1}"
        axis.plot(seconds, evidence[:, number], color=colour, label=gesture.name)
        axis.axhline(gesture.threshold, color=colour, linestyle=":", linewidth=0.9)
        for frame, at in zip(told, seconds, strict=True):
            if frame.fired and frame.decision == number:
                axis.axvline(at, color=colour, linewidth=0.9, alpha=0.6)
                axis.annotate(
                    gesture.name, (at, 1.02), rotation=30, fontsize=8, color=colour, annotation_clip=False
                )  # fmt: skip
    axis.set(xlabel="seconds", ylabel="evidence (dotted: threshold)", ylim=(0, 1.15), title=f"{recording.path.name}")
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left", ncols=2, fontsize=8)
    figure.savefig(path, dpi=110)
