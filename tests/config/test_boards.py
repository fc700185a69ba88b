"""The table of boards, and the tables of those who know more of one: each by the same name."""

import re

import pytest

from emojicam import paths
from emojicam.config.boards import BOARDS, find
from emojicam.errors import UsageError
from emojicam.flash.layout import LAYOUTS


def test_a_board_is_found_by_its_name_and_another_name_is_wrong_usage() -> None:
    assert [find(name) for name in BOARDS] == list(BOARDS.values())
    with pytest.raises(UsageError) as raised:
        find("openmv_h8")
    assert all(name in raised.value.hint for name in BOARDS)


def test_real_boards_have_their_flash_and_what_is_around_the_chip() -> None:
    pytest.importorskip("unicorn")
    from emojicam.virtual_h7 import WIRINGS

    real = {name: board.camera for name, board in BOARDS.items() if board.virtual}
    assert {name: wiring.camera for name, wiring in WIRINGS.items()} == real
    assert set(LAYOUTS) == set(real)
    assert not any(board.camera for board in BOARDS.values() if not board.virtual)


def test_nobody_else_makes_a_board_of_a_name() -> None:
    source = paths.project_root() / "python" / "emojicam"
    looked_up = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"\bBOARDS(\[|\.get\()", path.read_text())
    }
    assert looked_up == {"config/boards.py"}
