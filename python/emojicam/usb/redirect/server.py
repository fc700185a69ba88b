"""Serves one device to one usbredir peer at a time, such as QEMU's ``usb-redir``.

The peer answers SET_ADDRESS itself, so the device is addressed here, and its descriptors are read before
the peer hears of it. Everything happens in one thread: a bus reset cannot overtake a transfer.
"""

import logging
import select
import socket
import struct
import time
from collections.abc import Callable

from emojicam.usb import descriptors as d
from emojicam.usb import host as h
from emojicam.usb.errors import Stalled, Timeout
from emojicam.usb.host import Host, Identity
from emojicam.usb.redirect.protocol import (
    INVALID_ENDPOINT,
    SPEED_FULL,
    Capability,
    Kind,
    Packet,
    Status,
    Stream,
    endpoint_index,
)
from emojicam.usb.tunnel import Answer, Token

log = logging.getLogger(__name__)

_ADDRESS = 1


class _Closed(Exception):
    """The peer is gone."""


class Server:
    """One device, for whoever connects.

    Args:
        host: this side of the device's bus.
        keep_going: asked many times a second; serving ends when it says no.
    """

    def __init__(self, host: Host, keep_going: Callable[[], bool] = lambda: True) -> None:
        self._host = host
        self._keep_going = keep_going

    def serve(self, listener: socket.socket) -> None:
        """Serve peers, one after the other."""
        while self._keep_going():
            ready, _, _ = select.select([listener], [], [], 0.2)
            if ready:
                peer, _ = listener.accept()
                with peer:
                    self.serve_peer(peer)

    def serve_peer(self, peer: socket.socket) -> None:
        """Serve one peer until it goes, or says what makes no sense.

        Raises:
            EmojicamError: the device is gone.
        """
        try:
            _Session(self._host, peer).run(self._keep_going)
        except (_Closed, ConnectionError):
            return
        except (struct.error, IndexError):
            log.warning("the peer sent a packet that is too short for its type, and was hung up on")


class _Session:
    def __init__(self, host: Host, peer: socket.socket) -> None:
        self._host = host
        self._peer = peer
        self._stream = Stream()
        self._identity: Identity | None = None
        self._interrupts: dict[int, float] = {}  # started endpoint -> when it is asked next
        self._intervals: dict[int, float] = {}
        self._bulk: list[tuple[int, int, int, bytes]] = []  # (id, endpoint, length, data) not done yet
        self._next_id = 0

    def run(self, keep_going: Callable[[], bool]) -> None:
        self._peer.sendall(self._stream.hello())
        while keep_going():
            ready, _, _ = select.select([self._peer], [], [], self._wait())
            if ready:
                data = self._peer.recv(65536)
                if not data:
                    raise _Closed
                for packet in self._stream.feed(data):
                    self._take(packet)
            self._poll_interrupts()
            self._poll_bulk()

    def _wait(self) -> float:
        if any(endpoint & 0x80 == 0 for _, endpoint, _, _ in self._bulk):
            return 0.001
        due = min(self._interrupts.values(), default=time.monotonic() + 0.1)
        limit = 0.005 if self._bulk else 0.1
        return max(0.0, min(limit, due - time.monotonic()))

    def _send(self, kind: Kind, body: bytes, number: int = 0) -> None:
        self._peer.sendall(self._stream.encode(kind, number, body))

    # What the peer asks for

    def _take(self, packet: Packet) -> None:
        match packet.kind:
            case Kind.HELLO:
                self._introduce()
            case Kind.RESET:
                self._bulk.clear()
                self._readdress()
            case Kind.SET_CONFIGURATION:
                self._set_configuration(packet)
            case Kind.GET_CONFIGURATION:
                status, data = self._try(lambda: self._host.control_read(0, h.GET_CONFIGURATION, 0, 0, 1))
                self._send(Kind.CONFIGURATION_STATUS, bytes([status]) + data.ljust(1, b"\0"), packet.id)
            case Kind.SET_ALT_SETTING:
                self._set_alt_setting(packet)
            case Kind.GET_ALT_SETTING:
                self._send(Kind.ALT_SETTING_STATUS, bytes([Status.SUCCESS, packet.body[0], 0]), packet.id)
            case Kind.START_INTERRUPT_RECEIVING:
                endpoint = packet.body[0]
                self._interrupts[endpoint] = time.monotonic()
                self._send(Kind.INTERRUPT_RECEIVING_STATUS, bytes([Status.SUCCESS, endpoint]), packet.id)
            case Kind.STOP_INTERRUPT_RECEIVING:
                endpoint = packet.body[0]
                self._interrupts.pop(endpoint, None)
                self._send(Kind.INTERRUPT_RECEIVING_STATUS, bytes([Status.SUCCESS, endpoint]), packet.id)
            case Kind.CONTROL_PACKET:
                self._control(packet)
            case Kind.BULK_PACKET:
                self._queue_bulk(packet)
            case Kind.CANCEL_DATA_PACKET:
                self._cancel(packet.id)

    def _introduce(self) -> None:
        self._readdress()
        self._identity = self._host.identify()
        self._describe()
        device = self._identity.device
        body = struct.pack("<BBBBHH", SPEED_FULL, *device.kind, device.vendor, device.product)
        if self._stream.common & Capability.DEVICE_VERSION:
            body += struct.pack("<H", device.release)
        self._send(Kind.DEVICE_CONNECT, body)

    def _readdress(self) -> None:
        self._host.reset()
        self._host.control_write(h.TO_DEVICE, h.SET_ADDRESS, _ADDRESS, 0)
        self._host.address = _ADDRESS

    def _describe(self) -> None:
        assert self._identity
        interfaces = self._identity.configuration.interfaces
        columns = [[0] * 32 for _ in range(4)]
        for at, interface in enumerate(interfaces):
            for column, value in zip(columns, (interface.number, *interface.kind), strict=True):
                column[at] = value
        self._send(Kind.INTERFACE_INFO, struct.pack("<I", len(interfaces)) + b"".join(map(bytes, columns)))
        kinds, intervals, owners, packets = [INVALID_ENDPOINT] * 32, [0] * 32, [0] * 32, [0] * 32
        for at in (0, 16):
            kinds[at], packets[at] = 0, d.CONTROL_PACKET
        for interface in interfaces:
            for endpoint in interface.endpoints:
                at = endpoint_index(endpoint.address)
                kinds[at], intervals[at], owners[at] = endpoint.transfer, endpoint.interval, interface.number
                packets[at] = endpoint.max_packet
                self._intervals[endpoint.address] = endpoint.interval / 1000
        body = bytes(kinds) + bytes(intervals) + bytes(owners)
        if self._stream.common & Capability.MAX_PACKET_SIZE:
            body += struct.pack("<32H", *packets)
        self._send(Kind.EP_INFO, body)

    def _set_configuration(self, packet: Packet) -> None:
        value = packet.body[0]
        self._interrupts.clear()
        self._bulk.clear()
        status, _ = self._try(lambda: self._host.control_write(0, h.SET_CONFIGURATION, value, 0))
        self._describe()
        self._send(Kind.CONFIGURATION_STATUS, bytes([status, value]), packet.id)

    def _set_alt_setting(self, packet: Packet) -> None:
        interface, setting = packet.body[:2]
        status, _ = self._try(lambda: self._host.control_write(h.TO_INTERFACE, h.SET_INTERFACE, setting, interface))
        self._send(Kind.ALT_SETTING_STATUS, bytes([status, interface, setting]), packet.id)

    def _control(self, packet: Packet) -> None:
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", packet.body)
        data = packet.body[10:]
        if kind & h.READ:
            status, answer = self._try(lambda: self._host.control_read(kind & ~h.READ, request, value, index, length))
            length = len(answer)
        else:
            status, answer = self._try(lambda: self._host.control_write(kind, request, value, index, data))
        head = struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, length)
        self._send(Kind.CONTROL_PACKET, head + answer, packet.id)

    def _try(self, transfer: Callable[[], bytes | None]) -> tuple[Status, bytes]:
        """What a transfer came to. A device that is gone altogether is the caller's to know."""
        try:
            return Status.SUCCESS, transfer() or b""
        except Stalled:
            return Status.STALL, b""
        except Timeout:
            return Status.TIMEOUT, b""

    # Interrupt and bulk endpoints

    def _poll_interrupts(self) -> None:
        for endpoint, due in list(self._interrupts.items()):
            now = time.monotonic()
            if now < due:
                continue
            self._interrupts[endpoint] = now + self._intervals.get(endpoint, 0.01)
            answer = self._host.bus.transact(Token.IN, self._host.address, endpoint)
            if answer.kind is Answer.DATA:
                self._interrupt_packet(endpoint, Status.SUCCESS, answer.data)
            elif answer.kind is Answer.STALL:
                del self._interrupts[endpoint]
                self._send(Kind.INTERRUPT_RECEIVING_STATUS, bytes([Status.STALL, endpoint]))

    def _interrupt_packet(self, endpoint: int, status: Status, data: bytes) -> None:
        head = struct.pack("<BBH", endpoint, status, len(data))
        self._send(Kind.INTERRUPT_PACKET, head + data, self._next_id)
        self._next_id += 1

    def _bulk_head(self) -> struct.Struct:
        wide = self._stream.common & Capability.BULK_LENGTH_32_BITS
        return struct.Struct("<BBHIH" if wide else "<BBHI")

    def _queue_bulk(self, packet: Packet) -> None:
        head = self._bulk_head()
        endpoint, _, length, _, *high = head.unpack_from(packet.body)
        length |= high[0] << 16 if high else 0
        self._bulk.append((packet.id, endpoint, length, packet.body[head.size :]))

    def _poll_bulk(self) -> None:
        """Each transfer that waits gets on by one packet; those of one endpoint stay in order."""
        waiting, self._bulk = self._bulk, []
        busy: set[int] = set()
        for number, endpoint, length, data in waiting:
            if endpoint in busy:
                self._bulk.append((number, endpoint, length, data))
                continue
            busy.add(endpoint)
            token = Token.IN if endpoint & 0x80 else Token.OUT
            part = b"" if token is Token.IN else data[: d.BULK_PACKET]
            answer = self._host.bus.transact(token, self._host.address, endpoint, part)
            if answer.kind is Answer.NAK:
                self._bulk.append((number, endpoint, length, data))
            elif answer.kind is Answer.STALL:
                self._bulk_done(number, endpoint, Status.STALL, 0)
            elif answer.kind is Answer.NOBODY:
                self._bulk_done(number, endpoint, Status.IO_ERROR, 0)
            elif token is Token.OUT:
                left = data[len(part) :]
                if left:
                    self._bulk.append((number, endpoint, length, left))
                else:
                    self._bulk_done(number, endpoint, Status.SUCCESS, length)
            else:
                # One packet is a transfer: the device's serial port never sends more at a time.
                self._bulk_done(number, endpoint, Status.SUCCESS, len(answer.data), answer.data)

    def _bulk_done(self, number: int, endpoint: int, status: Status, length: int, data: bytes = b"") -> None:
        values = [endpoint, int(status), length & 0xFFFF, 0]
        if self._stream.common & Capability.BULK_LENGTH_32_BITS:
            values.append(length >> 16)
        self._send(Kind.BULK_PACKET, self._bulk_head().pack(*values) + data, number)

    def _cancel(self, number: int) -> None:
        for transfer in self._bulk:
            if transfer[0] == number:
                self._bulk.remove(transfer)
                self._bulk_done(number, transfer[1], Status.CANCELLED, 0)
                return
