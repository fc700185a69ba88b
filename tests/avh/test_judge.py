"""The verdict on logs that are made here with the link's own codec: what is right is green, all else is red."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from emojicam.avh import expectation, job, judge, junit
from emojicam.avh.expectation import Expectation, ExpectedFrame
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host, Layout
from emojicam.keyboard import encode as keystrokes
from emojicam.link import encode, messages

CLASSES = ("none", "raised hand", "fist")
EXPECTED = Expectation(
    board="corstone300",
    classes=CLASSES,
    arena_budget=60_000,
    messages=9,
    host=Host.LINUX,
    layout=Layout.US,
    frames=(
        ExpectedFrame(source="a#0", scores=(127, -128, -128), decision=0, fired=False),
        ExpectedFrame(source="a#1", scores=(-90, 70, -108), decision=1, fired=True),
    ),
    typed="✋",
    inputs={job.ELF: "1" * 64, job.INPUT: "2" * 64},
)
REPORT = {
    "model": "FVP_Corstone_SSE-300_Ethos-U55",
    "version": "11.27",
    "stand_in": False,
    "inputs": EXPECTED.inputs,
    "ended": "answered",
    "status": 0,
}
HELLO: dict[str, Any] = {
    "version": messages.VERSION, "armed": 0, "model_hash": 7, "arena_bytes": 55_000, "arena_size": 60_000,
    "input_width": 96, "input_height": 96, "classes": 3, "board": "corstone300",
}  # fmt: skip
STATISTICS = {"received": 9, "bad_crc": 0, "malformed": 0, "unknown": 0, "frames": 2, "dropped": 0}

Messages = list[tuple[str, dict[str, Any]]]


def _right() -> Messages:
    """What a board says that does everything as it must."""
    said: Messages = [("Hello", dict(HELLO)), ("Hello", dict(HELLO))]
    for number, frame in enumerate(EXPECTED.frames):
        said += [
            ("Scores", {"frame": number, "nanoseconds": 5, "image_nanoseconds": 1, "scores": list(frame.scores)}),
            (
                "Decision",
                {"frame": number, "gesture": frame.decision, "fired": int(frame.fired), "probabilities": [1.0, 0, 0],
                 "smoothed": [1.0, 0, 0]},
            ),
        ]  # fmt: skip
        if frame.fired:
            said.append(("Typing", {"frame": number, "text": "✋"}))
        said.append(("FrameDone", {"frame": number, "status": 0}))
    said += [("KeyReport", {"time_ms": 50, "report": item.report}) for item in keystrokes("✋", Host.LINUX)]
    return [*said, ("Statistics", dict(STATISTICS))]


def _wire(said: Messages) -> bytes:
    return b"".join(encode(name, **values) for name, values in said)


def _red(log: bytes) -> list[judge.Case]:
    return list(judge.failures(judge.judge_log(log, EXPECTED)))


def test_right_log_is_green_and_every_frame_is_a_check() -> None:
    cases = judge.judge_log(_wire(_right()), EXPECTED)
    assert not list(judge.failures(cases))
    assert [case.name for case in cases] == ["log", "boot", "frame 0", "frame 1", "arena", "typed", "link"]
    assert cases[2].properties == {"source": "a#0", "instructions": 5}


@pytest.mark.parametrize("frame", [0, 1])
@pytest.mark.parametrize("index", [0, 1, 2])
def test_any_altered_score_is_red_in_its_frame(frame: int, index: int) -> None:
    said = _right()
    scores = [values["scores"] for name, values in said if name == "Scores"][frame]
    scores[index] += -1 if scores[index] > 0 else 1
    (case,) = _red(_wire(said))
    assert case.name == f"frame {frame}"
    assert "tflite-micro" in case.failure


def _change(name: str, **values: Any) -> Callable[[Messages], Messages]:
    def change(said: Messages) -> Messages:
        last = max(index for index, message in enumerate(said) if message[0] == name)
        said[last][1].update(values)
        return said

    return change


def _without(name: str) -> Callable[[Messages], Messages]:
    return lambda said: [message for message in said if message[0] != name]


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        (_change("Decision", gesture=2), "frame 1", "decision fist (fired), expected raised hand (fired)"),
        (_change("Decision", fired=0), "frame 1", "decision raised hand, expected raised hand (fired)"),
        (_change("FrameDone", status=6), "frame 1", "not classified: the interpreter refused the frame"),
        (_change("Hello", arena_bytes=60_001), "arena", "60001 bytes, its budget is 60000"),
        (_change("Hello", version=99), "boot", f"version 99 of the link, not {messages.VERSION}"),
        (_change("Hello", board="mps2_an500"), "boot", "built for mps2_an500, not corstone300"),
        (_change("Statistics", received=8), "link", "received 8, not 9"),
        (_change("Statistics", dropped=1), "link", "dropped 1, not 0"),
        (_without("KeyReport"), "typed", "typed nothing, expected ✋"),
        (_without("Decision"), "frame 0", "1 Scores, 0 Decision and 1 FrameDone"),
        (lambda said: [said[0], *said], "boot", "Hello 3 times"),
        (lambda said: [said[0], ("Log", {"line": "model refused"}), *said[1:]], "boot", "model refused"),
        (lambda said: [*said[:2], said[2], *said[2:]], "frame 0", "2 Scores"),
        (lambda said: [*said[:-2], said[-1]], "typed", "a key is still down at the end"),
    ],
)
def test_anything_that_differs_is_red_and_named(change: Callable[[Messages], Messages], check: str, says: str) -> None:
    found = {case.name: case.failure for case in _red(_wire(change(_right())))}
    assert says in found[check]


def test_log_cut_off_at_any_byte_is_red() -> None:
    log = _wire(_right())
    for length in range(len(log)):
        assert _red(log[:length]), length


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (b"", "empty"),
        (b"Hello from the model\n" * 9, "none of the log's"),
        (_wire(_right()[:5]), "cut off after 1 of 2 frames"),
        (_wire(_right()[:5]) + b"FAULT: usage, pc 0x1234\0", "pc 0x1234"),
        (_wire(_right()[:5]) + b"\x07abc\0" + _wire(_right()[5:]), "damaged messages"),
    ],
)
def test_broken_log_says_what_is_wrong_with_it(log: bytes, says: str) -> None:
    first = _red(log)[0]
    assert first.name == "log"
    assert says in first.failure


def _folder(tmp_path: Path, report: object = REPORT, log: bytes | None = None) -> Path:
    (tmp_path / job.OUTPUT).write_bytes(_wire(_right()) if log is None else log)
    (tmp_path / job.REPORT).write_text(json.dumps(report))
    return tmp_path


def test_run_with_its_files_is_green(tmp_path: Path) -> None:
    assert not list(judge.failures(judge.judge_run(_folder(tmp_path), EXPECTED, require_model=True)))


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ({**REPORT, "ended": "time-out"}, "time-out"),
        ({**REPORT, "ended": "exited", "status": 3}, "ended by itself with status 3"),
        ({**REPORT, "inputs": {**EXPECTED.inputs, job.ELF: "3" * 64}}, "another run"),
        ({**REPORT, "stand_in": True}, "QEMU ran in place of Arm's model"),
        ({"model": "x"}, "not what run-model writes"),
        ([], "not what run-model writes"),
    ],
)
def test_run_that_did_not_take_place_as_asked_is_red_whatever_the_log(
    tmp_path: Path, report: object, says: str
) -> None:
    cases = judge.judge_run(_folder(tmp_path, report), EXPECTED, require_model=True)
    with pytest.raises(EmojicamError, match=says):
        judge.demand(cases, "look")


def test_steps_that_never_ran_are_red_even_beside_an_old_log(tmp_path: Path) -> None:
    (tmp_path / job.OUTPUT).write_bytes(_wire(_right()))
    (case,) = judge.failures(judge.judge_run(tmp_path, EXPECTED, require_model=False))
    assert "steps did not run" in case.failure
    job.clear(tmp_path)
    assert not (tmp_path / job.OUTPUT).exists()


def test_stand_in_is_green_where_the_model_is_not_demanded(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {**REPORT, "stand_in": True})
    assert not list(judge.failures(judge.judge_run(folder, EXPECTED, require_model=False)))


def test_junit_counts_and_names_failures(tmp_path: Path) -> None:
    cases = [*judge.judge_log(_wire(_right()), EXPECTED), judge.Case("odd", "a <b> & \x01 c")]
    path = tmp_path / "new" / "junit.xml"
    junit.write(path, cases, "corstone300")
    suite = ElementTree.parse(path).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("8", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == "a <b> & � c"
    assert {item.get("name"): item.get("value") for item in suite.iter("property")}["instructions"] == "5"


def test_expectation_survives_its_file_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / job.EXPECTATION
    path.write_text(EXPECTED.model_dump_json(), encoding="utf-8")
    assert expectation.load(path) == EXPECTED
    path.write_text(EXPECTED.model_dump_json().replace('"typed"', '"tiped"'), encoding="utf-8")
    with pytest.raises(EmojicamError, match=r"expected\.json is no expectation"):
        expectation.load(path)


def test_firings_too_soon_after_the_last_are_not_expected() -> None:
    from emojicam import config

    settings = config.load()
    fired = [ExpectedFrame(source="", scores=(), decision=index, fired=True) for index in (1, 2, 3)]
    gap = settings.keyboard.min_interval_ms
    emoji = [settings.gesture[index].emoji for index in (1, 2, 3)]
    assert expectation.expected_text(fired, [1, gap, 1 + gap], settings) == emoji[0] + emoji[2]
