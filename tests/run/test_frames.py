"""Frames from files: images, labelled folders, animations, videos, and everything that is none of them."""

import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from emojicam import console, paths
from emojicam.errors import EmojicamError
from emojicam.frames import SourceFrame, open_footage, time_ms
from emojicam.image import to_grey
from emojicam.image.fit import FRAME_BYTES, fit_frame, fits

CLASSES = ["none", "fist"]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that the user is told."""
    lines: list[str] = []
    monkeypatch.setattr(console, "step", lines.append)
    return lines


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


def _video(path: Path, images: list[np.ndarray], times: list[int], codec: str = "ffv1") -> Path:  # type: ignore[type-arg]
    """A video of RGB frames, shown at times in milliseconds."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for image, time in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_a_video_of_a_phone_counts_by_its_own_times_from_its_first_frame(tmp_path: Path) -> None:
    images = [np.full((12, 16, 3), 10 * i, np.uint8) for i in range(5)]
    times = [200, 233, 500, 530, 9000]
    footage = open_footage(_video(tmp_path / "a.mkv", images, times), CLASSES)
    frames = list(footage.frames())
    # Nobody waits for nine seconds; LONGEST_GAP.
    assert [frame.seconds for frame in frames] == pytest.approx([0, 0.033, 0.3, 0.33, 2.33], abs=0.002)
    shown = [time_ms(number, frame, footage.rate) for number, frame in enumerate(frames)]
    assert shown == pytest.approx([1, 34, 301, 331, 2331], abs=2)
    assert frames[2].pixels.tolist() == [[20] * 16] * 12


def test_a_rate_beside_the_video_counts_instead_of_its_times(tmp_path: Path) -> None:
    path = _video(tmp_path / "a.mkv", [np.zeros((12, 16, 3), np.uint8)] * 3, [0, 500, 900])
    path.with_suffix(".json").write_text('{"rate": 10}')
    footage = open_footage(path, CLASSES)
    assert [time_ms(n, frame, footage.rate) for n, frame in enumerate(footage.frames())] == [1, 101, 201]


def test_an_animation_counts_by_its_own_times(tmp_path: Path) -> None:
    images = [Image.fromarray(np.full((10, 12), 20 * i, np.uint8)) for i in range(4)]
    for ending in ("gif", "webp", "png"):
        path = tmp_path / f"clip.{ending}"
        images[0].save(path, save_all=True, append_images=images[1:], duration=[40, 400, 40, 40], lossless=True)
        footage = open_footage(path, CLASSES)
        frames = list(footage.frames())
        assert [frame.seconds for frame in frames] == pytest.approx([0, 0.04, 0.44, 0.48])
        assert [int(frame.pixels[5, 5]) for frame in frames] == [0, 20, 40, 60]


def test_times_go_on_rising_when_a_clip_is_shown_again_and_again(tmp_path: Path) -> None:
    path = _video(tmp_path / "a.mkv", [np.zeros((12, 16, 3), np.uint8)] * 2, [0, 100])
    frames = list(islice(open_footage(path, CLASSES).over_and_over(), 6))
    seconds = [frame.seconds for frame in frames]
    assert all(later > earlier for earlier, later in pairwise(seconds))  # type: ignore[operator]
    assert seconds[3] - seconds[2] == pytest.approx(0.1)  # type: ignore[operator]


def test_no_frame_comes_before_the_one_before_it() -> None:
    frame = SourceFrame("a#1", np.zeros((2, 2), np.uint8), None, 0.5)
    assert time_ms(7, frame, 25.0) == 501
    assert time_ms(7, frame, 25.0, before=800) == 801
    assert time_ms(7, replace(frame, seconds=None), 25.0) == 281


#: What (x, y) of a stored frame becomes: a, b, c, d of the display matrix, and numpy's word for it.
TURNED = {
    "upright": ((1, 0, 0, 1), lambda pixels: pixels),
    "clockwise": ((0, 1, -1, 0), lambda pixels: np.rot90(pixels, -1)),
    "half": ((-1, 0, 0, -1), lambda pixels: np.rot90(pixels, 2)),
    "anticlockwise": ((0, -1, 1, 0), lambda pixels: np.rot90(pixels, 1)),
    "mirrored": ((-1, 0, 0, 1), np.fliplr),
    "upside down": ((1, 0, 0, -1), np.flipud),
}


@pytest.mark.parametrize(("matrix", "turn"), TURNED.values(), ids=TURNED.keys())
def test_a_video_is_turned_as_the_phone_was_held(
    tmp_path: Path,
    matrix: tuple[int, int, int, int],
    turn: Callable[[np.ndarray], np.ndarray],  # type: ignore[type-arg]
) -> None:
    stored = np.zeros((48, 64, 3), np.uint8)
    stored[:16, :32] = 250
    stored[40:] = 120
    path = _video(tmp_path / "a.mp4", [stored] * 2, [0, 40], "mpeg4")
    content = bytearray(path.read_bytes())
    # ISO/IEC 14496-12, 8.3.2: version 0 has 40 bytes from the box's name to its matrix.
    at = content.index(b"tkhd") + 44
    assert struct.unpack(">9i", content[at : at + 36]) == (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    a, b, c, d = (value << 16 for value in matrix)
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    frames = list(open_footage(path, CLASSES).frames())
    upright = turn(stored[..., 0])
    assert frames[0].pixels.shape[:2] == upright.shape
    assert np.abs(to_grey(frames[0].pixels).astype(int) - upright).mean() < 4  # the codec's own error


def test_what_does_not_fit_a_board_is_fitted_to_its_camera_and_said_once(tmp_path: Path, said: list[str]) -> None:
    wide = np.zeros((600, 1200, 3), np.uint8)
    wide[:, 300:900] = (200, 100, 50)  # the centred square
    for name in ("a.png", "b.png"):
        Image.fromarray(wide).save(tmp_path / name)
    Image.fromarray(wide[:120, :160]).save(tmp_path / "c.png")
    footage = open_footage(tmp_path, CLASSES)
    first, second, small = footage.frames()
    assert first.pixels.shape == second.pixels.shape == (240, 320)
    level = (77 * 200 + 150 * 100 + 29 * 50 + 128) // 256
    assert (first.pixels[:, 42:278] == level).all()
    assert first.pixels[:, 0].max() == 0
    assert small.pixels.shape == (120, 160)  # black is grey; it fits as it is
    assert [line for line in said if "fitted" in line] == [line for line in said if "a.png is 1200x600: fitted" in line]
    assert len([line for line in said if "fitted" in line]) == 1


def test_a_clip_that_does_not_fit_says_so_once_and_not_for_each_frame(tmp_path: Path, said: list[str]) -> None:
    path = _video(tmp_path / "a.mkv", [np.full((480, 640, 3), (9, 80, 200), np.uint8)] * 4, [0, 40, 80, 120])
    assert [frame.pixels.shape for frame in open_footage(path, CLASSES).frames()] == [(240, 320)] * 4
    assert len(said) == 1
    assert "a.mkv is 640x480: fitted to what the camera gives, 320x240 in grey" in said[0]


def test_a_picture_that_fits_goes_as_it_is(tmp_path: Path, said: list[str]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (frame,) = open_footage(tmp_path / "a.png", CLASSES).frames()
    assert np.array_equal(frame.pixels, pixels)
    assert not said


def test_a_folder_leaves_out_what_can_not_be_read_and_says_why(tmp_path: Path, said: list[str]) -> None:
    for name in ("a.png", "b.png", "c.png"):
        _picture(tmp_path / name)
    noise = Image.effect_noise((200, 200), 90)
    noise.save(tmp_path / "half.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "half.jpg").read_bytes()[:5000])
    (tmp_path / "._a.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "gone.png").symlink_to(tmp_path / "absent.png")
    (tmp_path / "text.png").write_text("no image")
    footage = open_footage(tmp_path, CLASSES)
    assert [frame.source for frame in footage.frames()] == ["a.png", "b.png", "c.png"]
    assert len(footage.left_out) == len(said) == 4
    for name in ("._a.png", "gone.png", "text.png", "half.jpg"):
        assert sum(name in line for line in said) == 1
    list(footage.frames())  # again, as the live page does
    assert len(said) == 4


def test_one_picture_under_two_labels_is_told(tmp_path: Path, said: list[str]) -> None:
    for name in ("fist/a.png", "none/b.png", "none/c.png", "d.png"):
        _picture(tmp_path / name)
    assert len(list(open_footage(tmp_path, CLASSES).frames())) == 4
    assert len(said) == 2
    assert all("b.png (none) is the same picture as" in line or "c.png (none)" in line for line in said)
    assert all("a.png (fist)" in line for line in said)


def test_pictures_fit_what_the_firmware_has_room_for() -> None:
    source = (paths.project_root() / "firmware/src/app/main.cc").read_text()
    found = re.search(r"kFrameBytes = ([0-9 *]+);", source)
    assert found is not None
    assert math.prod(int(factor) for factor in found[1].split("*")) == FRAME_BYTES
    assert fits(np.zeros((240, 640), np.uint8))
    assert not fits(np.zeros((240, 641), np.uint8))
    assert not fits(np.zeros((240, 320, 3), np.uint8))
    assert not fits(np.zeros((2, 2049), np.uint8))
    for shape in ((2, 2049), (1, 1), (3000, 2, 3), (2048, 2048, 3)):
        assert fits(fit_frame(np.zeros(shape, np.uint8)))


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


def _half_video(path: Path) -> Path:
    whole = _video(path / "whole.mp4", [np.zeros((12, 16, 3), np.uint8)] * 3, [0, 40, 80], "mpeg4")
    (path / "half.mp4").write_bytes(whole.read_bytes()[:200])
    return path / "half.mp4"


def _sound(path: Path) -> Path:
    with av.open(path / "sound.mkv", "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path / "sound.mkv"


def _folder_of_text(path: Path) -> Path:
    for name in ("a.png", "b.jpg"):
        (path / name).write_text("no image")
    return path


def _document(path: Path) -> Path:
    (path / "letter.pdf").write_bytes(b"%PDF")
    return path / "letter.pdf"


def _wrong_labels(path: Path) -> Path:
    gif = path / "clip.gif"
    images = [Image.fromarray(np.full((9, 9), 40 * i, np.uint8)) for i in range(2)]
    images[0].save(gif, save_all=True, append_images=images[1:])
    gif.with_suffix(".json").write_text('{"labels": ["victory", null]}')
    return gif


def _labels_of_lists(path: Path) -> Path:
    gif = _wrong_labels(path)
    gif.with_suffix(".json").write_text('{"labels": [["fist"], {}]}')
    return gif


def _wrong_rate(path: Path) -> Path:
    gif = _wrong_labels(path)
    gif.with_suffix(".json").write_text('{"rate": 0}')
    return gif


def _wrong_json(path: Path) -> Path:
    gif = _wrong_labels(path)
    gif.with_suffix(".json").write_text("[")
    return gif


@pytest.mark.parametrize(
    "make",
    [
        _nothing,
        _empty_folder,
        _folder_of_text,
        _text_as_png,
        _half_jpeg,
        _text_as_video,
        _half_video,
        _sound,
        _document,
        _wrong_labels,
        _labels_of_lists,
        _wrong_rate,
        _wrong_json,
    ],
)
def test_what_is_no_footage_is_refused_in_one_line(tmp_path: Path, make: object) -> None:
    path: Path = make(tmp_path)  # type: ignore[operator]
    with pytest.raises(EmojicamError) as caught:
        list(open_footage(path, CLASSES).frames())
    assert caught.value.hint
    assert "\n" not in str(caught.value)
