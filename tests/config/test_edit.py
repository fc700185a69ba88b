"""emojicam.toml changed line by line: what is not asked for stays, and what would be no settings is not written."""

import random
import tomllib
from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import edit
from emojicam.config.edit import GestureRow
from emojicam.errors import EmojicamError

TEXT = config.default_path().read_text(encoding="utf-8")


def test_a_value_is_changed_and_nothing_else() -> None:
    made = edit.changed(
        TEXT, {("decision", "margin"): 0.25, ("gesture", 2, "threshold"): 1.0, ("keyboard", "host"): "macos"}
    )
    different = [(a, b) for a, b in zip(TEXT.splitlines(), made.splitlines(), strict=True) if a != b]
    assert [b for _, b in different] == ["margin = 0.25", 'host = "macos"', "threshold = 1.00"]
    assert tomllib.loads(made)["gesture"][2]["threshold"] == 1


def test_comments_behind_values_and_hashes_in_texts_stay() -> None:
    text = '[a]\nx = "1 # 2"  # three\ny = [1, 2] # four'
    assert edit.changed(text, {("a", "x"): "#", ("a", "y"): [3]}) == '[a]\nx = "#"  # three\ny = [3] # four\n'


def test_values_that_are_missing_come_to_the_end_of_their_table() -> None:
    text = "[a]\nx = 1\n\n[[gesture]]\nname = 'n'\n\n[b]\n"
    made = edit.changed(
        text, {("a", "y"): 2, ("a", "z"): 3, ("gesture", 0, "threshold"): 0.5, ("b", "q"): True, ("c", "r"): 1}
    )
    assert (
        made == "[a]\nx = 1\ny = 2\nz = 3\n\n[[gesture]]\nname = 'n'\nthreshold = 0.50\n\n[b]\nq = true\n\n[c]\nr = 1\n"
    )
    with pytest.raises(EmojicamError, match="no gesture 7"):
        edit.changed(text, {("gesture", 7, "threshold"): 0.5})


def test_any_values_are_read_back_as_they_were_written() -> None:
    dice = random.Random(22)
    for _ in range(200):
        values: dict[edit.Place, edit.Value] = {
            ("decision", "margin"): round(dice.random(), 4),
            ("decision", "time_constant_ms"): dice.randint(1, 10000),
            ("keyboard", "armed_at_start"): dice.random() < 0.5,
            ("gesture", 3, "name"): "".join(dice.choice("aä\"\\#'✌️ =[]") for _ in range(9)),
            ("gesture", 3, "led"): [dice.randrange(256) for _ in range(3)],
        }
        read = tomllib.loads(edit.changed(TEXT, values))
        for place, value in values.items():
            found = read
            for key in place:
                found = found[key]  # type: ignore[index]
            assert found == value


def test_gestures_are_added_renamed_moved_and_removed_with_what_is_known_of_them(tmp_path: Path) -> None:
    rows = [
        GestureRow(0, "nothing", "", (0, 0, 0)),
        GestureRow(4, "fist", "👊", (1, 2, 3)),
        GestureRow(None, "peace sign", "✌️", (0, 255, 255)),
        GestureRow(1, "stop", "✋", (255, 160, 0)),
    ]
    path = tmp_path / "mine.toml"
    edit.write(path, edit.with_gestures(TEXT, rows, in_turn=True))
    before, after = config.load(), config.load(path)
    assert after.class_names == ["nothing", "fist", "peace sign", "stop"]
    assert after.gesture[1].threshold == before.gesture[4].threshold and after.gesture[1].led == (1, 2, 3)
    assert after.gesture[3].activation == before.gesture[1].activation
    assert after.keyboard == before.keyboard
    same = [GestureRow(i, g.name, g.emoji, g.led) for i, g in enumerate(before.gesture)]
    edit.write(path, edit.with_gestures(TEXT, same, in_turn=True))
    assert config.load(path) == before


def test_gestures_that_are_mirror_images_are_no_longer_shown_in_turn(tmp_path: Path) -> None:
    rows = [GestureRow(0, "none", "", (0, 0, 0)), GestureRow(None, "left", "👈", (1, 2, 3))]
    assert tomllib.loads(edit.with_gestures(TEXT, rows, in_turn=True))["model"]["mirror_in_turn"] is True
    both = edit.with_gestures(TEXT, [*rows, GestureRow(None, "right", "👉🏽", (1, 2, 3))], in_turn=True)
    edit.write(tmp_path / "mine.toml", both)
    assert not config.load(tmp_path / "mine.toml").model.mirror_in_turn
    # And again once one of them is gone, but not where they never were.
    one = [GestureRow(0, "none", "", (0, 0, 0)), GestureRow(1, "left", "👈", (1, 2, 3))]
    assert tomllib.loads(edit.with_gestures(both, one, in_turn=True))["model"]["mirror_in_turn"] is True
    assert tomllib.loads(edit.with_gestures(both, one, in_turn=False))["model"]["mirror_in_turn"] is False


def test_a_name_that_makes_no_toml_is_refused_as_settings_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    rows = [GestureRow(0, "none", "", (0, 0, 0)), GestureRow(None, "wa\x7fve", "👋", (1, 2, 3))]
    with pytest.raises(EmojicamError, match=r"mine\.toml is not TOML"):
        edit.write(path, edit.with_gestures(TEXT, rows, in_turn=True))
    assert path.read_text(encoding="utf-8") == TEXT


def test_what_would_be_no_settings_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(EmojicamError, match=r"^mine\.toml:\d+: decision\.margin: "):
        edit.write(path, edit.changed(TEXT, {("decision", "margin"): 7.0}))
    assert path.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(EmojicamError, match="can't be written: No such file or directory; try: another --config FILE"):
        edit.write(tmp_path / "gone" / "mine.toml", TEXT)


def test_a_file_with_a_byte_order_mark_is_edited_as_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    edit.write(path, edit.changed(edit.read(path), {("decision", "margin"): 0.25}))
    assert config.load(path).decision.margin == 0.25
