"""What the firmware must say about a clip: worked out on this computer, by other code than the firmware's.

The scores are those of PyPI ``tflite-micro``, Google's own build of the interpreter; decisions and text come
from the Python twin of the gesture stage.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from emojicam import gesture, image
from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.frames import SourceFrame
from emojicam.keyboard import Host, Layout
from emojicam.link import messages
from emojicam.model import export, graph
from emojicam.model.oracle import TfliteMicro


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedFrame(_Table):
    """One frame: the model's int8 output, the index of the class that is held, and whether it fired."""

    source: str
    scores: tuple[int, ...]
    decision: int
    fired: bool


class Expectation(_Table):
    """All that a run is judged by.

    Attributes:
        arena_budget: bytes of tensor arena that the interpreter may use.
        messages: sent to the board, the last StatisticsRequest included.
        typed: all that the computer behind the keyboard must receive.
        inputs: SHA-256 of each file that the model is given, by name.
    """

    link_version: int = messages.VERSION
    board: str
    classes: tuple[str, ...]
    arena_budget: int
    messages: int
    host: Host
    layout: Layout
    frames: tuple[ExpectedFrame, ...]
    typed: str
    inputs: dict[str, str]


def load(path: Path) -> Expectation:
    """Read an expectation.

    Raises:
        EmojicamError: it is missing or not one.
    """
    try:
        return Expectation.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EmojicamError(f"{path} can't be read: {error.strerror}", "emojicam avh, which makes it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise EmojicamError(
            f"{path.name} is no expectation: {where}: {first['msg']}", "emojicam avh, which makes it"
        ) from None


def expected_frames(frames: Iterable[SourceFrame], times_ms: Iterable[int], settings: Settings) -> list[ExpectedFrame]:
    """Scores and decisions for frames that were taken at these times, from a board that has just been reset."""
    prepared = export.prepare(
        graph.load(settings.model_path),
        gestures=settings.class_names,
        outputs=settings.outputs,
        said=settings.model,
    )
    tensor_in = prepared.graph.tensors[prepared.graph.inputs[0]]
    tensor_out = prepared.graph.tensors[prepared.graph.outputs[0]]
    _, height, width, channels = tensor_in.shape
    table = None if export.is_probability(prepared.graph) else export.softmax_table(tensor_out.scale)
    scale = gesture.ScoreScale(tensor_out.scale, tensor_out.zero_point, table)
    decider = gesture.Decider(gesture.DecisionSettings.of(settings))
    oracle = TfliteMicro(prepared.data)
    found = []
    for frame, time_ms in zip(frames, times_ms, strict=True):
        seen = image.prepare(
            frame.pixels,
            size=(height, width),
            crop_permille=round(settings.camera.crop * 1000),
            channels=channels,
        )
        if settings.model.mirror_in_turn and image.mirrored_at(time_ms):
            seen = image.mirrored(seen)
        pixels = prepared.pixels.form.apply(seen).reshape(1, height, width, channels)
        scores = prepared.head.scores(oracle.run(pixels))
        decision = decider.update(gesture.probabilities(scores, scale), time_ms)
        found.append(
            ExpectedFrame(
                source=frame.source,
                scores=tuple(scores.tolist()),
                decision=decision.gesture,
                fired=decision.fired,
            )
        )
    return found


def expected_text(frames: Iterable[ExpectedFrame], times_ms: Iterable[int], settings: Settings) -> str:
    """What is typed: each firing's emoji, but for those too soon after the last. (keyboard/typist.h)"""
    text = ""
    last: int | None = None
    for frame, time_ms in zip(frames, times_ms, strict=True):
        if not frame.fired or (last is not None and time_ms - last < settings.keyboard.min_interval_ms):
            continue
        last = time_ms
        function_key = settings.keyboard.host is Host.FUNCTION_KEYS
        text += f"<F{12 + frame.decision}>" if function_key else settings.gesture[frame.decision].emoji
    return text
