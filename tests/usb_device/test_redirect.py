"""The usbredir server, with a peer that says what QEMU says."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from emojicam.usb import descriptors as d
from emojicam.usb.host import Host
from emojicam.usb.redirect.protocol import Capability, Kind, Packet, Status, Stream
from emojicam.usb.redirect.server import Server

pytestmark = pytest.mark.host


class Peer:
    """A usbredir guest."""

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream
        self._stream = Stream()
        self._packets: list[Packet] = []
        self._number = 0
        self.interrupts: list[bytes] = []
        stream.settimeout(20)

    def send(self, kind: Kind, body: bytes) -> int:
        self._number += 1
        self._socket.sendall(self._stream.encode(kind, self._number, body))
        return self._number

    def wait_for(self, kind: Kind) -> Packet:
        while True:
            while self._packets:
                packet = self._packets.pop(0)
                if packet.kind == Kind.INTERRUPT_PACKET:
                    self.interrupts.append(packet.body[4:])
                if packet.kind == kind:
                    return packet
            data = self._socket.recv(65536)
            assert data, "the server has hung up"
            self._packets += self._stream.feed(data)

    def meet(self) -> Packet:
        self._socket.sendall(self._stream.hello())
        return self.wait_for(Kind.DEVICE_CONNECT)

    def control(self, kind: int, request: int, value: int, index: int, length: int) -> Packet:
        body = struct.pack("<BBBBHHH", kind & 0x80, request, kind, 0, value, index, length)
        number = self.send(Kind.CONTROL_PACKET, body)
        answer = self.wait_for(Kind.CONTROL_PACKET)
        assert answer.id == number
        return answer

    def bulk(self, endpoint: int, length: int, data: bytes = b"") -> int:
        head = struct.pack("<BBHIH", endpoint, 0, length & 0xFFFF, 0, length >> 16)
        return self.send(Kind.BULK_PACKET, head + data)


@pytest.fixture
def peer(host: Host) -> Iterator[Peer]:
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=Server(host).serve_peer, args=(theirs,))
        thread.start()
        with ours:
            yield Peer(ours)
        thread.join()


def test_device_is_introduced(peer: Peer) -> None:
    connect = peer.meet()
    assert struct.unpack("<BBBBHHH", connect.body) == (1, 0xEF, 2, 1, d.VENDOR_ID, d.PRODUCT_ID, 0x0010)


def test_endpoints_are_described(peer: Peer) -> None:
    peer._socket.sendall(peer._stream.hello())
    info = peer.wait_for(Kind.EP_INFO).body
    kinds = info[:32]
    known = {at: kind for at, kind in enumerate(kinds) if kind != 255}
    assert known == {0: 0, 3: 2, 16: 0, 17: 3, 18: 3, 19: 2}
    assert info[32 + 17] == d.KEYBOARD_INTERVAL
    assert struct.unpack_from("<H", info, 96 + 2 * 17) == (8,)


def test_peer_without_capabilities_is_served(host: Host) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        thread = threading.Thread(target=Server(host).serve_peer, args=(theirs,))
        thread.start()
        with ours:
            peer = Peer(ours)
            ours.sendall(struct.pack("<III", Kind.HELLO, 64, 0) + b"old".ljust(64, b"\0"))
            # The greeting alone: what follows it is laid out by what both sides can.
            peer._packets += peer._stream.feed(ours.recv(12 + 68, socket.MSG_WAITALL))
            peer._stream.common = Capability(0)
            assert len(peer.wait_for(Kind.DEVICE_CONNECT).body) == 8
        thread.join()


def test_emoji_is_typed(peer: Peer) -> None:
    peer.meet()
    peer.send(Kind.SET_CONFIGURATION, b"\x01")
    assert peer.wait_for(Kind.CONFIGURATION_STATUS).body == b"\x00\x01"
    peer.send(Kind.START_INTERRUPT_RECEIVING, bytes([d.ENDPOINT_KEYBOARD_IN]))
    assert peer.wait_for(Kind.INTERRUPT_RECEIVING_STATUS).body == bytes([0, d.ENDPOINT_KEYBOARD_IN])
    number = peer.bulk(d.ENDPOINT_LINK_OUT, 1, b"a")
    done = peer.wait_for(Kind.BULK_PACKET)
    assert (done.id, done.body[1]) == (number, Status.SUCCESS)
    while peer.interrupts[-2:] != [bytes([0, 0, 4, 0, 0, 0, 0, 0]), bytes(8)]:
        peer.wait_for(Kind.INTERRUPT_PACKET)


def test_control_requests_pass_through(peer: Peer) -> None:
    peer.meet()
    assert peer.control(0x80, 6, 0x0100, 0, 18).body[10:] == d.device_descriptor()
    refused = peer.control(0x80, 6, 0x0600, 0, 10)
    assert refused.body[3] == Status.STALL
    assert peer.control(0x80, 6, 0x0200, 0, 255).body[10:] == d.configuration_descriptor()


def test_reset_leaves_the_device_addressed(peer: Peer) -> None:
    peer.meet()
    peer.send(Kind.RESET, b"")
    assert peer.control(0x80, 6, 0x0100, 0, 18).body[10:] == d.device_descriptor()


def test_bulk_transfer_that_waits_can_be_cancelled(peer: Peer) -> None:
    peer.meet()
    peer.send(Kind.SET_CONFIGURATION, b"\x01")
    peer.wait_for(Kind.CONFIGURATION_STATUS)
    number = peer.bulk(d.ENDPOINT_LINK_IN, 64)
    peer._socket.sendall(peer._stream.encode(Kind.CANCEL_DATA_PACKET, number, b""))
    done = peer.wait_for(Kind.BULK_PACKET)
    assert (done.id, done.body[1]) == (number, Status.CANCELLED)


def test_peer_that_makes_no_sense_is_hung_up_on(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(struct.pack("<III", Kind.SET_CONFIGURATION, 0, 1))
        Server(host).serve_peer(theirs)
    assert "too short" in caplog.text
