"""A benchmark as table and as plot."""

from pathlib import Path

from emojicam.bench.measure import VARIANTS, Bench, Variant

TITLES: dict[Variant, str] = {"reference": "reference", "cmsis_nn": "CMSIS-NN", "emojicam": "emojicam"}
_COLOURS: dict[Variant, str] = {"reference": "#bbbbbb", "cmsis_nn": "#4878a8", "emojicam": "#d8573b"}


def table(result: Bench) -> list[str]:
    """Lines of a table. Layers are rows: instructions of each variant, also by multiply-accumulate."""
    rows = [("layer", "output", "MACs", *TITLES.values(), "CMSIS-NN/MAC", "ours/MAC", "fewer", "kernel")]
    for layer in result.layers:
        shape = "x".join(map(str, layer.shape[1:]))
        rows.append((layer.op, shape, f"{layer.macs:,}", *_cells(layer.instructions, layer.macs), layer.kernel))
    rows.append(("inference", "", f"{result.macs:,}", *_cells(result.instructions, result.macs), ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"{result.model} on {result.board}: instructions of one inference"]
    for row in rows:
        cells = [
            cell.ljust(width) if column in (0, len(row) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _cells(counts: dict[Variant, int], macs: int) -> list[str]:
    return [
        *(f"{counts[variant]:,}" for variant in VARIANTS),
        _ratio(counts["cmsis_nn"], macs),
        _ratio(counts["emojicam"], macs),
        _ratio(counts["cmsis_nn"], counts["emojicam"]),
    ]


def _ratio(a: int, b: int) -> str:
    return f"{a / b:.2f}" if b else ""


def memory_lines(result: Bench) -> list[str]:
    """What it takes of RAM and flash."""
    arena = ", ".join(f"{result.arena_bytes[variant]:,} {TITLES[variant]}" for variant in VARIANTS)
    flash = ", ".join(f"{result.model_bytes[variant]:,} {TITLES[variant]}" for variant in VARIANTS)
    image = ", ".join(f"{kind} {size:,}" for kind, size in result.image_bytes.items())
    return [
        f"arena bytes: {arena}",
        f"model bytes in flash: {flash}",
        f"image bytes ({result.image}): {image}",
    ]


def cycle_lines(result: Bench) -> list[str]:
    """The estimate beside the counts, where there is one."""
    cycles = result.cycles
    if cycles is None:
        return []
    inference, frame = (f"{least / 1e6:.2f} to {most / 1e6:.2f} M" for least, most in (cycles.inference, cycles.frame))
    return [
        f"cycles on {cycles.board}, estimated: inference {inference} in {cycles.instructions:,} instructions, "
        f"frame {frame}"
    ]


def plot(results: list[Bench], path: Path) -> None:
    """Instructions by layer, a panel for each result; the file's suffix says the format."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        len(results), 1, figsize=(12, 4.2 * len(results)), squeeze=False, layout="constrained"
    )
    for result, axes in zip(results, panels[:, 0], strict=True):
        positions = range(len(result.layers))
        for number, variant in enumerate(VARIANTS):
            heights = [layer.instructions[variant] for layer in result.layers]
            offsets = [position + 0.27 * (number - 1) for position in positions]
            total = f"{TITLES[variant]}: {result.instructions[variant] / 1e6:.2f} M"
            axes.bar(offsets, heights, 0.27, label=total, color=_COLOURS[variant])
        axes.set_yscale("log")
        axes.set_ylabel("instructions")
        axes.set_title(f"{result.model} on {result.board}")
        names = [f"{layer.op[:5].rstrip('_')} {'x'.join(map(str, layer.shape[1:]))}" for layer in result.layers]
        axes.set_xticks(list(positions), names, rotation=60, ha="right", fontsize=7)
        axes.legend()
    figure.savefig(path)
    pyplot.close(figure)
