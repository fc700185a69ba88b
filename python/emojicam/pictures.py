"""Picture files as upright grey or RGB pixels: the one reader for everything that takes pictures from people.

What a file says of itself counts: which way up it was taken (EXIF), how many bits a level has, what is see-through.
"""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, ImageSequence, JpegImagePlugin, UnidentifiedImageError

from emojicam.errors import EmojicamError
from emojicam.image import MAX_FRAME_SIDE

Pixels = npt.NDArray[np.uint8]

#: Endings of picture files.
SUFFIXES = (
    ".apng", ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm",
    ".tif", ".tiff", ".webp",
)  # fmt: skip
#: Most pixels that are decoded; a JPEG may have 64 times as many, as it is decoded at an eighth of its size then.
MOST_PIXELS = 100_000_000
#: Brands of the ISO base media file format (ISO/IEC 23008-12) that are HEIC pictures.
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_VIEWER = "a file that a viewer shows"


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        pixels: upright, (height, width) grey or (height, width, 3) RGB, at most MAX_FRAME_SIDE a side.
        width, height: of the file, upright: larger than the pixels where these had to be reduced.
    """

    pixels: Pixels
    width: int
    height: int


def read(path: Path) -> Picture:
    """The picture in a file; the first one of several.

    Raises:
        EmojicamError: it can't be read, is damaged, too large, or of a kind that is not known.
    """
    with _opened(path) as image:
        # A JPEG decodes at a half, a quarter or an eighth of its size; this is less work, and less memory.
        size = image.size
        image.draft("RGB", (MAX_FRAME_SIDE, MAX_FRAME_SIDE))
        return _picture(image, path, size)


def check(path: Path) -> None:
    """Look at a file's head only.

    Raises:
        EmojicamError: it can't be opened, or isn't a picture.
    """
    with _opened(path):
        pass


def is_animated(path: Path) -> bool:
    """Whether a file has several pictures to be shown one after the other.

    Raises:
        EmojicamError: as `check`.
    """
    with _opened(path) as image:
        return image.format in ("GIF", "PNG", "WEBP", "AVIF") and bool(getattr(image, "is_animated", False))


def animation(path: Path) -> Iterator[tuple[Picture, float]]:
    """The pictures of an animated file, and for how long each is shown, in seconds; 0 where it does not say.

    Raises:
        EmojicamError: as `read`, also in the middle.
    """
    with _opened(path) as image:
        for frame in ImageSequence.Iterator(image):
            picture = _picture(frame, path, frame.size)
            yield picture, float(frame.info.get("duration", 0) or 0) / 1000


def find(folder: Path) -> tuple[list[Path], list[str]]:
    """Picture files in a folder and those below, in order of their names.

    Returns:
        The files, and one line for each that looks like a picture by its name only.
    """
    files, left_out = [], []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or path.is_dir():
            continue
        name = path.relative_to(folder)
        if path.name.startswith("._"):
            left_out.append(f"{name} is what macOS notes about another file")
        elif path.name.startswith("."):
            left_out.append(f"{name} is hidden")
        elif not path.exists():
            left_out.append(f"{name} is a link to nothing")
        elif not path.is_file():
            left_out.append(f"{name} is no file")
        else:
            files.append(path)
    return files, left_out


def say_left_out(lines: list[str], say: Callable[[str], object]) -> None:
    """How many files are left out and why, a few of them by name."""
    for line in lines[:5]:
        say(f"left out: {line}")
    if len(lines) > 5:
        say(f"left out: {len(lines) - 5} more, {len(lines)} in all")


class Labels:
    """Finds pictures that have two labels: one of them is wrong."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[str, str]] = {}
        #: Names of all those that were found.
        self.doubtful: set[str] = set()

    def contradiction(self, pixels: Pixels, label: str | None, name: str) -> str:
        """One line about a picture that was there before under another label; empty for any other."""
        if label is None:
            return ""
        key = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).digest()
        first, before = self._seen.setdefault(key, (name, label))
        if before == label:
            return ""
        self.doubtful |= {name, first}
        return f"{name} ({label}) is the same picture as {first} ({before})"


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An open picture. Whatever goes wrong inside of the block is a word about the file."""
    head = b""
    if not path.exists():
        raise EmojicamError(f"{path} does not exist", "the name of a file that is there")
    try:
        # By its name, Pillow maps an uncompressed TIFF into memory as if it had been taken upright.
        with path.open("rb") as file:
            head = file.read(64)
            file.seek(0)
            if _is_heic(head):
                _need_heif(path)
            with _open(file, head) as image:
                yield image
    except EmojicamError:
        raise
    except OSError as error:
        if isinstance(error, UnidentifiedImageError) or error.errno is None:
            raise _damaged(path, head) from None
        raise EmojicamError(f"{path} can't be read: {error.strerror}", "another file") from None
    except (Image.DecompressionBombError, MemoryError):
        raise EmojicamError(_too_large(path), "a smaller copy of it, or a JPEG") from None
    except Exception:  # a damaged file makes Pillow's readers raise SyntaxError, struct.error, IndexError and more
        raise _damaged(path, head) from None


def _open(file: BinaryIO, head: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a size that MOST_PIXELS allows
        try:
            return Image.open(file)
        except Image.DecompressionBombError:
            if not head.startswith(b"\xff\xd8"):
                raise
            file.seek(0)
            return JpegImagePlugin.JpegImageFile(file)  # its size is judged once it is known how it decodes


def _damaged(path: Path, head: bytes) -> EmojicamError:
    if not head:
        return EmojicamError(f"{path} is not a readable picture: it is empty", _VIEWER)
    return EmojicamError(f"{path} is not a readable picture, or damaged", _VIEWER)


def _too_large(path: Path, size: tuple[int, int] | None = None) -> str:
    what = f"of {size[0]}x{size[1]} is" if size else "is"
    return f"{path} {what} larger than the {MOST_PIXELS // 1_000_000} megapixels that are decoded at most"


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC


def _need_heif(path: Path) -> None:
    try:
        import pillow_heif  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise EmojicamError(
            f"{path} is HEIC, which needs a package more",
            ".venv/bin/pip install pillow-heif, or a copy of it as JPEG",
        ) from None
    pillow_heif.register_heif_opener()


def _picture(image: Image.Image, path: Path, size: tuple[int, int]) -> Picture:
    if image.width * image.height > MOST_PIXELS:
        raise EmojicamError(_too_large(path, image.size), "a smaller copy of it, or a JPEG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of EXIF that is cut off, of transparency that is written in two ways
        image.load()
        upright = ImageOps.exif_transpose(_eight_bit(image))
    turned = upright.size != image.size and upright.size == image.size[::-1]
    factor = -(-max(upright.size) // MAX_FRAME_SIDE)
    # Frames are never larger; photographs are averaged down by a whole number.
    pixels = np.asarray(upright.reduce(factor) if factor > 1 else upright)
    width, height = size[::-1] if turned else size
    return Picture(plain_grey(pixels), width, height)


def plain_grey(pixels: Pixels) -> Pixels:
    """RGB without any colour as grey: a third of the bytes, and the same levels."""
    if pixels.ndim == 3 and np.array_equal(pixels[..., 0], pixels[..., 1]):
        return pixels[..., 0].copy() if np.array_equal(pixels[..., 1], pixels[..., 2]) else pixels
    return pixels


def _eight_bit(image: Image.Image) -> Image.Image:
    """The same picture in mode L or RGB, with what it says of its orientation."""
    if image.mode.startswith("I;16"):
        plain = Image.fromarray(_levels(np.asarray(image), 65535))
    elif image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, np.float64), nan=0, posinf=0, neginf=0)
        plain = Image.fromarray(_levels(values, _white(image, float(values.max()))))
    elif image.mode == "LAB":
        plain = _from_lab(image)
    elif image.has_transparency_data:
        # On white, as a viewer shows it: the colour of what can't be seen is anything.
        behind = Image.new("RGBA", image.size, "white")
        plain = Image.alpha_composite(behind, image.convert("RGBA")).convert("RGB")
    else:
        return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    plain.info = dict(image.info)
    return plain


def _levels(values: npt.NDArray[Any], white: float) -> Pixels:
    return np.clip(np.round(values.astype(np.float64) * (255 / white)), 0, 255).astype(np.uint8)


def _white(image: Image.Image, most: float) -> float:
    """What white is in a picture of wide integers or of floats.

    Pillow's PGM readers scale to 16 bits; TIFF says how many bits it has. Floats are 0 to 1 by custom, or whatever
    integer's range holds them.
    """
    bits = getattr(image, "tag_v2", {}).get(258, (16,))[0] if image.mode == "I" else 0
    if bits == 16:
        return 65535
    for white in (1, 255, 65535) if image.mode == "F" else (255, 65535):
        if most <= white:
            return white
    # Of 32 bits hardly anybody uses the upper ones.
    return 2**31 - 1 if image.mode == "I" and most > 2**24 else most


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert converted is not None  # it is for inPlace only
    return converted
