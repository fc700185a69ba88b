"""The mutation run itself, and that what it let live is still there and has a reason."""

import ast
import tomllib

import pytest

from mutation import mutants as m

SURVIVORS = tomllib.loads(m.SURVIVORS.read_text(encoding="utf-8"))["survivor"]


@pytest.mark.parametrize("row", SURVIVORS, ids=lambda row: f"{row['line']}: {row['was']} -> {row['new']}")
def test_a_survivor_is_a_mutant_of_the_code_and_has_a_reason(row: dict[str, str]) -> None:
    there = {(one.line, one.was, one.new) for one in m.mutants(row["file"])}
    assert (row["line"], row["was"], row["new"]) in there
    assert len(row["why"]) > 10


@pytest.mark.parametrize("target", m.TARGETS, ids=lambda target: target.file)
def test_each_mutant_is_another_program_that_can_be_read(target: m.Target) -> None:
    found = m.mutants(target.file)
    assert len({(one.start, one.end, one.new) for one in found}) == len(found) > 3
    for one in found:
        assert one.source() != one.text
        if target.file.endswith(".py"):
            ast.parse(one.source())


def test_operators_numbers_and_calls_of_python_are_changed_and_tables_are_not() -> None:
    text = "TABLE = {1: 2}\ndef f(a: int = 3) -> int:\n    if a < 4 and a:\n        g(a)\n    return -a\n"
    found = {(one.was, one.new) for one in m._Python("x.py", text).all()}
    assert found == {("3", "4"), ("<", "<="), ("4", "5"), ("and", "or"), ("g(a)", "pass"), ("-", "")}


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.parametrize("target", [one for one in m.TARGETS if one.file in m.SETTLED], ids=lambda target: target.file)
def test_every_mutant_is_noticed_or_excused(target: m.Target) -> None:
    reasons = m.excused()
    lived = [mutant for mutant, alive in m.survivors(target) if alive]
    left = [str(one) for one in lived if (one.file, one.line, one.was, one.new) not in reasons]
    assert not left, "\n".join(left)
