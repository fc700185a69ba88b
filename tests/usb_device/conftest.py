"""The firmware's USB device as a process of this computer, and a computer's bus with it on."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam.firmware import build
from emojicam.usb.bus import SocketLine, TunnelBus
from emojicam.usb.host import Host


@pytest.fixture(scope="session")
def device_program() -> Path:
    return build.build_host_program("usb_process_device")


@pytest.fixture
def host(device_program: Path) -> Iterator[Host]:
    """A computer with the device connected, not enumerated."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        device = subprocess.Popen([device_program], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE)
        theirs.close()
        yield Host(TunnelBus(SocketLine(ours), patience=20))
    _, said = device.communicate(timeout=20)
    assert device.returncode == 0, said.decode()
