"""``emojicam fuzz``: bad input for the firmware, found by libFuzzer."""

from typing import Annotated

import typer

from emojicam.cli.options import Cluster, Jobs, workers

app = typer.Typer()


@app.command()
def fuzz(
    names: Annotated[list[str] | None, typer.Argument(help="Which fuzzers; all by default.")] = None,
    seconds: Annotated[int, typer.Option(min=0, help="How long each runs; 0: only the kept inputs.")] = 60,
    seed: Annotated[
        int | None, typer.Option(min=1, max=2**32 - 1, help="Of the search, as a report says it; a new one by default.")
    ] = None,
    keep: Annotated[bool, typer.Option(help="Write what was found back to firmware/fuzz/corpus.")] = False,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Run the firmware's fuzzers, under sanitizers."""
    from emojicam import console
    from emojicam.firmware import fuzz as fuzzers

    fuzzers.check(names or ())
    chosen = names or list(fuzzers.FUZZERS)
    with workers(jobs, cluster) as who:
        console.step(f"{', '.join(chosen)}: " + (f"{seconds} s each" if seconds else "the kept inputs"))
        for outcome in fuzzers.run(chosen, seconds=seconds, keep=keep, seed=seed, workers=who):
            searched = f", seed {outcome.seed}" if outcome.seed else ""
            console.out.print(f"{outcome.name}: {outcome.runs} inputs tried, {outcome.corpus} in the corpus{searched}")
