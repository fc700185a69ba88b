"""A backend for Arm's avhclient that runs a spec's steps on this computer.

arm-avhclient 0.1.10 has one of its own that does not: it starts bash without the script, so that no step
runs and nothing fails. avhclient finds backends as direct subclasses of ``AvhBackend``, of which the last
with a name is taken: importing this module puts ours in the place of its ``local``.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from arm.avhclient import AvhBackend  # type: ignore[import-untyped]
from arm.avhclient.avh_backend import AvhBackendState  # type: ignore[import-untyped]
from arm.avhclient.helper import create_archive  # type: ignore[import-untyped]

from emojicam import console


class LocalBackend(AvhBackend):  # type: ignore[misc]
    """Runs steps by bash in a folder of its own, which is made anew for each run and removed after it.

    Attributes:
        steps_log: where everything that the steps print is kept too.
        steps_run: how many steps have ended with status 0.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self.steps_log: Path | None = None
        self.steps_run = 0

    @staticmethod
    def name() -> str:
        return "local"

    @staticmethod
    def priority() -> int:
        return 50

    @property
    def folder(self) -> Path:
        """Where the steps run.

        Raises:
            RuntimeError: it is asked for before `prepare`.
        """
        if self._folder is None:
            raise RuntimeError("the local backend is not prepared")
        return self._folder

    def prepare(self, force: bool = False) -> AvhBackendState:
        self._folder = Path(tempfile.mkdtemp(prefix="emojicam-avh-"))
        self.steps_run = 0
        return AvhBackendState.CREATED

    def cleanup(self, state: AvhBackendState) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def upload_workspace(self, filename: str | Path) -> None:
        with tarfile.open(filename, mode="r:bz2") as archive:
            # Debian 12's Python 3.11.2 has no filters yet. (docs.python.org, tarfile, "Hints for further verification")
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
            archive.extractall(self.folder)

    def run_commands(self, cmds: list[str]) -> None:
        """One step.

        Raises:
            RuntimeError: it ends with a status that is not 0.
        """
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", "\n".join(cmds)], cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        assert process.stdout
        last = "it printed nothing"
        try:
            with process.stdout, Path(self.steps_log or os.devnull).open("a", encoding="utf-8") as log:
                for line in process.stdout:
                    log.write(line)
                    if line.strip():
                        last = line.strip()
                        console.err.print(f"  {last}", markup=False, soft_wrap=True)
            status = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if status != 0:
            raise RuntimeError(f"a step ended with status {status}: {last}")
        self.steps_run += 1

    def download_workspace(self, filename: str | Path, globs: list[str] | None = None) -> None:
        create_archive(filename, self.folder, globs)
