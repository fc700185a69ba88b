"""What a picture's answer looks like: its class, how sure the model is, and what holding it would type."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from emojicam import config
from emojicam.config import Settings
from emojicam.frames import SourceFrame, time_ms
from emojicam.gesture import Decider, DecisionSettings
from emojicam.image import mirrored_at
from emojicam.link.session import FrameResult
from emojicam.live.answers import Lines, counts, held, in_the_mirror_too, together


@pytest.fixture(scope="module")
def settings() -> Settings:
    return config.load()


def _result(probabilities: list[float], name: str = "a.png", label: str | None = None, error: str = "") -> FrameResult:
    pixels = np.zeros((96, 96), np.uint8)
    scores = [round(200 * share) - 100 for share in probabilities]
    return FrameResult(0, SourceFrame(name, pixels, label), scores, probabilities, error=error)


THUMBS_UP = [0.01, 0.01, 0.01, 0.96, 0.01]


def test_a_held_gesture_types_when_the_decision_would(settings: Settings) -> None:
    decider = Decider(DecisionSettings.of(settings))
    frames = next(n for n in range(1, 1000) if decider.update(np.array(THUMBS_UP, np.float32), 40 * n).fired)
    would = held(THUMBS_UP, settings, 25.0)
    assert (would.text, would.seconds) == ("👍", frames / 25)
    assert str(would) == f"👍 after {frames / 25:.1f} s"


@pytest.mark.parametrize(
    ("probabilities", "says"),
    [
        ([0.96, 0.01, 0.01, 0.01, 0.01], "nothing"),
        ([0.20, 0.01, 0.01, 0.73, 0.05], "nothing, it counts from 75% on"),
        ([0.01, 0.01, 0.20, 0.76, 0.02], "nothing, it leads by 56% of the 60% it needs"),
    ],
)
def test_what_types_nothing_says_what_it_lacks(settings: Settings, probabilities: list[float], says: str) -> None:
    strict = settings.model_copy(
        update={
            "decision": settings.decision.model_copy(update={"margin": 0.6}),
            "gesture": tuple(one.model_copy(update={"activation": 0.75}) for one in settings.gesture),
        }
    )
    assert str(held(probabilities, strict, 25.0)) == says


def test_what_is_held_is_seen_in_the_mirror_too(settings: Settings) -> None:
    nothing = [0.96, 0.01, 0.01, 0.01, 0.01]
    assert held(THUMBS_UP, settings, 25.0, THUMBS_UP) == held(THUMBS_UP, settings, 25.0)
    assert str(held(THUMBS_UP, settings, 25.0, nothing)) == "nothing, it is none in the mirror"
    assert str(held(nothing, settings, 25.0, THUMBS_UP)) == "nothing"
    least = settings.gesture[3].activation
    unsure = [0.0, 1.01 - least - 0.02, 0.01, least - 0.01, 0.01] if least > 0.505 else [0.02, 0.46, 0.02, 0.48, 0.02]
    said = str(held(THUMBS_UP, settings, 25.0, unsure))
    assert said == f"nothing, it counts from {least:.0%} on, {unsure[3]:.0%} in the mirror"


def test_each_picture_is_shown_as_it_is_and_mirrored_whatever_their_number(settings: Settings) -> None:
    frames = [SourceFrame(f"{number}.png", np.zeros((96, 96), np.uint8), None) for number in range(40)]
    shown = list(in_the_mirror_too(frames))
    assert [one.source for one in shown[::2]] == [one.source for one in shown[1::2]] == [one.source for one in frames]
    now, times = 0, []
    for number, one in enumerate(shown):
        times.append(now := time_ms(number, one, 25.0, now))
    assert [mirrored_at(one) for one in times] == [False, True] * 40
    assert min(np.diff(times)) >= 256  # a model of 80 M instructions is done
    assert all(14 <= one % 64 <= 18 for one in times)  # a camera's frame is a little later than asked for


def test_of_a_picture_and_its_mirror_image_one_result_is_made() -> None:
    plain = FrameResult(6, SourceFrame("a.png", np.zeros((9, 9), np.uint8), "fist"), [1, 2], [0.4, 0.6])
    other = FrameResult(7, plain.source, [2, 1], [0.7, 0.3], [0.9, 0.1], 1, True, "👊", "👊")
    (made,) = together([plain, other])
    assert (made.frame, made.source, made.scores, made.probabilities) == (0, plain.source, [1, 2], [0.4, 0.6])
    assert (made.mirrored, made.decision, made.fired, made.typed) == ([0.7, 0.3], 1, True, "👊")
    # The row is of the half that fired, and what was typed of both.
    (made,) = together([other, replace(plain, frame=8, decision=0)])
    assert (made.decision, made.fired, made.typed) == (1, True, "👊")
    (made,) = together([other, replace(other, frame=8, decision=0, wants="x", typed="x")])
    assert (made.decision, made.typed, made.wants) == (0, "👊x", "👊x")
    assert made.as_json(["none", "fist"])["mirrored"] == [0.7, 0.3]
    assert "mirrored" not in plain.as_json(["none", "fist"])
    refused = FrameResult(0, plain.source, error="the frame is too large", code="bad_frame")
    (made,) = together([refused, FrameResult(1, plain.source, error="the frame is too large", code="bad_frame")])
    assert (made.error, made.code, made.scores) == ("the frame is too large", "bad_frame", [])


def _printed(
    settings: Settings, results: list[FrameResult], *, width: int, terminal: bool, labelled: bool
) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, highlight=False)
    names = [result.source.source for result in results]
    lines = Lines(console, settings, names, labelled=labelled, rate=25.0)
    for result in results:
        lines.show(result)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_single_picture_says_class_probability_and_the_others(settings: Settings) -> None:
    first, second = _printed(settings, [_result(THUMBS_UP)], width=80, terminal=False, labelled=False)
    assert first == f"a.png  thumbs up     96.0%  held: {held(THUMBS_UP, settings, 25.0)}"
    assert second == "  the others: none 1.0%, raised hand 1.0%, thumbs down 1.0%, fist 1.0%"


def test_a_table_of_pictures_keeps_its_columns_and_a_lines_width(settings: Settings) -> None:
    results = [
        _result(THUMBS_UP, "a.png", "thumbs up"),
        _result(THUMBS_UP, "a_very_long_name_as_telephones_and_messengers_make_them.jpg", "fist"),
        _result(THUMBS_UP, "no_label.png"),
    ]
    for width, terminal in ((80, True), (100, True), (200, True), (80, False)):
        lines = _printed(settings, results, width=width, terminal=terminal, labelled=True)
        assert len(lines) == 3
        assert len({line.index("thumbs up ") for line in lines}) == 1
        assert len({line.index("held: ") for line in lines}) == 1
        assert "  right" in lines[0]
        assert "  wrong: fist" in lines[1]
        assert lines[1].split()[0].startswith("a_very")
        assert "them.jpg" in lines[1]  # both ends tell pictures apart
        if terminal:
            assert max(map(len, lines)) < width  # an emoji takes two columns


def test_a_picture_that_was_not_classified_says_why(settings: Settings) -> None:
    result = FrameResult(0, SourceFrame("a.png", np.zeros((9, 9), np.uint8), None), error="the frame is too large")
    lines = _printed(settings, [result, _result(THUMBS_UP)], width=80, terminal=False, labelled=False)
    assert lines[0] == "a.png  the frame is too large"


def test_the_summary_counts_answers_and_of_one_picture_says_how_sure(settings: Settings) -> None:
    names = settings.class_names
    assert counts([_result(THUMBS_UP)], names) == "thumbs up, 96.0%"
    fist = _result([0.0, 0.0, 0.0, 0.0, 1.0])
    assert counts([_result(THUMBS_UP), fist, fist], names) == "thumbs up 1, fist 2"
