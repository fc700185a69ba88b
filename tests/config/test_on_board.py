"""What of emojicam.toml a running board can be given, and how it is shown again."""

import pytest

from emojicam import config
from emojicam.config import on_board
from emojicam.config.settings import Settings

SHIPPED = config.load()


def _changed(**tables: dict[str, object]) -> Settings:
    """The shipped settings with some fields of their tables changed."""
    return SHIPPED.model_copy(
        update={name: getattr(SHIPPED, name).model_copy(update=fields) for name, fields in tables.items()}
    )


def _with_gesture(**fields: object) -> Settings:
    *others, last = SHIPPED.gesture
    return SHIPPED.model_copy(update={"gesture": (*others, last.model_copy(update=fields))})


def test_every_field_of_the_message_is_the_settings() -> None:
    settings = _changed(
        keyboard={
            "host": "macos", "layout": "fr", "armed_at_start": True, "press_ms": 11, "release_ms": 12, "gap_ms": 13,
            "min_interval_ms": 14,
        },
        decision={"time_constant_ms": 15, "margin": 0.25},
    )  # fmt: skip
    settings = settings.model_copy(
        update={
            "gesture": tuple(
                one.model_copy(update={"activation": n / 8, "threshold": n / 16})
                for n, one in enumerate(settings.gesture)
            )
        }
    )
    fields = on_board.message(settings)
    assert on_board.describe(fields) == {
        "host": "macos", "layout": "fr", "armed_at_start": True, "press_ms": 11, "release_ms": 12, "gap_ms": 13,
        "min_interval_ms": 14, "time_constant_ms": 15, "margin": 0.25,
        "activation": [0.0, 0.125, 0.25, 0.375, 0.5], "threshold": [0.0, 0.0625, 0.125, 0.1875, 0.25],
    }  # fmt: skip
    assert fields["armed_at_start"] == 1


def test_what_the_board_has_as_float32_is_shown_as_it_was_written() -> None:
    fields = on_board.message(SHIPPED)
    rounded = {**fields, "margin": 0.3000004, "activation": [0.60000002384], "threshold": [0.1234567]}
    shown = on_board.describe(rounded)
    assert (shown["margin"], shown["activation"], shown["threshold"]) == (0.3, [0.6], [0.123457])


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(SHIPPED, id="nothing"),
        pytest.param(_changed(keyboard={"gap_ms": 33}), id="keyboard"),
        pytest.param(_changed(decision={"margin": 0.25}), id="decision"),
        pytest.param(_with_gesture(activation=0.9, threshold=0.8), id="a gesture's thresholds"),
    ],
)
def test_what_is_sent_need_not_be_built(settings: Settings) -> None:
    assert on_board.differs_only_in_what_is_sent(settings, SHIPPED)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(_with_gesture(name="wave"), id="a gesture's name"),
        pytest.param(_with_gesture(emoji="🍕"), id="a gesture's emoji"),
        pytest.param(SHIPPED.model_copy(update={"gesture": SHIPPED.gesture[:-1]}), id="fewer gestures"),
        pytest.param(_changed(camera={"crop": 0.5}), id="camera"),
        pytest.param(_changed(model={"mirror_in_turn": False}), id="mirror images"),
    ],
)
def test_what_is_compiled_in_is_told_apart(settings: Settings) -> None:
    assert not on_board.differs_only_in_what_is_sent(settings, SHIPPED)
