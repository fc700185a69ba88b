"""What is sent before the board has started is answered once it has."""

import itertools
import json
import os
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from emojicam.config import boards
from emojicam.emulators.qemu import Qemu
from emojicam.link import Decoder, encode

pytestmark = pytest.mark.emulator


def _said(board: Qemu, hellos: int) -> list[str]:
    """Names of the messages up to so many Hellos, or what there was within a minute."""
    decoder, names = Decoder(), list[str]()
    end = time.monotonic() + 60
    while names.count("Hello") < hellos and time.monotonic() < end:
        if select.select([board._stdout], [], [], 1)[0]:
            names += [message.name for message in decoder.feed(os.read(board._stdout, 4096))]
    return names


@pytest.mark.parametrize("name", ["corstone300", "mps2_an500"])
def test_request_that_came_before_reset_is_answered(firmware: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    board = Qemu(boards.find(name), firmware(name), blocks=False)
    board._command += ["-S", "-qmp", f"unix:{tmp_path}/qmp,server=on,wait=off"]
    with board:
        # QEMU has the bytes when it answers on its monitor after them: both are served by one thread.
        os.write(board._stdin, encode("HelloRequest"))
        with socket.socket(socket.AF_UNIX) as monitor:
            while not (tmp_path / "qmp").exists():
                time.sleep(0.01)
            monitor.connect(str(tmp_path / "qmp"))
            lines = monitor.makefile("rw")
            lines.readline()
            for command in ("qmp_capabilities", "query-status", "query-status", "cont"):
                lines.write(json.dumps({"execute": command}) + "\n")
                lines.flush()
                lines.readline()
            assert _said(board, 2).count("Hello") == 2


@pytest.mark.parametrize("name", ["corstone300", "mps2_an500"])
def test_block_that_was_sent_before_the_board_has_started_is_answered(
    firmware: Callable[[str], Path], name: str
) -> None:
    with Qemu(boards.find(name), firmware(name)) as board:
        board.send(encode("HelloRequest"))
        assert board.unsent == len(encode("HelloRequest"))
        names = [message.name for message in itertools.islice(board.messages(), 2)]
        assert board.unsent == 0
    assert names == ["Hello", "Hello"]
