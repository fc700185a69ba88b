"""Sets of pictures on disk: every form is read, and whatever is wrong is named by file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import image
from emojicam.data import dataset, preview
from emojicam.data.classes import CLASSES, label_of
from emojicam.errors import EmojicamError


def picture(seed: int, size: tuple[int, int] = (120, 160), channels: int = 1) -> Image.Image:
    shape = size if channels == 1 else (*size, channels)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A folder per class, two pictures each."""
    for number, name in enumerate(CLASSES):
        (tmp_path / name.replace(" ", "_")).mkdir()
        for i in range(2):
            picture(10 * number + i).save(tmp_path / name.replace(" ", "_") / f"{i}.png")
    return tmp_path


def test_folders_are_read_through_the_image_stage(folders: Path) -> None:
    found = dataset.load(folders, all_classes=True)
    assert found.counts().tolist() == [2] * 5
    first = next(i for i, name in enumerate(found.names) if name.endswith("fist/1.png"))
    raw = np.asarray(Image.open(found.names[first]))
    np.testing.assert_array_equal(found.images[first], image.prepare(raw))
    assert CLASSES[found.labels[first]] == "fist"


def test_grey96_goes_through_unchanged(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    pixels = np.random.default_rng(1).integers(0, 256, (96, 96), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "none" / "a.png")
    np.testing.assert_array_equal(dataset.load(tmp_path).images[0], pixels)


@pytest.mark.parametrize("header", ["", "path,label\n"])
def test_csv_paths_are_relative_to_it_labels_are_numbers_or_names(folders: Path, header: str) -> None:
    rows = folders / "train.csv"
    rows.write_text(header + "fist/0.png,4\n\nthumbs_up/1.png, Thumbs-Up\n")
    found = dataset.load(rows)
    assert found.labels.tolist() == [4, 3]


def test_large_photograph_is_averaged_down_first(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    Image.fromarray(np.full((2100, 4300, 3), 77, np.uint8)).save(tmp_path / "none" / "big.png")
    assert (dataset.load(tmp_path).images == 77).all()


BAD_FILES = {
    "corrupt": b"\x89PNG\r\n\x1a\n and then nothing",
    "empty": b"",
    "text": b"not a picture at all",
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_picture_is_refused_by_name_or_skipped_by_option(folders: Path, content: bytes) -> None:
    (folders / "fist" / "bad.png").write_bytes(content)
    with pytest.raises(EmojicamError, match=r"fist/bad\.png is not a readable picture.*--skip-bad"):
        dataset.load(folders)
    found = dataset.load(folders, skip_bad=True)
    assert len(found) == 10
    assert len(found.skipped) == 1
    assert "bad.png" in found.skipped[0]


def test_truncated_jpeg_is_refused_by_name(folders: Path) -> None:
    target = folders / "fist" / "cut.jpg"
    picture(5).save(target)
    target.write_bytes(target.read_bytes()[:900])
    with pytest.raises(EmojicamError, match=r"cut\.jpg"):
        dataset.load(folders)


def test_too_small_picture_is_refused_with_its_size(folders: Path) -> None:
    picture(5, (10, 60)).save(folders / "fist" / "small.png")
    with pytest.raises(EmojicamError, match=r"small\.png is 60x10"):
        dataset.load(folders)


def test_label_outside_the_list_is_refused_by_file(folders: Path) -> None:
    rows = folders / "rows.csv"
    rows.write_text("fist/0.png,5\n")
    with pytest.raises(EmojicamError, match=r"fist/0\.png: '5' is not a class"):
        dataset.load(rows)
    (folders / "rows.csv").write_text("fist/0.png,4\nfist/1.png,wave\n")
    assert len(dataset.load(rows, skip_bad=True)) == 1


def test_csv_row_of_three_fields_is_refused_with_its_line(folders: Path) -> None:
    rows = folders / "rows.csv"
    rows.write_text("path,label\nfist/0.png,4\nfist/1.png,4,extra\n")
    with pytest.raises(EmojicamError, match=r"rows\.csv:3: 3 fields"):
        dataset.load(rows)


def test_csv_with_missing_file_is_refused_by_name(folders: Path) -> None:
    rows = folders / "rows.csv"
    rows.write_text("fist/9.png,4\n")
    with pytest.raises(EmojicamError, match=r"9\.png does not exist"):
        dataset.load(rows)


def test_binary_csv_is_refused(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(EmojicamError, match="not a CSV file"):
        dataset.load(rows)


def test_empty_class_is_refused_for_training(folders: Path) -> None:
    for path in (folders / "thumbs_down").iterdir():
        path.unlink()
    assert len(dataset.load(folders)) == 8
    with pytest.raises(EmojicamError, match="no picture of class 'thumbs down'"):
        dataset.load(folders, all_classes=True)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_no_set_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / "thing")  # type: ignore[operator]
    with pytest.raises(EmojicamError):
        dataset.load(tmp_path / "thing")


def test_damaged_block_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(
        '{"classes": ["none", "raised hand", "thumbs down", "thumbs up", "fist"], "kinds": ["no hand"], '
        '"count": 1, "block": 250}'
    )
    (tmp_path / "block-00000000.npz").write_bytes(b"PK but no zip")
    with pytest.raises(EmojicamError, match=r"block-00000000\.npz is damaged"):
        dataset.load(tmp_path)


def test_missing_block_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(
        '{"classes": ["none", "raised hand", "thumbs down", "thumbs up", "fist"], "kinds": ["no hand"], '
        '"count": 600, "block": 250}'
    )
    with pytest.raises(EmojicamError, match="3 of 3 blocks are missing"):
        dataset.load(tmp_path)


def test_duplicates_exact_and_reencoded_are_found_and_refused(tmp_path: Path) -> None:
    smooth = Image.fromarray(np.asarray(picture(1, (12, 12)).resize((96, 96), Image.Resampling.BICUBIC)))
    other = Image.fromarray(np.asarray(picture(2, (12, 12)).resize((96, 96), Image.Resampling.BICUBIC)))
    third = Image.fromarray(np.asarray(picture(3, (12, 12)).resize((96, 96), Image.Resampling.BICUBIC)))
    for name in ("a", "b"):
        (tmp_path / name / "none").mkdir(parents=True)
    smooth.save(tmp_path / "a" / "none" / "1.png")
    other.save(tmp_path / "a" / "none" / "2.png")
    third.save(tmp_path / "b" / "none" / "3.png")
    first, second = dataset.load(tmp_path / "a"), dataset.load(tmp_path / "b")
    assert dataset.duplicates(first, second) == []
    dataset.refuse_duplicates(first, second)
    smooth.save(tmp_path / "b" / "none" / "copy.png")
    other.save(tmp_path / "b" / "none" / "again.jpg", quality=85)
    second = dataset.load(tmp_path / "b")
    assert len(dataset.duplicates(first, second)) == 2
    with pytest.raises(EmojicamError, match="2 pictures are in training and validation"):
        dataset.refuse_duplicates(first, second)


@pytest.mark.parametrize(
    ("text", "label"), [("fist", 4), ("Raised_Hand", 1), ("thumbs-up", 3), ("0", 0), (" thumbs down ", 2)]
)
def test_label_of_knows_names_and_numbers(text: str, label: int) -> None:
    assert label_of(text) == label


@pytest.mark.parametrize("text", ["", "5", "-1", "²", "hand"])
def test_label_of_unknown_is_refused(text: str) -> None:
    with pytest.raises(EmojicamError, match="is not a class"):
        label_of(text)


def test_contact_sheet_has_a_band_for_each_class(folders: Path, tmp_path: Path) -> None:
    sheet = preview.contact_sheet(dataset.load(folders), columns=4, rows=1)
    assert sheet.size == (4 * 98, 5 * (98 + 16))
    assert np.asarray(sheet).std() > 10


def test_photographs_are_upright_and_what_is_no_picture_is_left_out(folders: Path) -> None:
    upright, exif = picture(5, (120, 120)), Image.Exif()
    exif[0x0112] = 6
    upright.save(folders / "fist" / "a.png")
    upright.transpose(Image.Transpose.ROTATE_90).save(folders / "fist" / "b.png", exif=exif)
    (folders / "fist" / "._a.png").write_bytes(b"\0\5\x16\7")
    (folders / "none" / "gone.png").symlink_to(folders / "absent.png")
    found = dataset.load(folders, all_classes=True)
    a, b = (next(i for i, name in enumerate(found.names) if name.endswith(f"fist/{letter}.png")) for letter in "ab")
    np.testing.assert_array_equal(found.images[a], found.images[b])
    assert len(found) == 12
    assert found.skipped == [
        "fist/._a.png is what macOS notes about another file",
        "none/gone.png is a link to nothing",
    ]


def test_one_picture_under_two_labels_is_left_out_and_told(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture(77).save(folders / "fist" / "same.png")
    picture(77).save(folders / "none" / "again.png")
    picture(77).save(folders / "none" / "again2.png")
    assert len(dataset.load(folders)) == 10
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("same.png (fist)") == 2
    assert "again.png (none) is the same picture as" in said
