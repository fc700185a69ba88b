"""`emojicam usb` as users call it."""

import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emojicam.cli import app
from emojicam.usb import descriptors as d
from emojicam.usb.redirect.protocol import Kind, Stream


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "--listen", "nonsense"], "can't listen on nonsense"),
        (["export", "--listen", "127.0.0.1:99999"], "can't listen on 127.0.0.1:99999"),
        (["export", "--socket", "/no/such/folder/usb"], "can't listen on /no/such/folder/usb"),
    ],
)
def test_what_cannot_be_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["usb", *arguments])
    assert done.exit_code != 0
    assert str(done.exception).startswith(said) and "; try: " in str(done.exception)


@pytest.mark.emulator
def test_exported_board_introduces_itself_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    path = tmp_path / "usb"
    served = subprocess.Popen(
        [sys.executable, "-m", "emojicam", "usb", "export", "--board", "mps2_an500", "--socket", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert served.stdout
        options = served.stdout.readline()
        assert f"path={path}" in options and "-device usb-redir" in options, served.communicate()[1]
        stream = Stream()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(120)
            peer.connect(str(path))
            peer.sendall(stream.hello())
            packets = []
            while not any(packet.kind == Kind.DEVICE_CONNECT for packet in packets):
                data = peer.recv(65536)
                assert data
                packets += stream.feed(data)
        connect = next(packet for packet in packets if packet.kind == Kind.DEVICE_CONNECT)
        assert struct.unpack_from("<HH", connect.body, 4) == (d.VENDOR_ID, d.PRODUCT_ID)
    finally:
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert served.returncode == 130, said
    assert "Traceback" not in said
    assert not path.exists()
