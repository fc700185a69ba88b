"""Random faults on the virtual board while it types: what becomes of the board, and of the keys.

The board is taken to the moment at which a gesture has fired, once. Each fault then gets a process of its
own, forked from there: it lets a random part of the typing happen, does the harm, and looks whether the board
comes back by itself, which cause it names, whether a key stays down, and whether a picture still gets the
scores that it got before. The same seed gives the same faults and the same outcomes.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.frames import SourceFrame
from emojicam.link import Decoder, Received, encode
from emojicam.targets.virtual_h7.board import VirtualBoard
from emojicam.targets.virtual_h7.clock import cycles
from emojicam.targets.virtual_h7.errors import BoardError, UsbError
from emojicam.targets.virtual_h7.transport import VirtualTransport, fit

#: Virtual seconds: typing lasts about so long, and this is how long a board may take to come back.
_TYPING = 0.4
_RECOVERY = 4.0
_ANSWER = 1.5
_STEP = cycles(0.001)
#: `wfi; b .-2` in ITCM's last bytes: a loop that nothing leaves and that feeds no watchdog.
_TRAP = 0x0000_FFF0
_TRAP_CODE = b"\x30\xbf\xfd\xe7"

Harm = Callable[[VirtualBoard, random.Random], None]


@dataclass
class Outcome:
    """What became of one fault.

    Attributes:
        verdict: "unaffected", "recovered" (on the bus, without a reset of the chip), "reset", or what must
            not happen: "stuck key", "silent corruption", "dead", "cause not named".
        cause: what the firmware said of its reset, where there was one.
    """

    kind: str
    verdict: str = "unaffected"
    cause: str = ""
    detail: str = ""

    @property
    def survived(self) -> bool:
        return self.verdict in ("unaffected", "recovered", "reset")


def _usb(action: str, then: str = "", after: float = 0.02) -> Harm:
    def harm(board: VirtualBoard, chance: random.Random) -> None:
        getattr(board.usb, action)()
        board.run_for(after)
        if then:
            getattr(board.usb, then)()

    return harm


def _hang(board: VirtualBoard, chance: random.Random) -> None:
    board.write(_TRAP, _TRAP_CODE)
    if board.core.active_exception == 0:
        board.core.sleeping = False
        board.core.engine.pc = _TRAP


def _overflow(board: VirtualBoard, chance: random.Random) -> None:
    from unicorn import arm_const as arm

    if board.core.active_exception == 0:
        # Just above the guard: the next thing that is pushed meets it.
        board.core.engine.set(arm.UC_ARM_REG_MSP, 0x2000_0400 + 4 * chance.randrange(6))


def _wild_jump(board: VirtualBoard, chance: random.Random) -> None:
    if board.core.active_exception == 0:
        board.core.sleeping = False
        board.core.engine.pc = chance.choice((0x6000_0000, 0x1000_0000, 0x2001_0000, 0x9000_0000))


def _sensor_gone(board: VirtualBoard, chance: random.Random) -> None:
    assert board.camera is not None
    board.camera.absent = True
    board.camera.update()
    board.run_for(chance.uniform(0.1, 1.0))
    board.camera.absent = False
    board.camera.update()


def _set(path: str, value: object) -> Harm:
    def harm(board: VirtualBoard, chance: random.Random) -> None:
        owner: object = board
        *parents, name = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        setattr(owner, name, value)

    return harm


def _bus_held(board: VirtualBoard, chance: random.Random) -> None:
    board.soc.i2c1.hold_sda_for(chance.randrange(1, 9))


def _power(board: VirtualBoard, chance: random.Random) -> None:
    board.run_for(chance.uniform(0, 0.01))
    board.power_on()


KINDS: dict[str, Harm] = {
    "usb reset": _usb("reset"),
    "usb suspend": _usb("suspend", "resume", 0.05),
    "usb unplug": _usb("unplug", "plug", 0.3),
    "hang": _hang,
    "stack overflow": _overflow,
    "wild jump": _wild_jump,
    "sensor gone": _sensor_gone,
    "frame lost": _set("camera.drop_frames", 1),
    "lines missing": _set("camera.cut_lines", 5),
    "dcmi overrun": _set("soc.dcmi.overrun_next", True),
    "dma error": _set("soc.dma2.fail_next", True),
    "i2c bus held": _bus_held,
    "i2c arbitration": _set("soc.i2c1.lose_arbitration", True),
    "power cut": _power,
    "reset button": lambda board, chance: board.reset("pin"),
}
#: Resets that name no cause, as somebody wanted them.
_WANTED = ("power", "pin")


@dataclass
class _Listener:
    """The host's ears after the fault."""

    board: VirtualBoard
    decoder: Decoder = field(default_factory=Decoder)
    log: list[str] = field(default_factory=list)

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
                yield message


class Campaign:
    """One board at the moment of a firing, and faults from there on.

    Args:
        image: the product's HEX.
        camera: the sensor.
        gesture: pictures that make a gesture fire.
    """

    def __init__(self, image: Path, camera: str, gesture: Iterator[SourceFrame]) -> None:
        self.board = VirtualBoard(camera)
        self.board.load_hex(image)
        self._transport = VirtualTransport(self.board)
        incoming = self._transport.messages()
        self._transport.send(encode("Arm", armed=1))
        self._scores: list[int] = []
        for number, frame in enumerate(gesture):
            self._transport.show(number, 0, frame.pixels)
            self._picture = fit(frame.pixels)
            for message in incoming:
                if message.name == "Scores":
                    self._scores = message.scores
                if message.name == "Typing":
                    self.board.usb.take_reports()
                    return
                if message.name == "FrameDone":
                    break
        raise EmojicamError(
            "no gesture fired, so there is no typing to disturb", "other pictures, or thresholds"
        )

    def run(self, count: int, seed: int, kinds: list[str] | None = None) -> Iterator[Outcome]:
        """``count`` faults, one after the other."""
        chance = random.Random(seed)
        names = kinds or list(KINDS)
        for n in range(count):
            yield self._forked(names[n % len(names)], chance.randrange(1 << 30))

    def _forked(self, kind: str, seed: int) -> Outcome:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                outcome = self._suffer(kind, random.Random(seed))
                os.write(writer, json.dumps(asdict(outcome)).encode())
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

    def _suffer(self, kind: str, chance: random.Random) -> Outcome:
        outcome = Outcome(kind)
        board, listener = self.board, _Listener(self.board)
        resets = len(board.soc.resets)
        try:
            board.run_for(chance.uniform(0, _TYPING))
            KINDS[kind](board, chance)
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
            board.run_for(0.05)
            try:
                listener.reconnect()
                board.usb.cdc_write(encode("HelloRequest"))
            except UsbError:
                continue  # it hangs, or is on its way back
            if any(message.name == "Hello" for message in listener.messages(0.2)):
                return
        raise UsbError(f"the board does not answer {_RECOVERY:.0f} s after the fault")

    def _judge(self, listener: _Listener, resets: int, outcome: Outcome) -> None:
        board = self.board
        new = board.soc.resets[resets:]
        if new:
            outcome.verdict = "reset"
            outcome.cause = next((line for line in listener.log if line.startswith("start ")), "")
            if not outcome.cause and new[-1] not in _WANTED:
                outcome.verdict = "cause not named"
        elif outcome.kind.startswith("usb "):
            outcome.verdict = "recovered"
        scores = self._look(listener)
        if scores is None:
            outcome.verdict, outcome.detail = "dead", "it classifies no picture any more"
        elif scores != self._scores:
            outcome.verdict, outcome.detail = "silent corruption", f"{scores} instead of {self._scores}"
        board.run_for(2 * _TYPING)  # whatever is being typed comes to its end
        if board.usb.reports and any(board.usb.reports[-1].data):
            outcome.verdict, outcome.detail = "stuck key", board.usb.reports[-1].data.hex()

    def _look(self, listener: _Listener) -> list[int] | None:
        """The scores of the picture of before, from a camera that runs freely, as the board expects it to."""
        camera = self.board.camera
        assert camera is not None
        camera.show(self._picture)
        camera.release()
        scores: list[int] | None = None
        for message in listener.messages(3 * _ANSWER):
            if message.name == "Scores":
                scores = message.scores
                break
        camera.hold()
        return scores
