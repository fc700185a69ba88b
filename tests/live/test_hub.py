"""The live page's state, without a board or a browser."""

import asyncio
import itertools
import json
from collections.abc import Callable

import numpy as np
import pytest

from emojicam.live.hub import Hub
from emojicam.live.viewer import MOST_WAITING, Overrun, Viewer


def heard(hub: Hub, talk: Callable[[], object] | None = None) -> list[dict[str, object] | bytes]:
    """What a page hears, before and after ``talk`` is called."""

    async def listen() -> list[str | bytes]:
        viewer = Viewer(asyncio.get_running_loop())
        hub.enter(viewer)
        if talk:
            talk()
        await asyncio.sleep(0)  # what was put has arrived: call_soon keeps the order
        messages: list[str | bytes] = []
        while viewer._waiting:
            messages += await viewer.get()
        hub.leave(viewer)
        return messages

    return [m if isinstance(m, bytes) else json.loads(m) for m in asyncio.run(listen())]


def test_newcomer_is_told_how_things_stand() -> None:
    hub = Hub()
    hub.state("board", name="corstone300", model="01234567")
    hub.state("armed", armed=True)
    hub.typed("\N{THUMBS UP SIGN}")
    hub.typed("!")
    hub.log("one")
    hub.log("two", "problem")
    hub.frame(np.arange(6, dtype=np.uint8).reshape(2, 3), number=7, scores=[1, 2], decision=1)
    told = heard(hub)
    kinds = {message["kind"]: message for message in told if isinstance(message, dict)}
    assert kinds["board"]["name"] == "corstone300"
    assert kinds["armed"]["armed"] is True
    assert kinds["typed"]["text"] == "\N{THUMBS UP SIGN}!"
    assert [(entry["about"], entry["text"]) for entry in kinds["log"]["entries"]] == [
        ("board", "one"),
        ("problem", "two"),
    ]
    assert kinds["frame"]["number"] == 7 and kinds["frame"]["pictured"]
    assert told[-1] == bytes([7, 0, 0, 0, 3, 0, 2, 0, 0, 1, 2, 3, 4, 5])


def test_a_picture_follows_the_frame_that_it_is_of_also_where_the_page_is_slow() -> None:
    hub = Hub()

    def talk() -> None:
        for number in range(200):
            hub.frame(np.full((2, 2), number, np.uint8), number=number)

    told = heard(hub, talk)
    pairs = [(a, b) for a, b in itertools.pairwise(told) if isinstance(b, bytes)]
    assert pairs
    for frame, picture in pairs:
        assert isinstance(frame, dict) and isinstance(picture, bytes)
        assert frame["number"] == picture[0] == picture[8]
    assert told[-1][0] == 199  # type: ignore[index]


def test_a_picture_that_comes_later_is_shown_with_its_own_scores() -> None:
    hub = Hub()

    def talk() -> None:
        for number in range(4):
            hub.frame(number=number, scores=[number])
        hub.picture(1, np.zeros((1, 1), np.uint8))
        hub.picture(99, np.zeros((1, 1), np.uint8))  # of a frame that nobody has heard of

    told = heard(hub, talk)
    assert isinstance(told[-1], bytes) and told[-1][0] == 1
    assert isinstance(told[-2], dict)
    assert (told[-2]["number"], told[-2]["scores"], told[-2]["pictured"], told[-2]["again"]) == (1, [1], True, True)
    assert sum(isinstance(one, bytes) for one in told) == 1


def test_page_that_is_slow_loses_frames_and_no_log_line() -> None:
    hub = Hub()

    def talk() -> None:
        for number in range(2000):
            hub.frame(number=number)
            if number % 20 == 0:
                hub.log(f"line {number}")

    told = [message for message in heard(hub, talk) if isinstance(message, dict)]
    assert [message["number"] for message in told if message["kind"] == "frame"] == [1999]
    lines = [entry["text"] for message in told if message["kind"] == "log" for entry in message["entries"]]  # type: ignore[attr-defined]
    assert lines == [f"line {number}" for number in range(0, 2000, 20)]


def test_page_that_is_stalled_is_sent_away_and_never_holds_more_than_so_much() -> None:
    async def listen() -> int:
        viewer = Viewer(asyncio.get_running_loop())
        for number in range(2 * MOST_WAITING):
            viewer.put(str(number))
        await asyncio.sleep(0)
        waiting = len(viewer._waiting)
        with pytest.raises(Overrun):
            await viewer.get()
        return waiting

    assert asyncio.run(listen()) <= MOST_WAITING
