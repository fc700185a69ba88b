"""`emojicam teach` as a process beside the page: its progress, its result, its end."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from emojicam import process
from emojicam.errors import EmojicamError
from emojicam.live.hub import Hub

#: What teaches; its arguments follow.
PROGRAM = (sys.executable, "-m", "emojicam", "teach")
#: Seconds that a process has to end by itself once it has been told to.
_PATIENCE = 10


class Training:
    """One lesson at a time.

    Args:
        model: what it writes; settings and card come beside it. Where there is one already, the name gets a number.
    """

    def __init__(self, hub: Hub, model: Path) -> None:
        self._hub = hub
        self._model = model
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = False
        self._tell("idle")

    def _tell(self, stage: str, **values: Any) -> None:
        known = {"step": "", "done": 0.0, "line": "", "result": None}
        self._hub.state("training", stage=stage, **{**known, **values})

    def start(self, captures: Path, settings: Path) -> None:
        """Begin.

        Args:
            captures: pictures, in a folder per class.
            settings: with the classes that the model is to have.

        Raises:
            EmojicamError: there is one going on, or the program can't be started.
        """
        command = [
            *PROGRAM, str(captures), "--config", str(settings), "--json", "-",
            "-o", str(_free(self._model)),
        ]  # fmt: skip
        with self._lock:
            if self._process is not None:
                raise EmojicamError("a model is being trained already", "waiting, or cancelling it")
            process.log.debug("$ %s", " ".join(command))
            self._cancelled = False
            try:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                    errors="replace", start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise EmojicamError(f"training can't be started: {error.strerror}", "emojicam teach") from None
            started = self._process
        self._tell("running", line="starting")
        threading.Thread(target=self._follow, args=(started,), name="training", daemon=True).start()

    def cancel(self) -> None:
        """End it before it is done: nothing is written."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                threading.Thread(target=_end, args=(self._process,), name="cancel", daemon=True).start()

    def close(self) -> None:
        """The page ends: so does what it has started."""
        with self._lock:
            self._cancelled = True
            running = self._process
        if running is not None:
            _end(running)

    def _follow(self, running: "subprocess.Popen[str]") -> None:
        said: list[str] = []
        assert running.stdout and running.stderr
        errors = running.stderr
        listener = threading.Thread(target=lambda: said.extend(errors), daemon=True)
        listener.start()
        result = None
        for line in running.stdout:
            with suppress(ValueError, TypeError, KeyError):
                told = json.loads(line)
                if told["step"] == "done":
                    result = told
                else:
                    self._tell("running", step=told["step"], done=float(told["done"]), line=str(told["line"]))
        status = running.wait()
        listener.join()
        running.stdout.close()
        running.stderr.close()
        with self._lock:
            self._process = None
            cancelled = self._cancelled
        if status == 0 and result is not None:
            self._tell("done", done=1.0, result=result)
            self._hub.log(f"taught: {result['model']}", "page")
        elif cancelled:
            self._tell("idle", line="cancelled")
            self._hub.log("training was cancelled", "page")
        else:
            lines = [line.strip() for line in said if line.strip()]
            why = lines[-1].removeprefix("emojicam: ") if lines else f"it ended with status {status}"
            self._tell("failed", line=why)
            self._hub.log(f"training failed: {why}", "problem")


def _free(model: Path) -> Path:
    """A name that no model has: the board may run the last one, and its settings are what the next begins with."""
    taken, number = model, 1
    while taken.exists() or taken.with_suffix(".toml").exists():
        number += 1
        taken = model.with_stem(f"{model.stem}-{number}")
    return taken


def _end(running: "subprocess.Popen[str]") -> None:
    """End a process and its children: as Ctrl+C does, and if need be by force."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGINT)
        try:
            running.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
