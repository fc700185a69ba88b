"""What fires on the last frames is typed to its end, whatever board it is and wherever the frames come from."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice

import numpy as np
import pytest

from emojicam import config
from emojicam.avh.expectation import expected_frames
from emojicam.cli.run import boot, demo_clip
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.frames import SourceFrame, open_footage
from emojicam.keyboard import Host, Layout
from emojicam.keyboard import encode as encode_text
from emojicam.link import Decoder, Received
from emojicam.link.session import MOST_TAILS, Session, Transport
from tests_brightness import settings as photometer

#: Of the bundled clip: a gesture that is held.
FIRST = 17


@contextmanager
def _board(name: str, settings: config.Settings) -> Iterator[Transport]:
    board = boards.find(name)
    with boot(board, product.build_firmware(board, settings), "ov7725", usb=False) as (transport, _):
        yield transport


def _clip() -> Iterator[SourceFrame]:
    return islice(open_footage(demo_clip(), config.load().class_names).frames(), FIRST, None)


def _bright() -> Iterator[SourceFrame]:
    raised = SourceFrame("raised", np.full((96, 96), 235, np.uint8), None)
    up = SourceFrame("up", np.full((96, 96), 200, np.uint8), None)
    return chain([raised] * 30, [up] * 30)


def _to_the_second_firing(frames: Iterable[SourceFrame], settings: config.Settings) -> list[SourceFrame]:
    shown = list(islice(frames, 80))
    expected = expected_frames(shown, [40 * number for number in range(1, len(shown) + 1)], settings)
    _, second, *_ = (number for number, frame in enumerate(expected) if frame.fired)
    return shown[: second + 1]


# The virtual boards, on which a frame of the shipped model takes long, with a model that sees brightness.
@pytest.mark.parametrize(
    ("board", "settings", "frames", "text"),
    [
        pytest.param("corstone300", config.load, _clip, "✋👎", marks=pytest.mark.emulator),
        pytest.param("mps2_an500", config.load, _clip, "✋👎", marks=pytest.mark.emulator),
        pytest.param("openmv_h7", photometer, _bright, "✋👍", marks=pytest.mark.virtual_board),
        pytest.param("nucleo_h743zi", photometer, _bright, "✋👍", marks=pytest.mark.virtual_board),
    ],
    ids=["corstone300", "mps2_an500", "openmv_h7", "nucleo_h743zi"],
)
def test_a_gesture_that_fires_on_the_last_frame_is_typed(
    board: str, settings: Callable[[], config.Settings], frames: Callable[[], Iterable[SourceFrame]], text: str
) -> None:
    shown = _to_the_second_firing(frames(), settings())
    with _board(board, settings()) as transport:
        session = Session(transport, Host.LINUX, Layout.US)
        session.start()
        results = list(session.run(shown, 25))
    assert results[-1].fired
    assert results[-1].typed == text[-1]
    assert session.typed == text
    assert session.reports[-1] == bytes(8)


class _Busy:
    """A board that has typed everything after so many questions; with none, it has nothing to type."""

    def __init__(self, questions: int) -> None:
        self.types = questions > 0
        self.questions = questions
        self.times: list[int] = []
        self._decoder = Decoder()
        self._answers: list[Received] = []

    def send(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            match message.name:
                case "FrameBegin":
                    frame = message.frame
                    if self.types:
                        self._answers.append(Received("Typing", {"frame": frame, "text": "👍"}))
                    self._answers.append(Received("FrameDone", {"frame": frame, "status": 0}))
                case "Time":
                    self.times.append(message.time_ms)
                case "KeyboardStateRequest":
                    self.questions -= 1
                    self._answers.append(Received("KeyboardState", {"idle": int(self.questions <= 0)}))
                case "StatisticsRequest":
                    self._answers.append(Received("Statistics", {"bad_crc": 0, "malformed": 0}))

    def messages(self) -> Iterator[Received]:
        while True:
            yield self._answers.pop(0)


FRAME = SourceFrame("black", np.zeros((4, 4), np.uint8), None)


def test_time_goes_on_until_the_board_has_typed_everything() -> None:
    board = _Busy(questions=3)
    list(Session(board, Host.LINUX, Layout.US).run([FRAME], 25))
    assert len(board.times) == 3
    assert board.times == sorted(set(board.times))


def test_a_board_that_never_ends_typing_is_left_at_last_and_that_is_said() -> None:
    board = _Busy(questions=10**9)
    (result,) = Session(board, Host.LINUX, Layout.US).run([FRAME], 25)
    assert len(board.times) == MOST_TAILS
    assert "has not received" in result.error


class _Types(_Busy):
    """A board that types this, a report at each question."""

    def __init__(self, text: str, host: Host) -> None:
        super().__init__(questions=1)
        self._text = text
        self._reports = [timed.report for timed in encode_text(text, host)]

    def send(self, data: bytes) -> None:
        asked = self.questions
        super().send(data)
        for answer in self._answers:
            if answer.name == "Typing":
                answer.fields["text"] = self._text
        if asked != self.questions and self._reports:
            self._answers.insert(0, Received("KeyReport", {"time_ms": 0, "report": self._reports.pop(0)}))
            self.questions = 1 + bool(self._reports)


@pytest.mark.parametrize("host", [Host.LINUX, Host.MACOS, Host.WINDOWS_WINCOMPOSE])
def test_an_emoji_of_several_code_points_is_one_text_of_one_frame(host: Host) -> None:
    emoji = "\N{VICTORY HAND}\ufe0f"
    session = Session(_Types(emoji, host), host, Layout.US)
    result = session.ask(0, 0, FRAME)
    told = ""
    while session.awaits(result):
        session.catch_up(0)
        told += session.forget()
    assert (result.typed, told) == (emoji, emoji)


@pytest.mark.parametrize(("ahead", "expected"), [(1, "a0 r0 a1 r1 a2 r2"), (2, "a0 a1 r0 a2 r1 r2")])
def test_a_live_feeds_result_is_known_before_the_next_frame_is_asked_for(ahead: int, expected: str) -> None:
    order: list[str] = []

    def frames() -> Iterator[SourceFrame]:
        for number in range(3):
            order.append(f"a{number}")
            yield FRAME

    for result in Session(_Busy(questions=0), Host.LINUX, Layout.US).run(frames(), 25, ahead=ahead):
        order.append(f"r{result.frame}")
    assert " ".join(order) == expected
