"""A recording: written frame by frame, read in any order, cut off anywhere, shown again bit for bit."""

import errno
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from emojicam import config, gesture
from emojicam.cli import main
from emojicam.errors import EmojicamError
from emojicam.link import Received, encode
from emojicam.recording import Recorder, Recording, would_fire
from emojicam.recording import replay as again
from emojicam.recording.camera import CameraRecorder
from emojicam.recording.plot import timeline

SETTINGS = config.load()
CLASSES = len(SETTINGS.gesture)


def pixels(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (24, 32), dtype=np.uint8)


def scores_for(label: int) -> list[int]:
    return [120 if one == label else -100 for one in range(CLASSES)]


def made(path: Path, frames: int = 5, labels: list[int] | None = None) -> Path:
    """A recording of frames 40 ms apart, as the Python twin decides."""
    labels = labels if labels is not None else [0] * frames
    with Recorder(path, SETTINGS, "host") as recorder:
        decider = gesture.Decider(gesture.DecisionSettings.of(SETTINGS))
        scale = None
        for number, label in enumerate(labels):
            if scale is None:
                scale = _scale()
            decision = decider.update(gesture.probabilities(scores_for(label), scale), 40 * number + 1)
            recorder.frame(
                number, 40 * number + 1, pixels(number), scores_for(label), decider.smoothed.tolist(),
                decision.gesture, decision.fired,
            )  # fmt: skip
            if decision.fired:
                recorder.event(40 * number + 1, "typed", text=SETTINGS.gesture[decision.gesture].emoji)
    return path


def _scale() -> gesture.ScoreScale:
    from emojicam import paths
    from emojicam.model import export, graph

    prepared = export.prepare(graph.load(paths.data_root() / SETTINGS.model.file))
    output = prepared.graph.tensors[prepared.graph.outputs[0]]
    table = None if prepared.is_probability else export.softmax_table(output.scale)
    return gesture.ScoreScale(output.scale, output.zero_point, table)


def cli(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def test_what_was_recorded_is_read_in_any_order(tmp_path: Path) -> None:
    recording = Recording.open(made(tmp_path / "a.zip"))
    assert (len(recording), recording.board, recording.broken_off) == (5, "host", "")
    assert recording.settings == SETTINGS
    for index in (3, 0, 4):
        frame = recording.frame(index)
        assert (frame.number, frame.time_ms, frame.scores) == (index, 40 * index + 1, scores_for(0))
        assert frame.pixels is not None
        np.testing.assert_array_equal(frame.pixels, pixels(index))
    assert [frame.number for frame in recording.frames()] == [0, 1, 2, 3, 4]
    with pytest.raises(IndexError):
        recording.frame(5)


def test_evidence_comes_back_bit_for_bit(tmp_path: Path) -> None:
    value = np.float32(1) / np.float32(3)
    with Recorder(tmp_path / "a.zip", SETTINGS, "host") as recorder:
        recorder.frame(0, 1, None, scores_for(1), [value] * CLASSES, 0, False)
    frame = Recording.open(tmp_path / "a.zip").frame(0)
    assert frame.pixels is None
    assert [np.float32(one) for one in frame.smoothed] == [value] * CLASSES


def test_colour_and_events_are_kept(tmp_path: Path) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    with Recorder(tmp_path / "a.zip", SETTINGS, "host") as recorder:
        recorder.frame(7, 1, rgb, [], [], 0, False)
        recorder.event(1, "armed", armed=True)
        recorder.event(2, "typed", text="✋")
    recording = Recording.open(tmp_path / "a.zip")
    np.testing.assert_array_equal(recording.frame(0).pixels, rgb)  # type: ignore[arg-type]
    assert [(one.time_ms, one.kind, one.values) for one in recording.events()] == [
        (1, "armed", {"armed": True}), (2, "typed", {"text": "✋"})
    ]  # fmt: skip


def test_any_archive_program_opens_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(made(tmp_path / "a.zip")) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("recording.json"))["format"] == "emojicam recording"
        with archive.open("frames/00000002.png") as stream, Image.open(stream) as image:
            np.testing.assert_array_equal(np.asarray(image), pixels(2))


def test_cut_off_anywhere_it_opens_up_to_where_it_is_whole(tmp_path: Path) -> None:
    whole = made(tmp_path / "a.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        head = archive.getinfo("frames/00000000.png").header_offset
        ends = [archive.getinfo(f"frames/{i:08d}.json") for i in range(5)]
        done = [end.header_offset + 30 + len(end.filename) + end.file_size for end in ends]
    cut = tmp_path / "cut.zip"
    for length in (*range(head, done[0] + 100, 97), done[2] - 1, done[2], len(whole) - 1):
        cut.write_bytes(whole[:length])
        recording = Recording.open(cut)
        expected = sum(end <= length for end in done)
        assert [frame.number for frame in recording.frames()] == list(range(expected)), length
        assert f"cut.zip breaks off: its {expected} whole frames are read" in recording.broken_off
    cut.write_bytes(whole[: head - 1])
    with pytest.raises(EmojicamError, match=r"cut.zip is no recording"):
        Recording.open(cut)


def test_a_byte_that_flipped_in_a_file_that_breaks_off_ends_it_there(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("frames/00000002.png").header_offset + 100
    content = bytearray(path.read_bytes()[:-30])
    content[place] ^= 1
    path.write_bytes(content)
    assert [frame.number for frame in Recording.open(path).frames()] == [0, 1]


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: bytes) -> int:
        if self._file.tell() + len(data) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_full_disk_is_told_once_and_what_is_there_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def open_on_a_small_disk(path: Path, *how: Any, **more: Any) -> Any:
        file = opened(path, *how, **more)
        return FullDisk(file, 9000) if path.name == "a.zip" else file

    monkeypatch.setattr(Path, "open", open_on_a_small_disk)
    recorder = Recorder(tmp_path / "a.zip", SETTINGS, "host")
    with pytest.raises(EmojicamError, match=r"broke off after (\d+) frames, which can be read: No space left") as told:
        for number in range(100):
            recorder.frame(number, number, pixels(number), scores_for(0), [1.0] * CLASSES, 0, False)
    monkeypatch.undo()
    assert f"after {recorder.frames} frames" in str(told.value)
    assert 3 < recorder.frames < 100
    recorder.close()
    with pytest.raises(EmojicamError, match="is over"):
        recorder.event(1, "late")
    recording = Recording.open(tmp_path / "a.zip")
    assert len(recording) == recorder.frames
    assert recording.broken_off


def test_how_often_each_gesture_would_fire_with_other_settings(tmp_path: Path) -> None:
    labels = [0] * 5 + [1] * 60 + [0] * 60 + [3] * 60 + [0] * 30
    recording = Recording.open(made(tmp_path / "a.zip", labels=labels))
    fired = [frame.decision for frame in recording.told() if frame.fired]
    assert fired == [1, 3]
    names = SETTINGS.class_names
    assert would_fire(recording, SETTINGS) == {name: int(name in (names[1], names[3])) for name in names[1:]}
    never = SETTINGS.model_copy(
        update={"gesture": tuple(one.model_copy(update={"threshold": 1.0}) for one in SETTINGS.gesture)}
    )
    assert set(would_fire(recording, never).values()) == {0}
    fewer = SETTINGS.model_copy(update={"gesture": SETTINGS.gesture[:-1]})
    with pytest.raises(EmojicamError, match=f"the recording has {CLASSES} classes, the settings {CLASSES - 1}"):
        would_fire(recording, fewer)
    as_it_is = SETTINGS.model_copy(update={"model": SETTINGS.model.model_copy(update={"mirror_in_turn": False})})
    with pytest.raises(EmojicamError, match="would show the model otherwise"):
        would_fire(recording, as_it_is)


def test_the_timeline_is_drawn_in_what_its_ending_says(tmp_path: Path) -> None:
    path = made(tmp_path / "a.zip", labels=[0] * 5 + [1] * 40)
    assert cli("plot", path, "-o", tmp_path / "line.png") == 0
    assert (tmp_path / "line.png").read_bytes().startswith(b"\x89PNG")
    timeline(Recording.open(path), tmp_path / "line.svg")
    assert "<svg" in (tmp_path / "line.svg").read_text(encoding="utf-8")
    assert cli("plot", path, "-o", tmp_path / "line.nothing") == 2


def test_replay_of_a_recording_that_begins_in_the_middle_waits_until_evidence_has_settled(tmp_path: Path) -> None:
    recording = Recording.open(made(tmp_path / "a.zip"))
    assert again.judged(recording, recording.frame(0).smoothed) == again.Judged(0)
    late = again.judged(recording, [0.5] * CLASSES)
    assert late.from_ms == 1 + 10 * SETTINGS.decision.time_constant_ms
    assert "begins in the middle" in late.why


def test_with_frames_missing_only_scores_are_compared(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.zip", SETTINGS, "openmv_h7") as recorder:
        for number in (3, 4, 6):
            recorder.frame(number, 40 * number, pixels(number), scores_for(0), [1.0] * CLASSES, 0, False)
    of = again.judged(Recording.open(tmp_path / "a.zip"), [1.0] * CLASSES)
    assert of.from_ms is None
    assert "frames are missing" in of.why


class Camera:
    """A camera that answers each question for a picture with the frame that is newest."""

    def __init__(self) -> None:
        self.asked = 0

    def send(self, data: bytes) -> None:
        self.asked += data.count(encode("ImageRequest"))

    def messages(self) -> Any:
        raise NotImplementedError


def test_a_plugged_in_cameras_frames_are_recorded_where_the_picture_is_here(tmp_path: Path) -> None:
    said: list[Received] = [Received("Hello", {"version": _version(), "board": "openmv_h7", "armed": 0})]
    for number in range(6):
        smoothed = [1.0, *[0.0] * (CLASSES - 1)]
        said.append(Received("Scores", {"frame": number, "scores": scores_for(0)}))
        said.append(Received("Decision", {"frame": number, "gesture": 0, "fired": 0, "smoothed": smoothed}))
        if number % 2 == 0:
            image = pixels(number)
            size = {"width": image.shape[1], "height": image.shape[0], "format": 0}
            said.append(Received("ImageBegin", {"number": number, "time_ms": 20 * number, **size}))
            said.append(Received("ImageData", {"offset": 0, "pixels": image.tobytes()}))
    said.append(Received("Log", {"line": "low light"}))
    camera = Camera()
    with Recorder(tmp_path / "a.zip", SETTINGS, "openmv_h7") as recorder:
        CameraRecorder(camera, recorder, SETTINGS.keyboard.host, SETTINGS.keyboard.layout).run(said)
    recording = Recording.open(tmp_path / "a.zip")
    assert [(frame.number, frame.time_ms) for frame in recording.frames()] == [(0, 0), (2, 40), (4, 80)]
    np.testing.assert_array_equal(recording.frame(1).pixels, pixels(2))  # type: ignore[arg-type]
    assert [event.kind for event in recording.events()] == ["log"]
    assert camera.asked == 4


def _version() -> int:
    from emojicam.link import messages

    return messages.VERSION


@pytest.mark.host
def test_the_bundled_clip_is_recorded_and_shown_again_bit_for_bit_and_a_changed_score_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a regression test with a recording is."""
    path = tmp_path / "clip.zip"
    assert cli("record", "-o", path, "--seconds", 3) == 0
    recording = Recording.open(path)
    assert 70 < len(recording) < 80
    assert sum(frame.fired for frame in recording.told()) == sum(would_fire(recording, SETTINGS).values())
    capsys.readouterr()
    assert cli("replay", path, "--json", tmp_path / "out.json") == 0
    assert "bit for bit" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())["frames"] == len(recording)

    with Recorder(tmp_path / "changed.zip", SETTINGS, "host") as recorder:
        for index, frame in enumerate(recording.frames()):
            scores = [frame.scores[0] ^ 1, *frame.scores[1:]] if index == 7 else frame.scores
            recorder.frame(
                frame.number, frame.time_ms, frame.pixels, scores, frame.smoothed, frame.decision, frame.fired
            )
    capsys.readouterr()
    assert cli("replay", tmp_path / "changed.zip") == 1
    told = capsys.readouterr()
    assert "frame 7 at" in told.out
    assert f"1 of {len(recording)} frames differ" in " ".join(told.err.split())
