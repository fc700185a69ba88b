"""A lesson: which captures it takes, what it begins with, what it leaves behind."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from emojicam import config, paths
from emojicam.cli import main
from emojicam.config import Gesture, Settings
from emojicam.config.edit import with_model
from emojicam.data import dataset, poses
from emojicam.data.classes import CLASSES, SIZE
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError
from emojicam.teach import captures, files, rehearsal

SETTINGS = config.load()


def gestures(*pairs: tuple[str, str]) -> list[Gesture]:
    return [Gesture(name="none"), *(Gesture(name=name, emoji=emoji) for name, emoji in pairs)]


def shots(folder: Path, counts: dict[str, int], seed: int = 0) -> Path:
    """Captures named by a counter without leading zeros: bars, whose place is the class."""
    rng = np.random.default_rng(seed)
    for number, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(60, 120, (SIZE, SIZE)).astype(np.uint8)
            pixels[number * 15 : number * 15 + 14] += 110
            Image.fromarray(pixels).save(folder / name / f"{i + 1}.png")
    return folder


def cli(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def test_the_last_captures_of_each_class_are_kept_aside(tmp_path: Path) -> None:
    found = captures.read(shots(tmp_path, {"none": 10, "fist": 12}), CLASSES)
    parts = captures.split(found)
    assert sorted(Path(name).parent.name + "/" + Path(name).stem for name in parts.aside.names) == [
        "fist/11", "fist/12", "none/10", "none/9"
    ]  # fmt: skip
    assert len(parts.taught) == 18
    assert parts.taught.classes == CLASSES
    assert parts.alike == 0


def test_those_kept_aside_that_look_as_a_taught_one_are_counted(tmp_path: Path) -> None:
    folder = shots(tmp_path, {"none": 4, "fist": 4})
    for i in (3, 4):
        (folder / "fist" / f"{i}.png").write_bytes((folder / "fist" / "1.png").read_bytes())
    assert captures.split(captures.read(folder, CLASSES)).alike == 1


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"fist": 9}, "are of one class, 'fist': nothing to tell it from"),
        ({"fist": 9, "none": 3}, "has 3 captures of 'none', and at least 4 are needed"),
        ({"fist": 9, "none": 1}, "has 1 capture of 'none', and"),
        ({"fist": 9, "peace sign": 9}, "'peace sign' is not a class"),
    ],
)
def test_captures_that_teach_nothing_are_refused(tmp_path: Path, counts: dict[str, int], said: str) -> None:
    with pytest.raises(EmojicamError, match=said):
        captures.read(shots(tmp_path, counts), CLASSES)


def test_an_unreadable_capture_is_named(tmp_path: Path) -> None:
    folder = shots(tmp_path, {"none": 4, "fist": 4})
    (folder / "fist" / "5.png").write_bytes(b"no picture")
    with pytest.raises(EmojicamError, match=r"fist/5.png is not a readable picture"):
        captures.read(folder, CLASSES)
    assert len(captures.read(folder, CLASSES, skip_bad=True)) == 8


def rendered_of(*kinds: str) -> Labelled:
    count = len(kinds)
    labels = np.array([0 if kind == "no hand" else poses.KINDS[poses.kind_named(kind)].label for kind in kinds])
    images = np.zeros((count, SIZE, SIZE), np.uint8)
    values = np.zeros(count, np.float32)
    return Labelled(images, labels, list(kinds), list(kinds), values, values, [], images)


def test_a_rendered_pose_that_is_now_a_gesture_of_its_own_is_not_shown_as_none() -> None:
    drawn = rendered_of("no hand", "victory", "horns", "fist", "thumbs up")
    kept = rehearsal.fitted(drawn, gestures(("thumbs up", "👍"), ("peace", "✌️"), ("fist", "👊")))
    assert kept.kinds == ["no hand", "horns", "fist", "thumbs up"]
    assert kept.labels.tolist() == [0, 0, 3, 1]


def test_a_gesture_that_has_been_renamed_is_known_by_its_emoji_and_one_that_is_gone_is_none() -> None:
    drawn = rendered_of("raised hand", "fist", "thumbs down", "thumbs up")
    kept = rehearsal.fitted(drawn, gestures(("high five", "✋🏽"), ("rock", "👊")))
    assert kept.labels.tolist() == [1, 2, 0, 0]
    # Another emoji of the same hand: neither it nor none.
    assert rehearsal.fitted(drawn, gestures(("rock", "✊"))).kinds == ["raised hand", "thumbs down", "thumbs up"]


def test_the_poses_by_emoji_are_those_that_are_drawn() -> None:
    assert {kind for kinds in rehearsal._DRAWN.values() for kind in kinds} <= set(poses.KIND_NAMES)


def test_the_settings_get_another_model_and_keep_everything_else(tmp_path: Path) -> None:
    text = config.default_path().read_text(encoding="utf-8")
    made = with_model(text, "mine.tflite")
    assert made.replace('"mine.tflite"', '"models/gestures.tflite"') == text
    assert with_model('[model] # mine\n[camera]\ncrop = 1.0\n', "a.tflite") == (
        '[model] # mine\nfile = "a.tflite"\n[camera]\ncrop = 1.0\n'
    )  # fmt: skip
    assert with_model("[[gesture]]\n", "a.tflite") == '[model]\nfile = "a.tflite"\n\n[[gesture]]\n'


def test_no_part_of_the_project_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for output in (paths.models_dir() / "gestures.tflite", paths.project_root() / "emojicam.tflite"):
        assert cli("teach", tmp_path, "-o", output) == 2
        assert "would be replaced; try: another -o" in " ".join(capsys.readouterr().err.split())
    assert not files.is_ours(paths.models_dir() / "taught.tflite")


@pytest.mark.train
def test_a_network_has_the_outputs_of_the_settings_and_knows_what_it_knew() -> None:
    from emojicam.teach.shipped import Shipped

    shipped = Shipped.of()
    assert shipped.outputs(SETTINGS.gesture) == [0, 1, 2, 3, 4]
    outputs = shipped.outputs(gestures(("rock", "👊"), ("peace sign", "✌️"), ("Thumbs-Up", "🆗")))
    assert outputs == [0, 4, None, 3]
    pixels = np.random.default_rng(1).random((2, shipped.side, shipped.side, 1)).astype(np.float32)
    before = np.asarray(shipped.network([0, 1, 2, 3, 4])(pixels))
    after = np.asarray(shipped.network(outputs)(pixels))
    np.testing.assert_allclose(after, before[:, [0, 4, 0, 3]], rtol=1e-4, atol=1e-4)


@pytest.mark.train
def test_a_gesture_that_is_recognised_and_never_typed_is_silent() -> None:
    from emojicam.teach import figures, lesson
    from emojicam.teach.figures import Figures

    known: figures.Recall = {"none": 1.0, "a": 1.0, "b": 1.0, "c": 0.2, "d": None}
    types: figures.Recall = {"a": 1.0, "b": 0.2, "c": 0.0, "d": None}
    measured = Figures(known, known)
    assert lesson.Taught(b"", {}, 1, 0, measured, measured, types).silent == ["b"]


@pytest.mark.train
def test_what_is_held_is_typed_where_the_model_is_sure() -> None:
    """The shipped model's own clip: gestures that it knows, as captures."""
    from emojicam.cli.run import demo_clip
    from emojicam.frames import open_footage
    from emojicam.image import to_grey
    from emojicam.teach import figures
    from emojicam.teach.shipped import Shipped

    frames = [frame for frame in open_footage(demo_clip(), CLASSES).frames() if frame.label == "fist"][10:14]
    images = np.stack([to_grey(frame.pixels) for frame in frames])
    count, zeros = len(images), np.zeros(len(images), np.float32)
    labels = np.full(count, CLASSES.index("fist"))
    shown = Labelled(images, labels, [""] * count, [""] * count, zeros, zeros, [], np.zeros_like(images))
    content = Shipped.of().tflite
    assert figures.typed(content, shown, SETTINGS)["fist"] == 1
    decision = SETTINGS.decision.model_copy(update={"margin": 0.999})
    assert figures.typed(content, shown, SETTINGS.model_copy(update={"decision": decision}))["fist"] == 0


@pytest.mark.train
@pytest.mark.parametrize(
    ("emoji", "shares"),
    [
        ([], [0.25, 0.25, 0.25, 0.25]),
        (["✌️"], [0.125, 0.125, 0.125, 0.125, 0.5]),  # 0.2 of all that is seen
        (["✌️", "🤙", "👌", "🤘"], [0.0625] * 4 + [0.1875] * 4),
    ],
)
def test_a_gesture_that_no_rendered_hand_shows_is_drawn_as_often_as_the_others_are_seen(
    emoji: list[str], shares: list[float]
) -> None:
    from emojicam.teach.tuning import Batches, Recipe

    wanted = gestures(("raised hand", "✋"), ("thumbs up", "👍"), ("fist", "👊"), *((one, one) for one in emoji))
    names = tuple(one.name for one in wanted)
    labels = np.repeat(np.arange(len(names)), np.arange(2, len(names) + 2))
    count, zeros = len(labels), np.zeros(len(labels), np.float32)
    images = np.zeros((count, 1, 1), np.uint8)
    kinds = [""] * count
    taught = Labelled(images, labels, kinds, kinds, zeros, zeros, [], images, names)
    rendered = rehearsal.fitted(rendered_of("no hand", "raised hand", "thumbs up", "fist"), wanted)
    chances = Batches(taught, rendered, Recipe(captured=0.4), True)._chances()
    found = [float(chances[labels == label].sum()) for label in range(len(names))]
    assert found == pytest.approx(shares)


@pytest.mark.train
@pytest.mark.parametrize("in_turn", [True, False])
def test_what_is_held_is_seen_in_the_mirror_too_where_the_board_does(
    monkeypatch: pytest.MonkeyPatch, in_turn: bool
) -> None:
    from emojicam.teach import figures
    from emojicam.training import predict

    def asked(content: bytes, images: np.ndarray) -> predict.Answers:
        scores = np.full((len(images), len(CLASSES)), -60, np.int8)
        scores[np.arange(len(images)), [4 if one[:, 0].mean() > one[:, -1].mean() else 0 for one in images]] = 90
        return predict.Answers(scores * 0.05, scores, 0, 0.05)

    monkeypatch.setattr(predict, "on_litert", asked)
    images = np.zeros((2, 96, 96), np.uint8)
    images[:, :, :48] = 200
    zeros = np.zeros(2, np.float32)
    shown = Labelled(images, np.full(2, 4), [""] * 2, [""] * 2, zeros, zeros, [], np.zeros_like(images))
    settings = SETTINGS.model_copy(update={"model": SETTINGS.model.model_copy(update={"mirror_in_turn": in_turn})})
    assert figures.typed(b"", shown, settings)["fist"] == (0 if in_turn else 1)


@pytest.mark.train
def test_mirror_images_of_each_other_are_not_mirrored() -> None:
    from emojicam.config.emoji import mirror_images
    from emojicam.training.augment import augment

    assert mirror_images(["", "👈", "👍"]) is None
    assert mirror_images(["", "👈", "👉🏿"]) == ("👈", "👉")
    images = np.zeros((1, 32, 32), np.uint8)
    images[0, :, :8] = 200
    rows = np.zeros(32, np.int64)
    seen = augment(images, rows, 32, 3, 0.3, mirror=False)[..., 0].mean(1)
    assert (seen[:, :16].mean(1) > seen[:, 16:].mean(1)).all()


@pytest.fixture
def few_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendered hands in no time: noise."""

    def rendered(which: tuple[int, int], wanted: Any, tell: Any) -> Labelled:
        rng = np.random.default_rng(which[0])
        images = rng.integers(0, 256, (40, SIZE, SIZE)).astype(np.uint8)
        values = np.zeros(40, np.float32)
        kinds = ["no hand"] * 8 + ["fist"] * 32
        drawn = Labelled(images, np.arange(40) % 5, kinds, kinds, values, values, [], np.zeros_like(images))
        return rehearsal.fitted(drawn, wanted)

    monkeypatch.setattr(rehearsal, "rendered", rendered)


def with_peace_sign(folder: Path) -> Path:
    """The project's settings without the fist, with a peace sign."""
    text = config.default_path().read_text(encoding="utf-8")
    head, _, _ = text.partition('[[gesture]]\nname = "fist"')
    path = folder / "own.toml"
    path.write_text(head + '[[gesture]]\n# mine\nname = "peace sign"\nemoji = "✌️"\nled = [1, 2, 3]\n', encoding="utf-8")
    return path


@pytest.mark.train
def test_a_gesture_of_ones_own_is_taught_and_its_files_are_used_at_once(
    tmp_path: Path, few_rendered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emojicam.model.oracle import LiteRt
    from emojicam.teach.shipped import Shipped

    given = with_peace_sign(tmp_path)
    folder = shots(tmp_path / "captures", {"none": 5, "peace sign": 5})
    told = tmp_path / "told.json"
    model = tmp_path / "out" / "mine.tflite"
    assert cli("teach", folder, "--config", given, "-o", model, "--seconds", 1, "--json", told) == 0
    lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    steps = [line["step"] for line in lines]
    assert list(dict.fromkeys(steps)) == ["read", "render", "train", "quantise", "measure", "done"]
    assert all(0 <= line["done"] <= 1 and line["line"] for line in lines[:-1])
    done = lines[-1]
    names = ["none", "raised hand", "thumbs down", "thumbs up", "peace sign"]
    assert done["counts"] == {"none": 5, "raised hand": 0, "thumbs down": 0, "thumbs up": 0, "peace sign": 5}
    for when in ("before", "after"):
        assert list(done[when]["kept_aside"]) == list(done[when]["validation"]) == names
    assert done["before"]["kept_aside"]["peace sign"] == 0  # the shipped model can't say it
    assert done["before"]["kept_aside"]["thumbs up"] is None
    assert list(done["types"]) == names[1:] and 0 <= done["types"]["peace sign"] <= 1
    assert done["types"]["thumbs up"] is None

    settings = config.load(Path(done["settings"]))
    assert settings.class_names == names
    assert Path(settings.model.file) == model.resolve()
    assert "# mine" in Path(done["settings"]).read_text(encoding="utf-8")
    assert LiteRt(model.read_bytes()).output.shape[-1] == 5
    card = Path(done["card"]).read_text(encoding="utf-8")
    assert "| peace sign | 5 | 0 |" in card
    assert sorted(path.name for path in model.parent.iterdir()) == ["mine.md", "mine.tflite", "mine.toml"]
    assert Shipped.of().tflite == (paths.models_dir() / "gestures.tflite").read_bytes()


@pytest.mark.train
@pytest.mark.parametrize("problem", [KeyboardInterrupt, OSError])
def test_what_ends_early_leaves_what_was_there(
    tmp_path: Path, few_rendered: None, monkeypatch: pytest.MonkeyPatch, problem: type[BaseException]
) -> None:
    from emojicam.teach import lesson
    from emojicam.teach.figures import Figures

    names = SETTINGS.class_names
    nothing = Figures(dict.fromkeys(names), dict.fromkeys(names))
    taught = lesson.Taught(b"model", dict.fromkeys(names, 4), 5, 0, nothing, nothing, dict.fromkeys(names[1:]))
    where = files.Files.beside(tmp_path / "mine.tflite")
    for path in where.all():
        path.write_text("before")
    replaced = Path.write_bytes

    def break_off(path: Path, content: bytes) -> int:
        replaced(path, content[:3])
        raise problem

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with pytest.raises((EmojicamError, KeyboardInterrupt)):
        files.write(taught, config.default_path(), SETTINGS, where, b"begun")
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["before"] * 3


@pytest.mark.train
def test_a_class_of_which_nothing_is_known_is_refused_before_the_work(tmp_path: Path) -> None:
    from emojicam.teach import lesson

    folder = shots(tmp_path / "captures", {"none": 5, "thumbs up": 5})
    settings: Settings = config.load(with_peace_sign(tmp_path))
    with pytest.raises(EmojicamError, match=r"doesn't know 'peace sign', and .* has no captures of it"):
        lesson.teach(folder, settings, lambda step, done, line: None)
    assert len(dataset.load(folder)) == 10
