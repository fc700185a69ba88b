"""One file of each kind that people have, made here, and what its pixels are; and what is refused in one line."""

import importlib.util
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import pictures
from emojicam.errors import EmojicamError

#: No symmetry: whatever is turned, mirrored or swapped shows.
UPRIGHT = np.zeros((40, 60), np.uint8)
UPRIGHT[:15, :20] = 250
UPRIGHT[30:, :] = 120


def _read(path: Path) -> pictures.Pixels:
    return pictures.read(path).pixels


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_a_picture_is_turned_as_the_camera_was_held(tmp_path: Path, orientation: int, ending: str) -> None:
    undo = {
        1: lambda image: image,
        2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
        4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
        6: lambda image: image.transpose(Image.Transpose.ROTATE_90),  # the camera was turned clockwise
        7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
        8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = undo[orientation](Image.fromarray(UPRIGHT))
    path = tmp_path / f"a.{ending}"
    stored.save(path, exif=exif, **({"lossless": True} if ending == "webp" else {}))
    picture = pictures.read(path)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.pixels.shape == (40, 60)
    assert np.abs(picture.pixels.astype(int) - UPRIGHT).mean() < 2  # JPEG rings at the edges


def test_a_large_photograph_is_reduced_turned_and_knows_its_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    large = Image.fromarray(UPRIGHT).resize((4200, 2800), Image.Resampling.NEAREST)
    large.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.jpg", exif=exif)
    picture = pictures.read(tmp_path / "a.jpg")
    assert (picture.width, picture.height) == (4200, 2800)
    assert picture.pixels.shape == (934, 1400)
    small = np.asarray(Image.fromarray(picture.pixels).resize((60, 40), Image.Resampling.BOX))
    assert np.abs(small.astype(int) - UPRIGHT).mean() < 2


def _grey(level: object, dtype: type) -> Image.Image:
    return Image.fromarray(np.full((8, 9), level, dtype))


LEVELS = {
    "16-bit PNG, half": (_grey(32768, np.uint16), "png", 128),
    "16-bit PNG, white": (_grey(65535, np.uint16), "png", 255),
    "16-bit PNG, nearly black": (_grey(514, np.uint16), "png", 2),
    "16-bit TIFF": (_grey(32768, np.uint16), "tif", 128),
    "16-bit PGM": (_grey(32768, np.int32), "pgm", 128),
    "32-bit TIFF that has bytes": (_grey(77, np.int32), "tif", 77),
    "32-bit TIFF that has 16 bits": (_grey(32768, np.int32), "tif", 128),
    "32-bit TIFF": (_grey(1 << 30, np.int32), "tif", 128),
    "float TIFF from 0 to 1": (_grey(0.5, np.float32), "tif", 128),
    "float TIFF from 0 to 255": (_grey(77, np.float32), "tif", 77),
    "float TIFF below 0": (_grey(-1, np.float32), "tif", 0),
    "float TIFF of no numbers": (_grey(np.nan, np.float32), "tif", 0),
    "1 bit, white": (Image.new("1", (9, 8), 1), "png", 255),
    "1 bit, black": (Image.new("1", (9, 8), 0), "tif", 0),
    "grey, half seen": (Image.new("LA", (9, 8), (0, 128)), "png", 127),
    "nothing seen, whatever its colour": (Image.new("RGBA", (9, 8), (0, 0, 0, 0)), "png", 255),
    "seen entirely": (Image.new("RGBA", (9, 8), (40, 40, 40, 255)), "png", 40),
    "palette": (Image.new("P", (9, 8), 0), "png", 0),
    "grey in three channels": (Image.new("RGB", (9, 8), (70, 70, 70)), "bmp", 70),
}


@pytest.mark.parametrize(("image", "ending", "level"), LEVELS.values(), ids=LEVELS.keys())
def test_levels_are_what_a_viewer_shows(tmp_path: Path, image: Image.Image, ending: str, level: int) -> None:
    path = tmp_path / f"a.{ending}"
    image.save(path)
    assert _read(path).tolist() == [[level] * 9] * 8


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_a_palette_gives_its_colours_and_what_is_seen_through_is_white(tmp_path: Path, ending: str) -> None:
    image = Image.fromarray(np.arange(4, dtype=np.uint8).reshape(2, 2), "P")
    image.putpalette([0, 0, 0, 200, 10, 20, 30, 40, 250, 7, 7, 7])
    path = tmp_path / f"a.{ending}"
    image.save(path, transparency=3)
    assert _read(path).tolist() == [[[0, 0, 0], [200, 10, 20]], [[30, 40, 250], [255, 255, 255]]]


@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_cmyk_is_seen_in_its_colours(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(path)
    red, green, blue = _read(path)[8, 8].tolist()
    assert red > 240
    assert max(green, blue) < 15


def test_lab_is_seen_in_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.new("LAB", (4, 4), (128, 128, 128)).save(path)  # no colour
    assert np.abs(_read(path).astype(int) - 119).max() <= 2  # CIE lightness 50.2 in sRGB


def test_a_name_that_says_another_format_does_not_matter(tmp_path: Path) -> None:
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert np.array_equal(_read(tmp_path / "a.jpg"), UPRIGHT)


def test_colour_stays_colour(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), (10, 20, 30)).save(tmp_path / "c.png")
    assert _read(tmp_path / "c.png").tolist() == [[[10, 20, 30]] * 4] * 3


def test_a_grey_picture_of_the_models_size_is_unchanged(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(_read(tmp_path / "a.png"), pixels)


def test_a_jpeg_of_400_megapixels_is_decoded_at_an_eighth(tmp_path: Path) -> None:
    Image.new("L", (20000, 20000), 90).save(tmp_path / "a.jpg")
    picture = pictures.read(tmp_path / "a.jpg")
    assert (picture.width, picture.height) == (20000, 20000)
    assert picture.pixels.shape == (1250, 1250)
    assert picture.pixels.min() == picture.pixels.max() == 90


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *more: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(more) + _chunk(b"IEND", b"")


def _huge_png() -> bytes:
    return _png(20000, 20000, _chunk(b"IDAT", zlib.compress(b"\0" * 1000)))


def _broken_chunk() -> bytes:
    file = io.BytesIO()
    Image.fromarray(UPRIGHT).save(file, "PNG")
    content = bytearray(file.getvalue())
    content[content.index(b"IDAT") + 2] = 0x01  # a name that no chunk may have
    return bytes(content)


def _half_jpeg() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(file, "JPEG")
    return file.getvalue()[:4000]


def _huge_gif_frame() -> bytes:
    """A small canvas, and a second frame that reaches far beyond it."""
    file = io.BytesIO()
    frames = [Image.new("L", (10, 10), level) for level in (0, 90)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    content = bytearray(file.getvalue())
    second = content.index(b"\x2c", content.index(b"\x2c") + 10)
    content[second + 5 : second + 9] = struct.pack("<HH", 60000, 60000)
    return bytes(content)


def _big_bmp() -> bytes:
    size = struct.pack("<IiiHH", 40, 12000, 9000, 1, 24)
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + size + bytes(24)


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.png", b"", "it is empty"),
    "text": ("a.png", b"no picture at all", "not a readable picture"),
    "a head and nothing": ("a.png", b"\x89PNG\r\n\x1a\n", "not a readable picture"),
    "a broken chunk": ("a.png", _broken_chunk(), "not a readable picture"),
    "half a JPEG": ("a.jpg", _half_jpeg(), "not a readable picture"),
    "400 megapixels of PNG": ("a.png", _huge_png(), "larger than the 100 megapixels"),
    "108 megapixels of BMP": ("a.bmp", _big_bmp(), "larger than the 100 megapixels"),
    "HEIC": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "pip install pillow-heif"),
    "HEIC by another name": ("a.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0heicmif1", "pip install pillow-heif"),
    "a TIFF that ends": ("a.tif", b"II*\0\x08\0\0\0\xff\xff", "not a readable picture"),
    "a PSD of a kind unknown": ("a.png", b"8BPS\0\1" + b"\0" * 20, "not a readable picture"),
    "a PGM without numbers": ("a.pgm", b"P5 x y 255\n", "not a readable picture"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_picture_is_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    if "pillow-heif" in says and importlib.util.find_spec("pillow_heif"):
        pytest.skip("pillow-heif is installed: nothing is missing")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EmojicamError) as caught:
        pictures.read(tmp_path / name)
    assert says in str(caught.value)
    assert name in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "tif", "webp", "bmp", "pgm", "avif"])
def test_a_damaged_file_is_a_picture_or_one_line_and_nothing_else(tmp_path: Path, ending: str) -> None:
    file = io.BytesIO()
    Image.fromarray(UPRIGHT).save(file, Image.registered_extensions()[f".{ending}"])
    whole, rng = file.getvalue(), np.random.default_rng(7)
    path = tmp_path / f"a.{ending}"
    refused = 0
    for _ in range(60):
        content = bytearray(whole[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.3 else whole)
        for _ in range(rng.integers(1, 6)):
            content[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(content)
        try:
            pictures.read(path)
            list(pictures.animation(path))
        except EmojicamError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused


def test_a_frame_of_an_animation_that_is_huge_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(_huge_gif_frame())
    with pytest.raises(EmojicamError) as caught:
        list(pictures.animation(tmp_path / "a.gif"))
    assert "a.gif" in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_ours_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match=r"absent\.png does not exist"):
        pictures.read(tmp_path / "absent.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(EmojicamError, match=r"folder\.png can't be read: Is a directory"):
        pictures.read(tmp_path / "folder.png")


def test_a_folder_without_what_macos_and_others_leave_behind(tmp_path: Path) -> None:
    for name in ("b.png", "under/a.JPG", ".hidden.png", "._b.png", "notes.txt", "folder.png/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing.png")
    files, left_out = pictures.find(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == ["b.png", "folder.png/c.png", "under/a.JPG"]
    assert left_out == [
        "._b.png is what macOS notes about another file",
        ".hidden.png is hidden",
        "gone.png is a link to nothing",
    ]


@pytest.mark.parametrize("many", [3, 9])
def test_what_is_left_out_is_said_in_a_few_lines(many: int) -> None:
    said: list[str] = []
    pictures.say_left_out([f"{i}.png is hidden" for i in range(many)], said.append)
    assert len(said) == min(many, 6)
    assert "9 in all" in said[-1] or many == 3


def test_an_orientation_that_is_none_is_left_alone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(_read(tmp_path / "a.png"), UPRIGHT)


def test_a_block_of_exif_that_is_rubbish_does_not_matter(tmp_path: Path) -> None:
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert np.array_equal(_read(tmp_path / "a.png"), UPRIGHT)
