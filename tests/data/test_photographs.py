"""Photographs from git repositories: tested against repositories made here."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from emojicam.cli import app
from emojicam.data import photographs
from emojicam.data.classes import CLASSES
from emojicam.data.photographs import Manifest, Photograph, Source, manifest, prepare
from emojicam.errors import EmojicamError

COLLECTION = Path(__file__).parents[3] / "shared" / "photos"


def picture(seed: int, width: int = 120, height: int = 90) -> bytes:
    levels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(levels).resize((width, height)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def blob_of(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Upstream:
    """A repository with pictures, and the manifest that describes it."""

    def __init__(self, base: Path, name: str, files: dict[str, bytes]) -> None:
        self.folder, self.name = base / name, name
        self.folder.mkdir(parents=True)
        git(self.folder, "init", "--quiet", "-b", "main")
        git(self.folder, "config", "uploadpack.allowFilter", "true")
        git(self.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.files = files
        self.commit = self.committed({"LICENSE": b"MIT", "big.bin": bytes(200_000), **files})

    def committed(self, files: dict[str, bytes]) -> str:
        for path, content in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "-m", "x")
        return git(self.folder, "rev-parse", "HEAD")

    @property
    def source(self) -> Source:
        return Source(
            repository=self.name, commit=self.commit, licence="MIT", licence_in="LICENSE:1", author="A. Nyone"
        )

    def listed(self, key: str) -> list[Photograph]:
        return [
            Photograph(
                set="train",
                file=f"{key}-{number}.jpg",
                label="fist",
                source=key,
                path=path,
                blob=blob_of(content),
                fit=None,
                cut=(10, 5, 80),
                hand=(0.25, 0.25, 0.75, 0.8),
            )
            for number, (path, content) in enumerate(self.files.items())
        ]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@pytest.fixture
def upstream(base: Path) -> Upstream:
    return Upstream(base, "someone/hands", {"a b/1.jpg": picture(1), "a b/2.jpg": picture(2)})


def of(*upstreams: Upstream) -> Manifest:
    keys = [f"s{number}" for number in range(len(upstreams))]
    return Manifest(
        sources={key: one.source for key, one in zip(keys, upstreams, strict=True)},
        photographs=tuple(row for key, one in zip(keys, upstreams, strict=True) for row in one.listed(key)),
    )


def fetched(found: Manifest, base: Path, tmp_path: Path) -> dict[str, int]:
    return photographs.fetch(tmp_path / "out", found, ("train",), str(base), tmp_path / "cache")


def test_fetches_the_files_at_their_commit_and_cuts_them(upstream: Upstream, base: Path, tmp_path: Path) -> None:
    found = of(upstream)
    upstream.committed({"a b/1.jpg": picture(9)})  # The file changed since: its commit still has the old one.
    assert fetched(found, base, tmp_path) == {"train": 2}
    with Image.open(io.BytesIO(picture(1))) as whole:
        wanted = np.asarray(whole.crop((10, 5, 90, 85)), int)
    got = np.asarray(Image.open(tmp_path / "out/train/fist/s0-0.jpg"), int)
    assert np.abs(got - wanted).mean() < 4
    row = json.loads((tmp_path / "out/train/provenance.jsonl").read_text().splitlines()[0])
    assert (row["repo"], row["licence"], row["by"], row["path"]) == ("someone/hands", "MIT", "A. Nyone", "a b/1.jpg")
    cached = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert cached < 150_000, "big.bin is not wanted and must not be fetched"


def test_what_was_fetched_is_not_fetched_again(upstream: Upstream, base: Path, tmp_path: Path) -> None:
    found = of(upstream)
    fetched(found, base, tmp_path)
    before = (tmp_path / "out/train/fist/s0-1.jpg").read_bytes()
    upstream.folder.rename(base / "elsewhere")
    assert fetched(found, base, tmp_path) == {"train": 2}
    assert (tmp_path / "out/train/fist/s0-1.jpg").read_bytes() == before


def test_an_interrupted_fetch_goes_on(
    upstream: Upstream, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = of(upstream)
    monkeypatch.setattr("emojicam.data.photographs.repositories._BATCH", 1)
    real, calls = prepare.Repository._git, []

    def breaks(self: object, *arguments: str, given: str = "") -> bytes:
        calls.append(arguments)
        if "--stdin" in arguments and sum("--stdin" in one for one in calls) == 2:
            raise EmojicamError("cannot fetch: the line is dead", "again")
        return real(self, *arguments, given=given)  # type: ignore[arg-type]

    monkeypatch.setattr(prepare.Repository, "_git", breaks)
    with pytest.raises(EmojicamError, match="line is dead"):
        fetched(found, base, tmp_path)
    assert not (tmp_path / "out").exists()
    calls.clear()
    monkeypatch.setattr(prepare.Repository, "_git", lambda *a, **k: (calls.append(a[1:]), real(*a, **k))[1])
    assert fetched(found, base, tmp_path) == {"train": 2}
    assert sum("--stdin" in one for one in calls) == 1, "the first file was kept"


def test_what_is_gone_is_left_out_and_said(
    upstream: Upstream, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Upstream(base, "someone/lost", {"1.jpg": picture(3)})
    found = of(upstream, lost)
    lost.folder.rename(base / "away")
    assert fetched(found, base, tmp_path) == {"train": 2}
    said = capsys.readouterr().err
    assert "someone/lost at" in said and "is gone" in said
    assert "someone/lost: 1 left out" in said


def test_a_commit_that_is_gone_is_said(
    upstream: Upstream, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of(upstream)
    source = found.sources["s0"].model_copy(update={"commit": "1" * 40})
    with pytest.raises(EmojicamError, match="none of the 2 photographs"):
        fetched(found.model_copy(update={"sources": {"s0": source}}), base, tmp_path)
    assert "111111111111 is gone" in capsys.readouterr().err
    assert not (tmp_path / "out/train").exists()


def test_another_file_at_the_path_is_left_out(
    upstream: Upstream, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of(upstream)
    wrong = found.photographs[0].model_copy(update={"blob": "2" * 40})
    assert fetched(found.model_copy(update={"photographs": (wrong, found.photographs[1])}), base, tmp_path) == {
        "train": 1
    }
    assert "1 left out, first a b/1.jpg: not the file that the manifest says" in capsys.readouterr().err


def test_a_file_that_is_no_picture_is_left_out(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = of(Upstream(base, "x/y", {"1.jpg": picture(1), "2.jpg": b"not a picture", "3.jpg": picture(3)[:300]}))
    assert fetched(found, base, tmp_path) == {"train": 1}
    assert "2 left out, first 2.jpg: not a readable picture" in capsys.readouterr().err


def test_a_changed_licence_is_said(
    upstream: Upstream, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = of(upstream)
    upstream.committed({"LICENSE": b"all rights reserved"})
    assert fetched(found, base, tmp_path) == {"train": 2}
    assert "LICENSE has changed since" in capsys.readouterr().err


def test_no_network_is_one_line_and_leaves_nothing(upstream: Upstream, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # A reserved name (RFC 2606) never resolves.
    with pytest.raises(EmojicamError, match=r"cannot fetch from https://nowhere\.invalid/someone/hands"):
        photographs.fetch(out, of(upstream), ("train",), "https://nowhere.invalid", tmp_path / "cache")
    assert not out.exists()


def test_a_full_disk_leaves_the_older_set(
    upstream: Upstream, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = of(upstream)
    fetched(found, base, tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EmojicamError, match="No space left on device"):
        fetched(found, base, tmp_path)
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


def test_squeezed_frames_are_widened_and_cuts_beyond_the_edge_repeat_it() -> None:
    row = Upstream.listed.__get__(type("One", (), {"files": {"x": picture(1, 90, 90)}})())("k")[0]
    source = Source(repository="a/b", commit="0" * 40, licence="", licence_in="", author="", aspect=(16, 9))
    made = prepare.cut(picture(1, 90, 90), row.model_copy(update={"set": "roi", "cut": (100, -20, 80)}), source)
    cut = np.asarray(Image.open(io.BytesIO(made)))
    assert cut.shape == (80, 80, 3)
    assert (cut[:20] == cut[20]).all() and (cut[:, 60:] == cut[:, 59:60]).all()
    with pytest.raises(ValueError, match="outside its 160x90 pixels"):
        prepare.cut(picture(1, 90, 90), row.model_copy(update={"cut": (160, 0, 80)}), source)


def test_shipped_manifest_is_sound() -> None:
    found = photographs.shipped()
    assert len(found.of(("train",))) == 5156
    assert len({(one.set, one.label, one.file) for one in found.photographs}) == len(found.photographs)
    trained = {one.source for one in found.of(("train",))}
    measured = {one.source for one in found.of(("near", "frame"))}
    assert not trained & measured, "what is measured on must not be trained on"
    blobs = {one.blob for one in found.of(("train",))}
    assert not blobs & {one.blob for one in found.photographs if one.set != "train"}
    for source in found.sources.values():
        assert source.licence in {"MIT", "Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Public Domain"}
    assert found.sources["SubhiH"].licence_file == "LICENSE"
    assert found.sources["Shadowfax221"].licence_file is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fist", "paw", "manifest.csv:2 cannot be read.*'paw'"),
        ("s0,", "s7,", "manifest.csv:2.*no source 's7'"),
        ("train", "other", "manifest.csv:2"),
        ('licence = "MIT"', 'licence = "MIT', "sources.toml cannot be read"),
        ('commit = "0', 'commit = "x', "sources.toml cannot be read"),
    ],
)
def test_a_broken_manifest_names_the_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    sources = f'[s0]\nrepository = "a/b"\ncommit = "{"0" * 40}"\nlicence = "MIT"\nlicence_in = "L"\nauthor = "A"\n'
    head = "set,file,label,source,path,blob,fit,left,top,side,hand_left,hand_top,hand_right,hand_bottom\n"
    rows = head + f"train,a.jpg,fist,s0,p,{'1' * 40},,0,0,9,,,,\n"
    (tmp_path / "sources.toml").write_text(sources.replace(old, new))
    (tmp_path / "manifest.csv").write_text(rows.replace(old, new) if "=" not in old else rows)
    with pytest.raises(EmojicamError, match=says):
        manifest.read(tmp_path)


def collection(folder: Path, count: int = 2) -> Path:
    """A collection that holds the first photographs of the shipped manifest, and one to measure on."""
    shipped = photographs.shipped()
    for one in shipped.of(("train",))[:count]:
        path = folder / "train" / one.label / one.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(3, 60, 60))
    for name, number in (("near", 1), ("frame", 1), ("roi", 1)):
        for one in [one for one in shipped.of((name,)) if one.fit][:number]:
            (folder / "dev").mkdir(exist_ok=True)
            (folder / "dev" / one.file).write_bytes(picture(4, 320, 240 if name != "roi" else 320))
    return folder


def test_command_takes_a_folder_and_says_how_many_are_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["data", "photographs", "--from-dir", str(collection(tmp_path / "in")), "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    assert "train: 2 of 5156" in done.output
    read = photographs.load(tmp_path / "out/train")
    assert len(read) == 2 and read.images.shape == (2, photographs.SIDE, photographs.SIDE)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="holds no collection"):
        photographs.from_folder(tmp_path, tmp_path / "out", photographs.shipped())
    (tmp_path / "train").mkdir()
    with pytest.raises(EmojicamError, match="none of the 5156 photographs of train"):
        photographs.from_folder(tmp_path, tmp_path / "out", photographs.shipped())
    assert not (tmp_path / "out" / "train").exists()


def test_a_damaged_photograph_is_named(tmp_path: Path) -> None:
    photographs.from_folder(collection(tmp_path / "in"), tmp_path / "out", photographs.shipped())
    row = photographs.rows(tmp_path / "out/train")[0]
    (tmp_path / "out/train" / row["file"]).write_bytes(b"\xff\xd8 no more")
    with pytest.raises(EmojicamError, match=rf"{row['file']} is not a readable picture"):
        photographs.load(tmp_path / "out/train")
    (tmp_path / "out/train/provenance.jsonl").write_text('{"file": 1}\n')
    with pytest.raises(EmojicamError, match=r"provenance.jsonl:1 cannot be read"):
        photographs.load(tmp_path / "out/train")


@pytest.mark.skipif(not COLLECTION.is_dir(), reason=f"{COLLECTION} is absent")
def test_the_collection_is_what_the_manifest_says(tmp_path: Path) -> None:
    made = photographs.from_folder(COLLECTION, tmp_path, photographs.shipped(), ("near", "roi"))
    assert made == {"near": 167, "roi": 107}
    labels = photographs.load(tmp_path / "near").labels
    assert set(labels.tolist()) == set(range(len(CLASSES)))
