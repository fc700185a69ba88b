"""Pictures: the same whoever renders them, and with the hand where the scene says."""

import json
from pathlib import Path

import numpy as np
import pytest

from emojicam.data import arm, dataset, generate, raster, scene, skeleton
from emojicam.data.classes import CLASSES, NONE, RAISED_HAND
from emojicam.data.generate import Shard, label_at, make
from emojicam.data.mesh import hand
from emojicam.data.render import draw_hand, render, render_index
from emojicam.errors import EmojicamError
from emojicam.parallel import Workers

pytestmark = pytest.mark.train


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "BLOCK", 8)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_render_same_seed_same_bytes_other_seed_others() -> None:
    first, again, other = (render_index(seed, 3, 1)[1].grey for seed in (5, 5, 6))
    assert first.shape == (96, 96)
    assert first.dtype == np.uint8
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_cover_is_where_the_hand_is() -> None:
    _, picture = render_index(5, 3, 1)
    assert picture.cover.dtype == np.uint8
    assert picture.cover.shape == picture.grey.shape
    # A raised hand with its arm: a good part of the picture, and not all of it.
    assert 0.03 < (picture.cover > 127).mean() < 0.9
    assert set(np.unique(picture.cover)) >= {0, 255}


def test_make_shards_together_are_the_whole_set(tmp_path: Path, small_blocks: None) -> None:
    make(tmp_path / "whole", 28, 3, workers=Workers(jobs=1))
    for index in range(3):
        make(tmp_path / "parts", 28, 3, Shard(index, 3), workers=Workers(jobs=1))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")
    found = dataset.load(tmp_path / "whole", all_classes=True)
    assert [int(label) for label in found.labels] == [label_at(i) for i in range(28)]


def test_make_interrupted_goes_on_with_what_is_missing(tmp_path: Path, small_blocks: None) -> None:
    make(tmp_path, 16, 3, workers=Workers(jobs=1))
    before = contents(tmp_path)
    generate.block_path(tmp_path, 1).unlink()
    assert make(tmp_path, 16, 3, workers=Workers(jobs=1)) == 8
    assert contents(tmp_path) == before


def test_make_folder_of_another_seed_is_refused(tmp_path: Path, small_blocks: None) -> None:
    make(tmp_path, 8, 3, workers=Workers(jobs=1))
    with pytest.raises(EmojicamError, match="another seed"):
        make(tmp_path, 8, 4, workers=Workers(jobs=1))


@pytest.mark.slow
def test_make_several_processes_same_bytes_as_one(tmp_path: Path) -> None:
    make(tmp_path / "one", 2 * generate.BLOCK, 9, workers=Workers(jobs=1))
    make(tmp_path / "two", 2 * generate.BLOCK, 9, workers=Workers(jobs=2))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("text", ["", "1", "3/3", "-1/2", "a/b", "0/0", "1/2/3"])
def test_shard_malformed_is_refused(text: str) -> None:
    with pytest.raises(EmojicamError, match="not a shard"):
        Shard.parse(text)


def test_shard_well_formed_is_read() -> None:
    assert Shard.parse("2/5") == Shard(2, 5)


def test_classes_every_twenty_eight_pictures_eight_none_and_five_of_each_gesture() -> None:
    counts = np.bincount([label_at(i) for i in range(28)])
    assert counts.tolist() == [8, 5, 5, 5, 5]


def test_hand_fills_as_much_of_the_frame_as_placed_for() -> None:
    mesh = hand()
    for index in range(12):
        rng = np.random.default_rng([index, 4])
        drawn = scene.sample(rng, mesh, RAISED_HAND)
        layer = draw_hand(drawn, 48, 48)
        assert 0.2 < layer.extent < 1.45
        assert layer.cover.any()
        assert np.isfinite(layer.light).all()
        assert (layer.light[layer.cover == 0] == 0).all()
        assert layer.light[layer.cover > 0].max() > 0


def test_arm_surface_faces_outwards_and_no_end_is_open_near_the_hand() -> None:
    mesh = hand()
    drawn = scene.sample(np.random.default_rng(3), mesh, RAISED_HAND)
    assert drawn.pose is not None
    vertices, _ = skeleton.skin(mesh, drawn.pose.hand)
    points, faces, along = arm.attach(mesh, vertices, drawn.pose.turn, drawn.arm)
    own = np.arange(len(points), dtype=np.int32)
    normals = raster.vertex_normals(points, faces, own)
    ring = len(mesh.wrist_loop)
    for start in range(len(vertices), len(points), ring):
        here = slice(start, start + ring)
        outwards = points[here] - points[here].mean(0)
        assert ((normals[here] * outwards).sum(1) > 0).all()
    assert along[: len(vertices)].max() == 0
    assert along.max() > 5


def test_no_hand_still_gives_a_picture() -> None:
    mesh = hand()
    for index in range(60):
        drawn = scene.sample(np.random.default_rng([index, 8]), mesh, NONE)
        if drawn.pose is None:
            picture = render(drawn, 32, 32)
            assert picture.grey.shape == (32, 32)
            assert picture.extent == 0
            assert not picture.cover.any()
            assert drawn.kind == "no hand"
            return
    pytest.fail("one in five of class none shows no hand")


def test_set_note_names_seed_count_and_classes(tmp_path: Path, small_blocks: None) -> None:
    make(tmp_path, 8, 3, workers=Workers(jobs=1))
    note = json.loads((tmp_path / "set.json").read_text())
    assert (note["seed"], note["count"], tuple(note["classes"])) == (3, 8, CLASSES)
