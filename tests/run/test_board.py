"""The product on emulated boards and this computer: scores, damage on the link, wrong frames, no typing unarmed."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from emojicam import config, gesture, paths
from emojicam.cli.run import demo_clip
from emojicam.emulators.host import HostProcess
from emojicam.emulators.qemu import Qemu
from emojicam.frames import SourceFrame
from emojicam.image import as_int8, mirrored, mirrored_at, prepare, to_grey
from emojicam.keyboard import Host, Layout
from emojicam.link import Received, encode, faults
from emojicam.link.frames import encode_frame
from emojicam.link.session import Session
from emojicam.model import export, graph
from emojicam.model.oracle import TfliteMicro
from run.conftest import BoardFactory

BOARDS = ("corstone300", "mps2_an500", "host")
pytestmark = pytest.mark.emulator


def _noise(height: int = 96, width: int = 96, seed: int = 1) -> SourceFrame:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    return SourceFrame(f"noise {seed}", pixels, None)


def _until(messages: Iterator[Received], name: str, **fields: object) -> list[Received]:
    """What arrives, up to and with the message that is waited for."""
    seen = []
    for message in messages:
        seen.append(message)
        if message.name == name and all(message.fields[key] == value for key, value in fields.items()):
            return seen
    raise AssertionError("messages() only ends by an exception")


def _send_frame(board: Qemu | HostProcess, number: int, frame: SourceFrame) -> None:
    board.send(encode_frame(number, number * 40 + 1, frame.pixels))


def _messages(wire: bytes) -> list[bytes]:
    return [packet + b"\0" for packet in wire.split(b"\0")[:-1]]


@pytest.mark.parametrize("board", BOARDS)
def test_scores_and_decisions_equal_litert_and_the_python_twins(board: str, booted: BoardFactory) -> None:
    settings = config.load()
    prepared = export.prepare(graph.load(paths.project_root() / settings.model.file))
    output = prepared.graph.tensors[prepared.graph.outputs[0]]
    scale = gesture.ScoreScale(output.scale, output.zero_point, export.softmax_table(output.scale))
    decider = gesture.Decider(gesture.DecisionSettings.of(settings))
    oracle = TfliteMicro(prepared.data)
    sizes = [(96, 96), (120, 160), (97, 131), (40, 60)]
    frames = [_noise(*size, seed) for seed, size in enumerate(sizes)]
    with booted(board) as qemu:
        session = Session(qemu, Host.LINUX, Layout.US)
        session.start()
        results = list(session.run(frames, 25))
    for number, (frame, result) in enumerate(zip(frames, results, strict=True)):
        seen = prepare(frame.pixels)
        if mirrored_at(40 * number + 1):  # the third and the fourth
            seen = mirrored(seen)
        model_input = as_int8(seen)[None, :, :, None]
        expected = oracle.run(model_input).ravel()
        assert result.scores == expected.tolist()
        probability = gesture.probabilities(expected, scale)
        decision = decider.update(probability, 40 * number + 1)
        assert result.probabilities == probability.astype(float).tolist()
        assert result.smoothed == decider.smoothed.astype(float).tolist()
        assert (result.decision, result.fired) == (decision.gesture, decision.fired)


def test_damage_on_the_link_is_counted_and_the_next_frame_is_classified(booted: BoardFactory) -> None:
    frame = _noise()
    with booted("mps2_an500") as board:
        messages = board.messages()
        damaged = bytearray(encode("FrameBegin", frame=1, time_ms=1, width=96, height=96, format=0))
        damaged[3] ^= 0x40
        board.send(bytes(damaged))
        board.send(b"\x03\xff\x00" + b"\xaa" * 5000 + b"\x00")
        _send_frame(board, 2, frame)
        seen = _until(messages, "FrameDone", frame=2)
        assert seen[-1].status == 0
        board.send(encode("StatisticsRequest"))
        statistics = _until(messages, "Statistics")[-1]
    assert statistics.bad_crc + statistics.malformed == 3
    assert statistics.frames == 1


def test_unknown_and_unparsable_messages_are_answered_and_survived(booted: BoardFactory) -> None:
    import struct
    import zlib

    from cobs import cobs

    def wire(body: bytes) -> bytes:
        return cobs.encode(body + struct.pack("<I", zlib.crc32(body))) + b"\0"

    with booted("corstone300") as board:
        messages = board.messages()
        board.send(wire(b"\xee") + wire(b"\x10\x01"))
        first = _until(messages, "Error")[-1]
        second = _until(messages, "Error")[-1]
        assert (first.code, second.code) == (1, 2)
        _send_frame(board, 1, _noise())
        assert _until(messages, "FrameDone")[-1].status == 0


def test_wrong_half_and_gappy_frames_are_named_and_the_next_is_classified(booted: BoardFactory) -> None:
    good = _noise()
    parts = _messages(encode_frame(3, 100, good.pixels))
    with booted("mps2_an500") as board:
        messages = board.messages()
        board.send(encode("FrameBegin", frame=1, time_ms=1, width=4000, height=4000, format=0))
        assert _until(messages, "FrameDone", frame=1)[-1].status == 3  # BadFrame
        board.send(encode("FrameBegin", frame=2, time_ms=1, width=96, height=96, format=9))
        assert _until(messages, "FrameDone", frame=2)[-1].status == 3
        board.send(b"".join(parts[:3]))
        _send_frame(board, 4, good)
        assert _until(messages, "FrameDone", frame=3)[-1].status == 4  # FrameIncomplete
        assert _until(messages, "FrameDone", frame=4)[-1].status == 0
        gappy = _messages(encode_frame(5, 200, good.pixels))
        del gappy[2]
        board.send(b"".join(gappy))
        assert _until(messages, "FrameDone", frame=5)[-1].status == 5  # UnexpectedData
        _send_frame(board, 6, good)
        assert _until(messages, "FrameDone", frame=6)[-1].status == 0


def _clip_frames(first: int, last: int) -> Iterator[SourceFrame]:
    """Frames of the bundled clip, in the model's own size."""
    with Image.open(demo_clip()) as clip:
        for index in range(first, last):
            clip.seek(index)
            yield SourceFrame(f"#{index}", prepare(np.asarray(clip.convert("L"))), None)


def _labels() -> list[str | None]:
    import json

    labels: list[str | None] = json.loads(demo_clip().with_suffix(".json").read_text())["labels"]
    return labels


def test_a_gesture_types_only_when_armed(booted: BoardFactory) -> None:
    start = _labels().index("raised hand")
    frames = list(_clip_frames(start, start + 16))
    with booted("mps2_an500") as board:
        session = Session(board, Host.LINUX, Layout.US)
        session.start(arm=False)
        results = list(session.run(frames, 25))
    fired = [result for result in results if result.fired]
    assert len(fired) == 1
    assert "not armed" in fired[0].error
    assert session.typed == ""
    assert session.reports == []


def test_every_sequence_ends_with_all_keys_up(booted: BoardFactory) -> None:
    start = _labels().index("raised hand")
    with booted("corstone300") as board:
        session = Session(board, Host.LINUX, Layout.US)
        session.start()
        results = list(session.run(_clip_frames(start, start + 16), 25))
    assert session.typed == "✋"
    assert [result.typed for result in results if result.fired] == ["✋"]
    assert any(any(report) for report in session.reports)
    assert session.reports[-1] == bytes(8)


def test_differences_give_the_same_scores_as_whole_frames(booted: BoardFactory) -> None:
    first, second, other = _noise(seed=1), _noise(seed=2), _noise(60, 80, seed=3)
    near = SourceFrame("near", np.clip(first.pixels.astype(int) + 3, 0, 255).astype(np.uint8), None)
    frames = [first, near, first, second, other, first]

    def scores(whole: bool) -> list[list[int]]:
        with booted("corstone300") as board:
            session = Session(board, Host.LINUX, Layout.US)
            session.start()
            results = []
            for number, frame in enumerate(frames):
                before = None if whole or number == 0 else frames[number - 1].pixels
                board.send(encode_frame(number, 40 * number + 1, frame.pixels, before))
                results.append(_until(session.incoming, "Scores", frame=number)[-1].scores)
            return results

    assert scores(whole=True) == scores(whole=False)


@pytest.mark.parametrize("board", BOARDS)
def test_frame_goes_out_as_it_came_in_arming_is_answered_and_there_was_no_fault(
    board: str, booted: BoardFactory
) -> None:
    frame, colour = _noise(120, 160), _noise(seed=2)
    colour = SourceFrame("colour", np.stack([colour.pixels, colour.pixels[::-1], colour.pixels.T], axis=2), None)
    with booted(board) as qemu:
        session = Session(qemu, Host.LINUX, Layout.US)
        session.start(arm=None)
        assert not session.armed
        for number, shown in enumerate((frame, colour)):
            session.send("ImageRequest")
            _send_frame(qemu, number, shown)
            while session.image is None:
                session._handle(next(session.incoming))
            assert np.array_equal(session.image, to_grey(shown.pixels))
            session.image = None
        session.send("Arm", armed=1)
        session.send("FaultRequest")
        while session.fault is None:
            session._handle(next(session.incoming))
        assert session.armed
        assert faults.describe(session.fault) == "start 1: supply on, or a brown-out"
        # A frame that is larger than the buffer is refused, and classified all the same.
        session.send("ImageRequest")
        _send_frame(qemu, 9, _noise(300, 300))
        seen = _until(session.incoming, "FrameDone", frame=9)
        assert [m.code for m in seen if m.name == "Error"] == [3]
        assert seen[-1].status == 0


def test_a_flood_of_messages_loses_none(booted: BoardFactory) -> None:
    with booted("mps2_an500") as board:
        messages = board.messages()
        board.send(encode("StatisticsRequest") * 200)
        replies = [message for message in itertools.islice(messages, 201) if message.name == "Statistics"]
    assert [reply.received for reply in replies] == list(range(1, 201))
