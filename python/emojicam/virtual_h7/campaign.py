"""Random faults on the virtual board while it types: what becomes of the board, and of the keys.

Every process that works takes a board of its own to the moment at which a gesture has fired, once. Each fault then
gets a process forked from there: it lets a random part of the typing happen, does the harm, and looks whether the
board comes back by itself, which cause it names, whether a key stays down, whether its settings are those that were
kept, and whether a picture still gets the scores that it got before. The same seed gives the same faults and
the same outcomes, however many run at a time, and wherever.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from emojicam.errors import EmojicamError
from emojicam.firmware import elf
from emojicam.frames import Pixels, SourceFrame
from emojicam.image.fit import fit
from emojicam.link import Decoder, Received, encode, messages
from emojicam.parallel import HERE, Workers
from emojicam.usb.errors import UsbError
from emojicam.virtual_h7.board import VirtualBoard, segments
from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.faults import KINDS, NAMED, RESET_CAUSES, TYPING, Fields, Scene
from emojicam.virtual_h7.transport import VirtualTransport

#: Virtual seconds that a board may take to come back, and to give a picture its scores.
_RECOVERY = 4.0
_ANSWER = 4.5
#: Nothing is being typed any more when no report has come for so long: five times the longest wait of a typist.
_QUIET = 0.1
_STEP = cycles(0.001)
#: An erase takes a second on the chip; the campaign has no use for it.
_ERASE = 0.005
_DAMAGED = next(code for code in messages.ERRORS if code.name == "SettingsDamaged")


@dataclass
class Outcome:
    """What became of one fault.

    Attributes:
        verdict: "unaffected", "recovered" (it said so, or on the bus; without a reset of the chip), "reset", or
            what must not happen: "stuck key", "silent corruption", "settings lost", "dead", "cause not named".
        cause: what the firmware said of it.
    """

    kind: str
    verdict: str = "unaffected"
    cause: str = ""
    detail: str = ""

    @property
    def survived(self) -> bool:
        return self.verdict in ("unaffected", "recovered", "reset")


@dataclass
class _Listener:
    """The host's ears after the fault."""

    board: VirtualBoard
    decoder: Decoder = field(default_factory=Decoder)
    log: list[str] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)

    def reconnect(self) -> None:
        usb = self.board.usb
        if not usb.plugged:
            usb.plug()
        if not usb.configured:
            usb.enumerate()
            usb.cdc_open()
            self.decoder = Decoder()

    def messages(self, seconds: float) -> Iterator[Received]:
        end = self.board.clock.now + cycles(seconds)
        while self.board.clock.now < end:
            self.board.run_cycles(_STEP)
            if not self.board.usb.configured:
                return
            for message in self.decoder.feed(self.board.usb.cdc_read()):
                if message.name == "Log":
                    self.log.append(message.line)
                elif message.name == "Error":
                    self.errors.append(message.code)
                yield message

    def ask(self, wire: bytes, answer: str, seconds: float) -> Received | None:
        """The board's answer, or None where none comes."""
        self.board.usb.cdc_write(wire)
        return next((message for message in self.messages(seconds) if message.name == answer), None)

    def said(self, *parts: str) -> str:
        """The first line of the log that holds one of these."""
        return next((line for line in self.log if any(part in line for part in parts)), "")


@dataclass(frozen=True, eq=False)
class Start:
    """What a board needs to come to the moment of a firing: values, for processes that have no files of ours.

    Attributes:
        image: what is flashed, by address.
        arena: address and size of the interpreter's.
        camera: the sensor.
        gesture: pictures that make a gesture fire.
    """

    image: tuple[tuple[int, bytes], ...]
    arena: tuple[int, int]
    camera: str
    gesture: tuple[Pixels, ...]

    @classmethod
    def of(cls, image: Path, camera: str, gesture: Iterable[SourceFrame]) -> Self:
        """From the product's HEX, with its ELF beside it.

        Raises:
            EmojicamError: not readable.
        """
        arena = elf.read(image.with_suffix(".elf")).variable("arena")
        pictures = tuple(frame.pixels for frame in gesture)
        return cls(tuple(segments(image)), (arena.address, arena.size), camera, pictures)


class Campaign:
    """One board at the moment of a firing, and faults from there on.

    Raises:
        EmojicamError: nothing fires.
    """

    def __init__(self, start: Start) -> None:
        self.board = VirtualBoard(start.camera)
        for address, data in start.image:
            self.board.load(address, data)
        self.board.soc.flash.erase_seconds = _ERASE
        self._transport = VirtualTransport(self.board)
        self._incoming = self._transport.messages()
        built = self._settings(encode("SettingsRequest"))
        kept = [self._settings(encode("SettingsSet", **{**built, "min_interval_ms": ms})) for ms in (400, 450)]
        self.scene = Scene(self.board, start.arena, kept[1], kept[0], built, [kept[1]])
        self._scores: list[int] = []
        self._fire(start.gesture)

    def _settings(self, wire: bytes) -> Fields:
        self._transport.send(wire)
        return next(message.fields for message in self._incoming if message.name == "Settings")

    def _fire(self, gesture: Iterable[Pixels]) -> None:
        self._transport.send(encode("Arm", armed=1))
        for number, picture in enumerate(gesture):
            self._transport.show(number, 0, picture)
            self._picture = fit(picture)
            for message in self._incoming:
                if message.name == "Scores":
                    self._scores = message.scores
                if message.name == "Typing":
                    self.board.usb.take_reports()
                    return
                if message.name == "FrameDone":
                    break
        raise EmojicamError("no gesture fired, so there is no typing to disturb", "other pictures, or thresholds")

    def apart(self, kind: str, seed: int) -> Outcome:
        """One fault in a process of its own: the board here stays as it is."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                try:
                    outcome = self.suffer(kind, random.Random(seed))
                except Exception as error:  # the virtual board's own mistake, which is not to look like the firmware's
                    outcome = Outcome(kind, "dead", detail=f"the virtual board: {type(error).__name__}: {error}")
                os.write(writer, json.dumps(asdict(outcome)).encode()[:4000])
                status = 0
            finally:
                os._exit(status)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        if status or not told:
            return Outcome(kind, "dead", detail=f"the board's process ended with status {status}")
        return Outcome(**json.loads(told))

    def suffer(self, kind: str, chance: random.Random) -> Outcome:
        """One fault, here: the board is not to be used after that."""
        outcome = Outcome(kind)
        board, listener = self.board, _Listener(self.board)
        resets = len(board.soc.resets)
        try:
            board.run_for(chance.uniform(0, TYPING))
            KINDS[kind](self.scene, chance)
            self._wait_for_recovery(listener)
            self._judge(listener, resets, outcome)
        except (BoardError, UsbError) as error:
            outcome.verdict, outcome.detail = "dead", str(error)
        return outcome

    def _wait_for_recovery(self, listener: _Listener) -> None:
        """A hung board needs its watchdog's time; then the host looks at it again."""
        board = self.board
        end = board.clock.now + cycles(_RECOVERY)
        while board.clock.now < end:
            board.run_for(0.02)
            try:
                listener.reconnect()
                if listener.ask(encode("HelloRequest"), "Hello", 0.2) is not None:
                    return
            except UsbError:
                continue  # it hangs, or is on its way back
        raise UsbError(f"the board does not answer {_RECOVERY:.0f} s after the fault")

    def _judge(self, listener: _Listener, resets: int, outcome: Outcome) -> None:
        scores = self._look(listener)
        # A fault that shows only with the next picture has had its effect by now.
        self._wait_for_recovery(listener)
        if scores is None and len(self.board.soc.resets) > resets:
            scores = self._look(listener)
        settings = listener.ask(encode("SettingsRequest"), "Settings", 0.5)
        self._let_typing_end()
        self._name(listener, self.board.soc.resets[resets:], settings.fields if settings else None, outcome)
        reports = self.board.usb.reports
        if scores is None:
            outcome.verdict, outcome.detail = "dead", "it classifies no picture any more"
        elif scores != self._scores:
            outcome.verdict, outcome.detail = "silent corruption", f"{scores} instead of {self._scores}"
        elif settings is None or settings.fields not in self.scene.allowed:
            outcome.verdict, outcome.detail = "settings lost", str(settings and settings.fields)
        elif reports and any(reports[-1].data):
            outcome.verdict, outcome.detail = "stuck key", reports[-1].data.hex()

    def _name(self, listener: _Listener, resets: list[str], settings: Fields | None, outcome: Outcome) -> None:
        """Whether the board has said what became of it."""
        if resets:
            outcome.verdict = "reset"
            outcome.cause = listener.said("start ")
            wanted = RESET_CAUSES.get(outcome.kind)
            if wanted:
                outcome.cause = "; ".join(filter(None, (outcome.cause, listener.said("fault: ", "stopped: "))))
                if not listener.said(*wanted):
                    outcome.verdict = "cause not named"
            elif not outcome.cause and resets[-1] not in ("power", "pin"):
                outcome.verdict = "cause not named"
        elif outcome.kind.startswith("usb "):
            outcome.verdict = "recovered"
        elif outcome.kind in NAMED:
            outcome.cause = listener.said(*NAMED[outcome.kind])
            outcome.verdict = "recovered" if outcome.cause else "cause not named"
        if _DAMAGED.value in listener.errors:
            outcome.cause = "; ".join(filter(None, (outcome.cause, "settings damaged")))
        elif outcome.kind == "settings corrupt" and settings != self.scene.settings:
            outcome.verdict = "cause not named"

    def _let_typing_end(self) -> None:
        usb = self.board.usb
        for _ in range(round(_RECOVERY / _QUIET)):
            count = len(usb.reports)
            self.board.run_for(_QUIET)
            if len(usb.reports) == count:
                return
        raise UsbError(f"the board types without end, {_RECOVERY:.0f} s after the fault")

    def _look(self, listener: _Listener) -> list[int] | None:
        """The scores of the picture of before, from a camera that runs freely, as the board expects it to."""
        camera = self.board.camera
        assert camera is not None
        camera.show(self._picture)
        camera.release()
        scores = next((m.scores for m in listener.messages(_ANSWER) if m.name == "Scores"), None)
        camera.hold()
        return scores


#: This process's board, and what led to it.
_ready: tuple[Start, Campaign] | None = None


def _disturb(start: Start, fault: tuple[str, int]) -> Outcome:
    """One fault, its kind and seed, on this process's board."""
    global _ready
    if _ready is None or _ready[0] is not start:
        _ready = start, Campaign(start)
    return _ready[1].apart(*fault)


def run(
    start: Start, count: int, seed: int, kinds: list[str] | None = None, workers: Workers = HERE
) -> Iterator[Outcome]:
    """``count`` faults; outcomes come in order.

    Args:
        seed: decides on the faults and all their chances.
        kinds: which, in turn; all by default.
        workers: who disturbs a board.

    Raises:
        EmojicamError: with these pictures nothing fires, so there is no typing to disturb.
    """
    chance = random.Random(seed)
    names = kinds or list(KINDS)
    faults = [(names[n % len(names)], chance.randrange(1 << 30)) for n in range(count)]
    return workers.each(_disturb, faults, "disturb", common=(start,), unit="faults")
