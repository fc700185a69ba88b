"""``west build``, ``flash``, ``simulate`` and ``bench``: the same as ``emojicam`` of these names, for a workspace.

West imports this file into its own Python, where the package's dependencies need not be: each command sets up what the
checkout lacks, as ``make`` does, and runs the project's ``.venv``; in a tree without ``ci/setup`` the Python that west
runs on.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from west.commands import WestCommand

_ROOT = Path(__file__).resolve().parents[2]


class _Emojicam(WestCommand):
    """A west command that is a command of ours; what it does not know goes there as it is."""

    name: str
    summary: str

    def __init__(self) -> None:
        super().__init__(type(self).name, type(self).summary, type(self).__doc__ or "", accepts_unknown_args=True)

    def do_add_parser(
        self, parser_adder: "argparse._SubParsersAction[argparse.ArgumentParser]"
    ) -> argparse.ArgumentParser:
        parser = parser_adder.add_parser(
            self.name,
            help=self.help,
            description=self.description,
            epilog=f"Further options: those of `emojicam {self.arguments(None)[0]} --help`.",
            # Abbreviations would take options away from the command behind.
            allow_abbrev=False,
        )
        self.add_options(parser)
        return parser

    def do_run(self, args: argparse.Namespace, unknown: list[str]) -> None:
        set_up = _ROOT / "ci" / "setup"
        if set_up.exists() and (status := subprocess.run([set_up, "run"]).returncode):
            sys.exit(status)
        command = [*_cli(), *self.arguments(args), *(word for word in unknown if word != "--")]
        self.dbg("$ " + " ".join(command))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, _python_path()))}
        status = subprocess.run(command, env=environment).returncode
        if status:
            # It has said why.
            sys.exit(status)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options that west's users expect under west's names."""

    def arguments(self, args: argparse.Namespace | None) -> list[str]:
        """The command behind, and its options for these; for None without options."""
        raise NotImplementedError


def _cli() -> list[str]:
    ours = _ROOT / ".venv" / "bin" / "python"
    return [str(ours) if ours.exists() else sys.executable, "-m", "emojicam"]


def _python_path() -> list[str]:
    return [str(_ROOT / "python"), os.environ.get("PYTHONPATH", "")]


def _board_option(parser: argparse.ArgumentParser, boards: str) -> None:
    parser.add_argument("-b", "--board", help=boards)


def _board(args: argparse.Namespace | None) -> list[str]:
    return ["--board", args.board] if args is not None and args.board else []


class Build(_Emojicam):
    """Compile the firmware of a board, or of all."""

    name, summary = "build", "compile the firmware of a board"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _board_option(parser, "openmv_h7, nucleo_h743zi, corstone300, mps2_an500 or host; all by default")

    def arguments(self, args: argparse.Namespace | None) -> list[str]:
        return ["build", *_board(args)]


class Flash(_Emojicam):
    """Write the firmware into an OpenMV Cam H7 or a NUCLEO-H743ZI."""

    name, summary = "flash", "write the firmware into a board"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _board_option(parser, "openmv_h7 (default) or nucleo_h743zi")
        parser.add_argument(
            "-r", "--runner", choices=["swd", "dfu"], help="debug probe, or USB; what is attached by default"
        )

    def arguments(self, args: argparse.Namespace | None) -> list[str]:
        return ["flash", *_board(args), *(["--via", args.runner] if args is not None and args.runner else [])]


class Simulate(_Emojicam):
    """Run the firmware on an emulated board and show it an image, a folder or a video (--input)."""

    name, summary = "simulate", "run the firmware on an emulated board"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _board_option(parser, "corstone300 (default) or mps2_an500")

    def arguments(self, args: argparse.Namespace | None) -> list[str]:
        return ["run", *_board(args)]


class Bench(_Emojicam):
    """Count the instructions of every layer with three sets of kernels."""

    name, summary = "bench", "count the instructions of every layer"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _board_option(parser, "corstone300 or mps2_an500; both by default")

    def arguments(self, args: argparse.Namespace | None) -> list[str]:
        return ["bench", *_board(args)]
