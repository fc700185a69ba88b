"""This computer as a board: the same firmware, the same bytes, and an end that is told."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from emojicam import config
from emojicam.cli.run import demo_clip
from emojicam.emulators.host import HostProcess
from emojicam.errors import EmojicamError
from emojicam.frames import open_footage
from emojicam.keyboard import Host, Layout
from emojicam.link.session import FrameResult, Session
from emojicam.usb import check
from emojicam.usb.bus import SocketLine, TunnelBus
from emojicam.usb.host import Host as UsbHost
from run.conftest import BoardFactory

pytestmark = pytest.mark.emulator


@pytest.fixture
def program(firmware: Callable[[str], Path]) -> Path:
    return firmware("host")


def test_every_frame_of_the_clip_is_what_the_emulated_cortex_m7_makes_of_it(booted: BoardFactory) -> None:
    footage = open_footage(demo_clip(), config.load().class_names)

    def results(board: str) -> list[FrameResult]:
        with booted(board) as running:
            session = Session(running, Host.LINUX, Layout.US)
            session.start()
            return list(session.run(footage.frames(), footage.rate))

    here, emulated = results("host"), results("mps2_an500")
    names = config.load().class_names
    assert len(here) == len(emulated) > 200
    for one, other in zip(here, emulated, strict=True):
        assert {**one.as_json(names), "instructions": 0} == {**other.as_json(names), "instructions": 0}
    assert [one.instructions for one in here] == [0] * len(here)  # nothing is counted here, and nothing made up
    assert "".join(one.typed or "" for one in here) == "".join(footage.expected or ())


def test_its_usb_device_passes_the_checks(program: Path) -> None:
    with HostProcess(program, usb=True) as running:
        assert check.check(UsbHost(TunnelBus(SocketLine(running.usb_line), patience=20))) == []


def test_a_process_that_dies_is_one_line_that_says_of_what(program: Path) -> None:
    with HostProcess(program) as running:
        session = Session(running, Host.LINUX, Layout.US)
        session.start()
        os.kill(running.pid, signal.SIGSEGV)
        with pytest.raises(EmojicamError, match="ended with signal 11"):
            for _ in session.incoming:
                pass


def test_it_ends_when_nobody_listens_any_more(program: Path) -> None:
    with HostProcess(program) as running:
        Session(running, Host.LINUX, Layout.US).start()
        running.hang_up()
        assert running.wait() == 0
