"""``python -m emojicam``, with whatever Python: one line where it lacks what we need."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - west brings its own
    sys.exit(f"emojicam: this is Python {sys.version.split()[0]}, 3.11 or newer is needed; try: make setup")

try:
    from emojicam.cli import main
except ModuleNotFoundError as error:
    from emojicam import extras

    missing = extras.explain(error)
    if missing is None:
        raise
    sys.exit(f"emojicam: {missing}")

if __name__ == "__main__":
    main()
