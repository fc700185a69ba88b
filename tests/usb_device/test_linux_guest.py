"""A real Linux kernel (Debian's, in QEMU) is given the exported device: keys, lights, serial port."""

import fcntl
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam.keyboard import Host as System
from emojicam.keyboard import encode, key_events, uinput
from emojicam.keyboard.evdev import KEY_CODES
from emojicam.usb.bus import SocketLine, TunnelBus
from emojicam.usb.host import Host
from emojicam.usb.redirect.server import Server
from usb_device.guest import image
from usb_device.guest.guest import Guest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guest(device_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    folder = tmp_path_factory.mktemp("guest")
    kernel, initramfs = image.build(folder)
    going = True
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "usb"))
        listener.listen()
        device = subprocess.Popen([device_program], stdin=theirs, stdout=theirs)
        theirs.close()
        server = Server(Host(TunnelBus(SocketLine(ours))), lambda: going)
        thread = threading.Thread(target=server.serve, args=(listener,))
        thread.start()
        with Guest(kernel, initramfs, folder / "usb") as guest:
            guest.wait_for("READY")
            yield guest
        going = False
        thread.join()
    device.wait(20)


def expected_keys(text: str) -> list[tuple[int, int]]:
    events = key_events(timed.report for timed in encode(text, System.LINUX))
    return [(KEY_CODES[event.usage], int(event.down)) for event in events]


@pytest.mark.parametrize("text", ["\N{THUMBS UP SIGN}", "\u270b", "\N{FISTED HAND SIGN}\U0001f3ff", "Hi!"])
def test_kernel_has_the_key_events_that_were_typed(guest: Guest, text: str) -> None:
    guest.say("ACM " + text.encode().hex())
    wanted = expected_keys(text)
    assert guest.keys(len(wanted)) == wanted


def test_lights_reach_the_keyboard_and_it_works_around_them(guest: Guest) -> None:
    guest.say("LED 1 1")  # Caps Lock
    assert guest.wait_for("LED") == "1 1"
    guest.say("ACM " + b"a".hex())
    caps_lock = KEY_CODES[0x39]
    assert guest.keys(2) == [(caps_lock, 1), (caps_lock, 0)]
    guest.say("LED 1 0")
    assert guest.keys(4) == [*expected_keys("a"), (caps_lock, 1), (caps_lock, 0)]


class Remote:
    """`os` and `fcntl` of the module that makes a keyboard, done in the guest."""

    O_WRONLY, O_NONBLOCK = os.O_WRONLY, os.O_NONBLOCK

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def _call(self, line: str) -> int:
        self._guest.say(line)
        keys = []
        while not (told := self._guest.line()).startswith("DONE"):
            keys.append(told)
        self._guest.unread(keys)
        if (result := int(told.split()[1])) < 0:
            raise OSError(1, line)
        return result

    def open(self, path: Path, flags: int) -> int:
        return self._call(f"OPEN {path}")

    def ioctl(self, file: int, number: int, argument: int | bytes = 0) -> int:
        what = f"bytes {argument.hex()}" if isinstance(argument, bytes) else argument
        return self._call(f"IOCTL {number} {what}")

    def write(self, file: int, data: bytes) -> int:
        return self._call(f"WRITE {data.hex()}")

    def close(self, file: int) -> None:
        self._call("CLOSE")


def test_kernel_makes_the_keyboard_of_type_here_and_lets_its_keys_go(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote(guest)
    monkeypatch.setattr(uinput, "os", remote)
    monkeypatch.setattr(fcntl, "ioctl", remote.ioctl)
    text = "\N{THUMBS UP SIGN}"
    keyboard = uinput.Uinput()
    for timed in encode(text, System.LINUX):
        keyboard.report(timed.report)
    wanted = expected_keys(text)
    assert guest.keys(len(wanted)) == wanted
    keyboard.report(bytes([2, 0, 4, 0, 0, 0, 0, 0]))
    assert sorted(guest.keys(2)) == [(30, 1), (42, 1)]
    keyboard.close()
    assert sorted(guest.keys(2)) == [(30, 0), (42, 0)]
    guest.wait_for("BYE")


def test_serial_port_echoes(guest: Guest) -> None:
    guest.say("ACM " + b"x".hex())
    assert guest.wait_for("ACM") == b"x".hex()
