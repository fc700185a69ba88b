"""Commands with --cluster: the same files and figures as without."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from emojicam import paths
from emojicam.cli import main
from emojicam.data import generate
from emojicam.data.clip import Beat
from emojicam.parallel import Workers
from emojicam.training import replay

pytestmark = [pytest.mark.train, pytest.mark.slow]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make(folder: Path, *options: str) -> dict[str, bytes]:
    with pytest.raises(SystemExit) as end:
        main(["data", "make", "-o", str(folder), "--count", "12", "--seed", "3", *options])
    assert end.value.code == 0
    return contents(folder)


def test_data_make_writes_the_same_bytes_here(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "BLOCK", 4)
    there = make(tmp_path / "there", "--cluster", cluster)
    assert there == make(tmp_path / "here", "--jobs", "1")
    assert len(there) == 1 + 3


def test_clips_are_rendered_and_scored_the_same(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_beats", lambda seed, index: [Beat(index, 1, 2, 1, 0)])
    model = paths.models_dir() / "gestures.tflite"
    found = []
    with Workers(cluster=cluster) as there:
        for name, workers in (("here", Workers(jobs=1)), ("there", there)):
            monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / name))
            found.append(replay.tracks(model, seed=3, minutes=0.005, workers=workers))
    assert len(found[0]) == 2
    assert contents(replay.clips_folder(3)) == contents(tmp_path / "here/data" / replay.clips_folder(3).name)
    for mine, theirs in zip(*found, strict=True):
        assert len(np.unique(mine.probabilities, axis=0)) > 1, "frames are told apart"
        for field in dataclasses.fields(mine):
            assert np.array_equal(getattr(mine, field.name), getattr(theirs, field.name)), field.name
