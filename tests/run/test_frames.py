"""Frames from files: images, labelled folders, animations, videos, and everything that is none of them."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from emojicam.errors import EmojicamError
from emojicam.frames import open_footage

CLASSES = ["none", "fist"]


def _picture(path: Path, size: tuple[int, int] = (12, 10), grey: int = 50) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, grey).save(path)
    return path


def test_a_single_image_is_one_unlabelled_frame(tmp_path: Path) -> None:
    footage = open_footage(_picture(tmp_path / "a.png"), CLASSES)
    (frame,) = footage.frames()
    assert frame.pixels.shape == (10, 12)
    assert frame.label is None
    assert frame.source == "a.png"


def test_folders_named_as_classes_label_their_images_in_order(tmp_path: Path) -> None:
    for name in ("fist/b.png", "fist/a.png", "none/c.jpg", "else/d.png"):
        _picture(tmp_path / name)
    frames = list(open_footage(tmp_path, CLASSES).frames())
    assert [frame.label for frame in frames] == [None, "fist", "fist", "none"]


def test_colour_stays_colour_and_16_bit_grey_becomes_grey(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), (10, 20, 30)).save(tmp_path / "c.png")
    Image.new("RGBA", (4, 3), (10, 20, 30, 40)).save(tmp_path / "a.png")
    assert all(frame.pixels.shape == (3, 4, 3) for frame in open_footage(tmp_path, CLASSES).frames())


def test_an_animation_takes_rate_and_labels_from_its_json(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    images = [Image.fromarray(np.full((10, 12), 20 * i, np.uint8)) for i in range(4)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=50)
    assert open_footage(path, CLASSES).rate == 20
    notes = {"rate": 10, "labels": ["none", None, "fist", "fist"], "expected": ["👊"]}
    path.with_suffix(".json").write_text(json.dumps(notes))
    footage = open_footage(path, CLASSES)
    assert footage.rate == 10
    assert footage.expected == ("👊",)
    assert [frame.label for frame in footage.frames()] == ["none", None, "fist", "fist"]


def test_a_video_is_decoded_frame_by_frame(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 16, 12, "gray"
        for i in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((12, 16), 10 * i, np.uint8), format="gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    footage = open_footage(path, CLASSES)
    assert footage.rate == 30
    frames = list(footage.frames())
    assert len(frames) == 5
    assert frames[3].source == "clip.mkv#3"


def _nothing(path: Path) -> Path:
    return path / "absent.png"


def _empty_folder(path: Path) -> Path:
    (path / "empty").mkdir()
    return path / "empty"


def _text_as_png(path: Path) -> Path:
    (path / "text.png").write_text("no image")
    return path / "text.png"


def _half_jpeg(path: Path) -> Path:
    whole = _picture(path / "whole.jpg", (200, 200))
    half = path / "half.jpg"
    half.write_bytes(whole.read_bytes()[:300])
    return half


def _text_as_video(path: Path) -> Path:
    (path / "text.mp4").write_text("no video")
    return path / "text.mp4"


def _huge(path: Path) -> Path:
    return _picture(path / "huge.png", (2049, 2))


def _document(path: Path) -> Path:
    (path / "letter.pdf").write_bytes(b"%PDF")
    return path / "letter.pdf"


def _wrong_labels(path: Path) -> Path:
    gif = path / "clip.gif"
    images = [Image.fromarray(np.full((9, 9), 40 * i, np.uint8)) for i in range(2)]
    images[0].save(gif, save_all=True, append_images=images[1:])
    gif.with_suffix(".json").write_text('{"labels": ["victory", null]}')
    return gif


def _wrong_json(path: Path) -> Path:
    gif = _wrong_labels(path)
    gif.with_suffix(".json").write_text("[")
    return gif


@pytest.mark.parametrize(
    "make",
    [_nothing, _empty_folder, _text_as_png, _half_jpeg, _text_as_video, _huge, _document, _wrong_labels, _wrong_json],
)
def test_what_is_no_footage_is_refused_in_one_line(tmp_path: Path, make: object) -> None:
    path: Path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(EmojicamError) as caught:
        list(open_footage(path, CLASSES).frames())
    assert caught.value.hint
    assert "\n" not in str(caught.value)
