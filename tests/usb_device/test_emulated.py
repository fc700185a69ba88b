"""The product on both emulated cores, with a computer on its USB and a text field on that."""

import itertools

import pytest

from emojicam import config
from emojicam.config import Settings, boards
from emojicam.emulators import product
from emojicam.emulators.qemu import Qemu
from emojicam.link import Decoder, encode
from emojicam.link.session import Session
from emojicam.usb import check
from emojicam.usb import descriptors as d
from emojicam.usb.bus import SocketLine, TunnelBus
from emojicam.usb.computer import Computer
from emojicam.usb.host import Host
from keyboard.x11 import text_field
from tests_demo_clip import condensed

pytestmark = pytest.mark.emulator
BOARDS = ["mps2_an500", "corstone300"]


def shown_gestures(settings: Settings) -> list[str | None]:
    """The label of each stretch of the clip, gestures and "none" alike, by nobody's decision but the clip's maker's."""
    labels = [frame.label for frame in condensed(settings) if frame.label is not None]
    return [label for label, _ in itertools.groupby(labels)]


@pytest.mark.parametrize("name", BOARDS)
def test_gestures_arrive_in_a_text_field_as_their_emoji(name: str) -> None:
    settings = config.load()
    board = boards.find(name)
    elf = product.build_firmware(board, settings)
    with Qemu(board, elf, usb=True) as qemu, Computer(qemu.usb_line) as computer:
        assert computer.identity.serial == name.encode().hex().upper()
        session = Session(qemu, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        results = list(session.run(condensed(settings), rate=25))
        computer.finish()
        qemu.send(encode("KeyboardCountersRequest"))
        counters = next(message for message in qemu.messages() if message.name == "KeyboardCounters")
    assert computer.reports == session.reports
    # What the clip shows, class by class, is what is to be in the field: of "none", nothing.
    emoji_of = {gesture.name: gesture.emoji or "" for gesture in settings.gesture}
    shown = shown_gestures(settings)
    assert set(shown) == set(emoji_of)
    wanted = "".join(emoji_of[str(label)] for label in shown)
    assert emoji_of[settings.class_names[0]] == ""
    assert (counters.typed, counters.reports, counters.mounts) == (len(wanted), len(computer.reports), 1)
    fired = [result for result in results if result.fired]
    assert [result.source.label or "" for result in fired if result.source.label == settings.class_names[0]] == []
    with text_field() as field:
        field.use_layout(settings.keyboard.layout)
        assert field.type(computer.reports) == wanted


@pytest.mark.parametrize("name", BOARDS)
def test_board_passes_the_checks_and_its_link_goes_over_usb(name: str) -> None:
    board = boards.find(name)
    elf = product.build_firmware(board, config.load())
    with Qemu(board, elf, usb=True) as qemu:
        host = Host(TunnelBus(SocketLine(qemu.usb_line)))
        assert check.check(host) == []
        host.open_serial()
        host.write(d.ENDPOINT_LINK_OUT, encode("HelloRequest"))
        decoder = Decoder()
        hello = None
        while hello is None:
            data = host.read(d.ENDPOINT_LINK_IN)
            hello = next((m for m in decoder.feed(data or b"") if m.name == "Hello"), None)
    assert hello.board == name
