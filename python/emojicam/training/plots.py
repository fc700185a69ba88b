"""Pictures of a run: curves, confusion matrix, calibration."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emojicam.training.metrics import Metrics
from emojicam.training.replay import Outcome


def _figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns)


def curves(history: list[dict[str, float]], path: Path) -> None:
    """Loss and accuracy by epoch.

    Args:
        history: one dictionary an epoch: epoch, side, loss, accuracy, val_loss, val_accuracy.
    """
    figure, (left, right) = _figure(9, 3.4, 2)
    epochs = [row["epoch"] + 1 for row in history]
    for axis, name in ((left, "loss"), (right, "accuracy")):
        axis.plot(epochs, [row[name] for row in history], label="training, augmented")
        axis.plot(epochs, [row[f"val_{name}"] for row in history], label="validation")
        axis.set(xlabel="epoch", ylabel=name)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(path, dpi=110)


def confusion(metrics: Metrics, path: Path, title: str = "") -> None:
    figure, axis = _figure(5.2, 4.6)
    shares = metrics.confusion / np.maximum(metrics.confusion.sum(1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i in range(len(metrics.classes)):
        for j in range(len(metrics.classes)):
            colour = "white" if shares[i, j] > 0.5 else "black"
            axis.text(j, i, f"{100 * shares[i, j]:.1f}", ha="center", va="center", color=colour)
    axis.set_xticks(range(len(metrics.classes)), metrics.classes, rotation=30, ha="right")
    axis.set_yticks(range(len(metrics.classes)), metrics.classes)
    axis.set(xlabel="predicted", ylabel="true", title=title or "per cent of each true class")
    figure.savefig(path, dpi=110)


def calibration(metrics: Metrics, path: Path) -> None:
    figure, axis = _figure(4.6, 4.2)
    used = metrics.calibration[metrics.calibration[:, 2] > 0]
    axis.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    axis.plot(used[:, 0], used[:, 1], marker="o", label=f"error {metrics.calibration_error:.3f}")
    axis.set(xlabel="confidence", ylabel="share that was right", xlim=(0, 1), ylim=(0, 1))
    axis.legend()
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def trade_off(
    tried: Sequence[Outcome], chosen: Outcome, checked: Outcome, goals: tuple[float, float], path: Path
) -> None:
    """False firings an hour against the median delay of the slowest gesture.

    Args:
        tried: what all the settings did that were tried; chosen: the one among them that is in use.
        checked: what the chosen settings did on other clips.
        goals: the longest median delay in milliseconds, and the most false firings an hour.
    """
    figure, axis = _figure(5.6, 4.2)
    drawn = [one for one in tried if one.delays]
    cloud = axis.scatter(
        [one.slowest_delay_ms for one in drawn],
        [one.false_per_hour for one in drawn],
        c=[100 * one.fired / one.held for one in drawn],
        cmap="viridis",
        s=18,
    )
    for one, colour, label in ((chosen, "red", "chosen"), (checked, "black", "the same settings on other clips")):
        axis.scatter(
            [one.slowest_delay_ms], [one.false_per_hour], facecolors="none", edgecolors=colour, s=120, label=label
        )
    delay, per_hour = goals
    axis.axvline(delay, color="grey", linestyle=":")
    axis.axhline(per_hour, color="grey", linestyle=":", label=f"goals: {delay:g} ms, {per_hour / 6:g} in 10 minutes")
    axis.set(xlabel="median delay of the slowest gesture, ms of clip time", ylabel="false firings an hour")
    axis.set_yscale("symlog", linthresh=6)
    axis.set_ylim(bottom=0)
    figure.colorbar(cloud, label="held gestures that fired once, %")
    axis.legend()
    axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def pareto(rows: list[dict[str, Any]], path: Path) -> None:
    """Accuracy after a short run against instructions on the Cortex-M7.

    Args:
        rows: `search.Found.as_json`, the budget first; those without accuracy are over it, and stand at the bottom.
    """
    figure, axis = _figure(7.2, 4.6)
    budget = rows[0]["instructions"] / 1e6
    trained = [row for row in rows if row["accuracy"] is not None]
    front = [row for row in rows if row["on_front"]]
    front.sort(key=lambda row: row["instructions"])
    axis.step(
        [row["instructions"] / 1e6 for row in front],
        [100 * row["accuracy"] for row in front],
        where="post",
        color="grey",
        label="Pareto front",
    )
    for row in trained:
        axis.scatter(row["instructions"] / 1e6, 100 * row["accuracy"], zorder=3, label=row["name"])
    low = min(100 * row["accuracy"] for row in trained)
    over = [row for row in rows if row["accuracy"] is None]
    for row, marker in zip(over, itertools.cycle("x+1234"), strict=False):
        axis.scatter(
            row["instructions"] / 1e6, low, marker=marker, color="red", label=f"{row['name']}: over the budget"
        )
    axis.axvline(budget, color="red", linestyle=":", label="the reference's instructions")
    axis.set(xlabel="million instructions on the Cortex-M7", ylabel="accuracy after the short run, %")
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=8)
    figure.savefig(path, dpi=110, bbox_inches="tight")
