"""A model's memory over time as a picture."""

from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.model.inspection import Inspection


def plot(inspection: Inspection, path: Path) -> None:
    """Draw the arena's activations (which lives when, and where) above the multiply-accumulates a layer.

    Args:
        path: the picture to write; its suffix says which kind (.png, .svg, .pdf).

    Raises:
        EmojicamError: it cannot be written.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    steps = len(inspection.layers)
    figure = Figure(figsize=(max(7.0, 0.32 * steps), 7.0), layout="constrained")
    arena, macs = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for number, placed in enumerate(inspection.plan):
        life = placed.life
        corner, width = (life.first - 0.5, placed.offset / 1024), life.last - life.first + 1
        arena.add_patch(
            Rectangle(corner, width, life.nbytes / 1024, facecolor=f"C{number % 10}", edgecolor="white", alpha=0.8)
        )
    live = [nbytes / 1024 for nbytes in inspection.live_bytes]
    arena.step(range(steps), live, where="mid", color="black", linewidth=1, label="alive")
    arena.set_ylim(0, max(inspection.activation_bytes / 1024 * 1.05, 0.1))
    arena.set_ylabel("activations in the arena, KiB")
    arena.set_title(
        f"{inspection.name}: {inspection.macs:,} MACs, {inspection.activation_bytes:,} bytes of activations"
    )
    arena.legend(loc="upper right")
    macs.bar(range(steps), [layer.macs / 1e6 for layer in inspection.layers], color="grey")
    macs.set_ylabel("million MACs")
    macs.set_xlim(-0.5, max(steps, 1) - 0.5)
    macs.set_xticks(range(steps), [layer.op for layer in inspection.layers], rotation=90, fontsize=7)
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise EmojicamError(f"cannot write {path}: {error}", "a path that ends in .png or .svg") from None
