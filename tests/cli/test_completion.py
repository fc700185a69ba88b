"""Completion in a real bash: what Tab offers for commands, options, boards and files."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

#: Seconds for an answer; it takes one where the computer is idle.
PATIENCE = 120


class Bash:
    """An interactive bash that has read our completion script."""

    def __init__(self, folder: Path) -> None:
        # Of this installation, whatever else is on PATH.
        commands = Path(sys.executable).parent
        script = subprocess.run(
            # Which shell it is for is found out from who asks: not from whatever runs the tests.
            ["bash", "-c", '"$0" --show-completion; exit $?', commands / "emojicam"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        (folder / ".completion").write_text(script)
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(folder)
            os.environ.update(PATH=f"{commands}:{os.environ['PATH']}", PS1="> ", TERM="dumb", INPUTRC="/dev/null")
            bash = shutil.which("bash")
            assert bash
            os.execv(bash, ["bash", "--norc", "--noprofile", "-i"])
        self.type("bind 'set enable-bracketed-paste off'; . ./.completion; echo re''ady\n")
        self.wait_for("ready")

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, wanted: str) -> str:
        """What the terminal shows until there is something in it."""
        shown = ""
        end = time.monotonic() + PATIENCE
        while not re.search(wanted, shown):
            ready, _, _ = select.select([self._terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"bash shows {shown!r}"
            shown += os.read(self._terminal, 4096).decode(errors="replace").replace("\a", "")
        return shown

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._process, 0)


#: What is typed, with Tab in the end, and what stands there then.
COMPLETED = {
    "emojicam fla\t": "emojicam flash ",
    "emojicam run --bo\t": "emojicam run --board ",
    "emojicam run --board mps\t": "emojicam run --board mps2_an500 ",
    "emojicam settings se\t": "emojicam settings send ",
    "emojicam inspect my-mod\t": r"emojicam inspect my-model\.tflite ",
    "emojicam run --input clip\t": r"emojicam run --input clip-of-mine\.gif ",
}


def test_tab_completes_commands_options_boards_and_files(tmp_path: Path) -> None:
    (tmp_path / "my-model.tflite").touch()
    (tmp_path / "clip-of-mine.gif").touch()
    bash = Bash(tmp_path)
    try:
        for typed, completed in COMPLETED.items():
            bash.type(typed)
            bash.wait_for(completed)
            bash.type("\x15")  # Ctrl-U: an empty line again
    finally:
        bash.close()
