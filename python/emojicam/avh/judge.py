"""The verdict on a run: the bytes of the board's UART against what they must hold."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emojicam.avh import job
from emojicam.avh.expectation import Expectation, ExpectedFrame
from emojicam.errors import EmojicamError
from emojicam.keyboard import decode
from emojicam.link import Decoder, Received, messages

_ERRORS = {code.value: code.doc for code in messages.ERRORS}


@dataclass(frozen=True)
class Case:
    """One thing that was checked. ``failure`` is one line, empty if it is as it must be."""

    name: str
    failure: str = ""
    properties: dict[str, object] = field(default_factory=dict)


def judge_log(log: bytes, expected: Expectation) -> list[Case]:
    """Check everything that a board has said.

    Args:
        log: what came out of its UART, from reset to the end.
    """
    decoder = Decoder()
    said = list(decoder.feed(log))
    if not log:
        return [Case("log", "the log is empty: the model printed nothing")]
    if decoder.fault:
        return [Case("log", f"the firmware stopped: {decoder.fault}")]
    if not said:
        return [Case("log", f"none of the log's {len(log)} bytes is a message of the link")]
    cases = [Case("log", _damage(decoder, said, log, expected)), Case("boot", _boot(said, expected))]
    for number, frame in enumerate(expected.frames):
        cases.append(_frame(number, frame, [m for m in said if m.fields.get("frame") == number], expected))
    cases.append(Case("arena", *_arena(said, expected)))
    reports = [message.report for message in said if message.name == "KeyReport"]
    cases.append(Case("typed", _typed(reports, expected)))
    cases.append(Case("link", _link(said, expected)))
    return cases


def _damage(decoder: Decoder, said: list[Received], log: bytes, expected: Expectation) -> str:
    if decoder.bad:
        return "damaged messages in the log: " + ", ".join(f"{n} x {why}" for why, n in decoder.bad.items())
    if said[-1].name != "Statistics" or not log.endswith(b"\0"):
        done = sum(message.name == "FrameDone" for message in said)
        return f"the log is cut off after {done} of {len(expected.frames)} frames"
    return ""


def _boot(said: list[Received], expected: Expectation) -> str:
    lines = [message.line for message in said if message.name == "Log"]
    if lines:
        return "the firmware says: " + "; ".join(lines)
    hellos = [message for message in said if message.name == "Hello"]
    if not hellos:
        return "the firmware has not said Hello"
    for hello in hellos:
        if hello.version != expected.link_version:
            return f"it speaks version {hello.version} of the link, not {expected.link_version}"
        if hello.board != expected.board:
            return f"it is built for {hello.board}, not {expected.board}"
    # One by itself at start, one asked for: one more is a board that has started again.
    return "" if len(hellos) == 2 else f"it has said Hello {len(hellos)} times, not twice"


def _frame(number: int, frame: ExpectedFrame, said: list[Received], expected: Expectation) -> Case:
    scores = [message for message in said if message.name == "Scores"]
    decisions = [message for message in said if message.name == "Decision"]
    done = [message for message in said if message.name == "FrameDone"]
    properties: dict[str, object] = {"source": frame.source}
    if scores:
        properties["instructions"] = scores[0].nanoseconds
    failure = ""
    if len(done) == 1 and done[0].status:
        failure = f"not classified: {_ERRORS.get(done[0].status, done[0].status)}"
    elif (len(scores), len(decisions), len(done)) != (1, 1, 1):
        failure = f"{len(scores)} Scores, {len(decisions)} Decision and {len(done)} FrameDone instead of one each"
    elif tuple(scores[0].scores) != frame.scores:
        failure = f"scores {scores[0].scores}, tflite-micro has {list(frame.scores)}"
    elif (decisions[0].gesture, bool(decisions[0].fired)) != (frame.decision, frame.fired):
        got = _decision(decisions[0].gesture, bool(decisions[0].fired), expected.classes)
        failure = f"decision {got}, expected {_decision(frame.decision, frame.fired, expected.classes)}"
    return Case(f"frame {number}", failure, properties)


def _decision(gesture: int, fired: bool, classes: tuple[str, ...]) -> str:
    return (classes[gesture] if gesture < len(classes) else f"class {gesture}") + (" (fired)" if fired else "")


def _arena(said: list[Received], expected: Expectation) -> tuple[str, dict[str, object]]:
    used = max((message.arena_bytes for message in said if message.name == "Hello"), default=0)
    properties: dict[str, object] = {"arena_bytes": used, "arena_budget": expected.arena_budget}
    if not used:
        return "the firmware has not said what arena it uses", properties
    over = used > expected.arena_budget
    return (f"the arena takes {used} bytes, its budget is {expected.arena_budget}" if over else ""), properties


def _typed(reports: list[bytes], expected: Expectation) -> str:
    if any(len(report) != 8 for report in reports):
        return "a keyboard report that does not have 8 bytes"
    typed = decode(reports, expected.host, expected.layout).text
    if typed != expected.typed:
        return f"typed {typed or 'nothing'}, expected {expected.typed or 'nothing'}"
    return "a key is still down at the end" if reports and any(reports[-1]) else ""


def _link(said: list[Received], expected: Expectation) -> str:
    found = [message for message in said if message.name == "Statistics"]
    if not found:
        return "no Statistics"
    wanted = {
        "received": expected.messages, "bad_crc": 0, "malformed": 0, "unknown": 0,
        "frames": len(expected.frames), "dropped": 0,
    }  # fmt: skip
    wrong = [f"{name} {found[-1].fields[name]}, not {value}" for name, value in wanted.items()
             if found[-1].fields[name] != value]  # fmt: skip
    return "the board has counted " + ", ".join(wrong) if wrong else ""


def judge_run(folder: Path, expected: Expectation, *, require_model: bool) -> list[Case]:
    """Check a whole run: that it took place, with these files, and what the board said.

    Args:
        folder: with what the spec's ``download`` names.
        require_model: whether QEMU in the model's place counts as a failure.
    """
    report, failure = _report(folder / job.REPORT)
    if not failure:
        failure = _ran(report, expected, require_model)
    run = Case("run", failure, {key: report[key] for key in ("model", "version", "stand_in") if key in report})
    if not (folder / job.OUTPUT).is_file():
        return [run, Case("log", f"the run has brought back no {job.OUTPUT}")]
    return [run, *judge_log((folder / job.OUTPUT).read_bytes(), expected)]


def _report(path: Path) -> tuple[dict[str, Any], str]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return {}, f"no {path.name} came back: the spec's steps did not run to their end"
    except ValueError:
        return {}, f"{path.name} is not JSON"
    wanted = {"model": str, "version": str, "stand_in": bool, "inputs": dict, "ended": str, "status": int}
    if not isinstance(report, dict) or any(not isinstance(report.get(key), kind) for key, kind in wanted.items()):
        return {}, f"{path.name} is not what run-model writes"
    return report, ""


def _ran(report: dict[str, Any], expected: Expectation, require_model: bool) -> str:
    if report["inputs"] != expected.inputs:
        return "the model was given other files than these: what came back is of another run"
    if require_model and report["stand_in"]:
        return "QEMU ran in place of Arm's model, which was asked for"
    if report["ended"] == "time-out":
        return "time-out: the firmware had not answered the last message"
    if report["ended"] != "answered":
        return f"{report['model']} ended by itself with status {report['status']}, before the last answer"
    return ""


def failures(cases: list[Case]) -> Iterator[Case]:
    """Those that are not as they must be."""
    return (case for case in cases if case.failure)


def demand(cases: list[Case], hint: str) -> None:
    """Turn a red verdict into the one line that the user sees.

    Raises:
        EmojicamError: a check has failed; the first one is named.
    """
    red = list(failures(cases))
    if red:
        more = f" (and {len(red) - 1} more of {len(cases)} checks)" if len(red) > 1 else ""
        raise EmojicamError(f"red: {red[0].name}: {red[0].failure}{more}", hint)
