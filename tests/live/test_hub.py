"""The live page's state and the frames that are kept, without a board or a browser."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import config
from emojicam.data import dataset
from emojicam.errors import EmojicamError
from emojicam.live.capture import Captures
from emojicam.live.hub import Hub, Viewer

CLASSES = [("none", ""), ("thumbs up", "\N{THUMBS UP SIGN}")]


def heard(hub: Hub, talk: object = None, count: int = 1000) -> list[dict[str, object] | bytes]:
    """What a page hears that comes, before and after ``talk`` is called."""

    async def listen() -> list[str | bytes]:
        viewer = Viewer(asyncio.get_running_loop())
        hub.enter(viewer)
        if callable(talk):
            talk()
        await asyncio.sleep(0)  # what was put has arrived: call_soon keeps the order
        messages = []
        while viewer._queue.qsize() and len(messages) < count:
            messages.append(await viewer.get())
        hub.leave(viewer)
        return messages

    return [m if isinstance(m, bytes) else json.loads(m) for m in asyncio.run(listen())]


def test_newcomer_is_told_how_things_stand() -> None:
    hub = Hub(CLASSES, [0.5, 0.6])
    hub.board("corstone300", model="01234567")
    hub.armed(True)
    hub.typed("\N{THUMBS UP SIGN}")
    hub.typed("!")
    hub.log("one")
    hub.log("two")
    hub.frame(number=7, scores=[1, 2], decision=1)
    hub.image(7, np.arange(6, dtype=np.uint8).reshape(2, 3))
    told = heard(hub)
    kinds = {message["kind"]: message for message in told if isinstance(message, dict)}
    assert kinds["board"]["name"] == "corstone300"
    assert kinds["board"]["classes"] == [{"name": name, "emoji": emoji} for name, emoji in CLASSES]
    assert kinds["armed"]["armed"] is True
    assert kinds["typed"]["text"] == "\N{THUMBS UP SIGN}!"
    assert kinds["log"]["lines"] == ["one", "two"]
    assert kinds["frame"]["number"] == 7
    assert told[-1] == bytes([7, 0, 0, 0, 3, 0, 2, 0, 0, 1, 2, 3, 4, 5])


def test_page_that_is_slow_loses_frames_and_no_log_line() -> None:
    hub = Hub(CLASSES, [0.5, 0.6])

    def talk() -> None:
        for number in range(2000):
            hub.frame(number=number)
            if number % 20 == 0:
                hub.log(f"line {number}")

    told = [message for message in heard(hub, talk) if isinstance(message, dict)]
    assert sum(message["kind"] == "frame" for message in told) < 300
    lines = [line for message in told if message["kind"] == "log" for line in message["lines"]]
    assert lines == [f"line {number}" for number in range(0, 2000, 20)]


def test_frames_that_are_kept_are_what_training_reads(tmp_path: Path) -> None:
    names = config.load().class_names
    captures = Captures(tmp_path / "kept", names)
    assert captures.counts() == dict.fromkeys(names, 0)
    pictures = np.random.default_rng(1).integers(0, 256, (4, 96, 96)).astype(np.uint8)
    paths = [captures.keep(label, pictures[n]) for n, label in enumerate([names[1], names[1], names[0], names[2]])]
    assert len(set(paths)) == 4
    assert captures.counts()[names[1]] == 2
    for path, picture in zip(paths, pictures, strict=True):
        assert np.array_equal(np.asarray(Image.open(path)), picture)
    assert len(dataset.load(tmp_path / "kept")) == 4


def test_capture_that_cannot_be_is_one_clear_line(tmp_path: Path) -> None:
    captures = Captures(tmp_path / "kept", ["none"])
    with pytest.raises(EmojicamError, match=r"there is no class \.\./escaped; try: one of none"):
        captures.keep("../escaped", np.zeros((2, 2), np.uint8))
    (tmp_path / "kept").write_text("a file is in the way")
    with pytest.raises(EmojicamError, match=r"can't be written: Not a directory; try: another --captures FOLDER"):
        captures.keep("none", np.zeros((2, 2), np.uint8))
