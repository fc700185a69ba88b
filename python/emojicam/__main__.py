"""``emojicam`` and ``python -m emojicam``, with whatever Python: one line where it lacks what we need."""

import signal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - west brings its own
    sys.exit(f"emojicam: this is Python {sys.version.split()[0]}, 3.11 or newer is needed; try: make setup")

# Until the command line is there to answer it, Ctrl-C ends the program without a trace.
_answered = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _answered:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    from emojicam.cli import main
except ModuleNotFoundError as error:
    from emojicam import extras

    missing = extras.explain(error)
    if missing is None:
        raise
    sys.exit(f"emojicam: {missing}")

if _answered:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
