"""The tables themselves."""

from typing import Any

import pytest

from silicon.table import every_row

pytestmark = pytest.mark.host


@pytest.mark.parametrize(("where", "row"), every_row(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_fact_says_where_it_is_from(where: str, row: dict[str, Any]) -> None:
    assert row["origin"], where
    # A repository is cited with the version that was read, a document with its number.
    repository = "/" in row["origin"].split(" ")[0]
    assert not repository or len(row["commit"]) == 40, where
    assert repository or any(character.isdigit() for character in row["origin"]), where
