"""An emulated board's link by UART, in blocks through pipes, and from a file: the same firmware, the same answers."""

import select
import subprocess
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from emojicam.config import boards
from emojicam.emulators.qemu import Qemu
from emojicam.frames import SourceFrame
from emojicam.keyboard import Host, Layout
from emojicam.link import Decoder, encode
from emojicam.link.frames import encode_frame
from emojicam.link.session import Session

BOARDS = ("corstone300", "mps2_an500")
pytestmark = pytest.mark.emulator
Firmware = Callable[[str], Path]


def _frames() -> list[SourceFrame]:
    random = np.random.default_rng(5)
    sizes = [(40, 60), (120, 160, 3), (120, 160, 3), (96, 96)]
    return [SourceFrame("", random.integers(0, 256, size).astype(np.uint8), None) for size in sizes]


def _scores(board: Qemu) -> list[list[int]]:
    with board:
        session = Session(board, Host.LINUX, Layout.US)
        session.start()
        return [result.scores for result in session.run(_frames(), 25)]


@pytest.mark.parametrize("name", BOARDS)
def test_scores_are_the_same_by_uart_in_blocks_and_where_nobody_takes_semihosting(
    firmware: Firmware, name: str
) -> None:
    board, elf = boards.find(name), firmware(name)
    blocks = _scores(Qemu(board, elf))
    assert len(blocks) == len(_frames())
    assert all(blocks)
    assert _scores(Qemu(board, elf, blocks=False)) == blocks
    bare = Qemu(board, elf, blocks=False)
    bare._semihosting = "enable=off"
    assert _scores(bare) == blocks


@pytest.mark.parametrize("name", BOARDS)
def test_input_from_a_file_is_read_to_its_end_and_answered_by_uart(
    firmware: Firmware, name: str, tmp_path: Path
) -> None:
    wire = b"".join(encode_frame(number, 40 * number, frame.pixels) for number, frame in enumerate(_frames()))
    (tmp_path / "in").write_bytes(wire + encode("StatisticsRequest"))
    command = Qemu(boards.find(name), firmware(name), blocks=False)._command
    running = subprocess.Popen(
        [*command, "-semihosting-config", f"enable=on,target=native,arg=link-file:{tmp_path / 'in'}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout
    decoder, names = Decoder(), list[str]()
    try:
        while "Statistics" not in names and select.select([running.stdout], [], [], 60)[0]:
            names += [message.name for message in decoder.feed(running.stdout.read1())]
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
    assert names.count("Scores") == names.count("FrameDone") == len(_frames())
    assert names[-1] == "Statistics"
    assert not decoder.bad


def test_more_than_a_pipe_holds_arrives_whole_and_in_order(firmware: Firmware) -> None:
    count = 30_000
    with Qemu(boards.find("mps2_an500"), firmware("mps2_an500")) as board:
        messages = board.messages()
        assert next(messages).name == "Hello"
        board.send(encode("StatisticsRequest") * count)
        replies = list(islice(messages, count))
    assert [reply.received for reply in replies] == list(range(1, count + 1))
