"""The model card is what the figures beside the model say."""

import json
import re
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.training import card

pytestmark = pytest.mark.train


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A copy of the figures that are shipped."""
    for path in paths.models_dir().glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_shipped_card_is_what_its_figures_say() -> None:
    assert (paths.models_dir() / "README.md").read_text() == card.render(paths.models_dir())


def test_shipped_figures_are_of_the_shipped_model() -> None:
    import hashlib

    report = json.loads((paths.models_dir() / card.REPORT).read_text())
    content = (paths.models_dir() / "gestures.tflite").read_bytes()
    assert report["sha256"] == hashlib.sha256(content).hexdigest()
    assert report["bytes"] == len(content)


def test_figures_appear_in_the_card(shipped: Path) -> None:
    report = json.loads((shipped / card.REPORT).read_text())
    report["validation"]["int8"]["recall"]["fist"] = 0.4321
    (shipped / card.REPORT).write_text(json.dumps(report))
    assert re.search(r"\| fist \| 43\.2 \|", card.write(shipped).read_text())


def test_replay_and_photographs_are_left_out_until_measured(shipped: Path) -> None:
    for name in (card.REPLAY, card.PHOTOGRAPHS_REPORT):
        (shipped / name).unlink(missing_ok=True)
    text = card.render(shipped)
    assert "### Clips" not in text
    assert "### Real photographs" not in text


def test_folder_without_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="does not exist"):
        card.render(tmp_path)


def test_damaged_figures_are_refused_by_name(shipped: Path) -> None:
    (shipped / card.REPORT).write_text("{")
    with pytest.raises(EmojicamError, match=r"gestures\.json is not JSON"):
        card.render(shipped)


def test_every_source_of_photographs_is_named_once_trained_on(shipped: Path) -> None:
    report = json.loads((shipped / card.REPORT).read_text())
    report["photographs"] = {"images": 5156, "sources": 14, "digest": "0"}
    (shipped / card.REPORT).write_text(json.dumps(report))
    text = card.render(shipped)
    for source in ("SubhiH/HandsDataset", "Shadowfax221/553.806_Capstone_HandGesture"):
        assert len(re.findall(rf"GitHub `{re.escape(source)}` [0-9a-f]{{40}} \| \S", text)) == 1
    assert "Anton-Augustsson" not in text.split("## Figures")[0], "it is measured on, not trained on"
    assert "5,156 photographs from 14 public sources" in text
