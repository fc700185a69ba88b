"""``emojicam fuzz``: bad input for the firmware, found by libFuzzer."""

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def fuzz(
    names: Annotated[list[str] | None, typer.Argument(help="Which fuzzers; all by default.")] = None,
    seconds: Annotated[int, typer.Option(min=0, help="How long each runs; 0: only the kept inputs.")] = 60,
    seed: Annotated[
        int | None, typer.Option(min=1, max=2**32 - 1, help="Of the search, as a report says it; a new one by default.")
    ] = None,
    keep: Annotated[bool, typer.Option(help="Write what was found back to firmware/fuzz/corpus.")] = False,
) -> None:
    """Run the firmware's fuzzers on this computer, under sanitizers."""
    from emojicam import console
    from emojicam.firmware import fuzz as fuzzers

    fuzzers.check(names or ())
    for name in names or fuzzers.FUZZERS:
        console.step(f"{name}: " + (f"{seconds} s" if seconds else "the kept inputs"))
        outcome = fuzzers.run(name, seconds=seconds, keep=keep, seed=seed)
        searched = f", seed {outcome.seed}" if outcome.seed else ""
        console.out.print(f"{name}: {outcome.runs} inputs tried, {outcome.corpus} in the corpus{searched}")
