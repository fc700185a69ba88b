"""The deepest way through the calls: of listings made here, and of the images."""

import textwrap
from pathlib import Path

import pytest

from emojicam import config, paths
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import stack

LISTING = textwrap.dedent("""\
    00000100 <root()>:
         100:\tpush\t{r4, lr}
         102:\tbl\t200 <left(int)>
         106:\tbl\t300 <right>
         10a:\tpop\t{r4, pc}

    00000200 <left(int)>:
         200:\tpush\t{r3, r4, r5, lr}
         202:\tsub.w\tsp, sp, #256\t@ 0x100
         206:\tb.w\t400 <leaf>

    00000300 <right>:
         300:\tstmdb\tsp!, {r4-r11, lr}
         304:\tvpush\t{d8-d15}
         308:\tcbz\tr0, 30c <right+0xc>
         30a:\tblx\tr3
         30c:\tldmia.w\tsp!, {r4-r11, pc}

    00000310 <.Lloop>:
         310:\tstr.w\tlr, [sp, #-8]!

    00000400 <leaf>:
         400:\tbx\tlr
    """)
ENTRIES = [0x100, 0x200, 0x300, 0x400]


def _rules(*indirect: tuple[str, str], **others: object) -> stack.Rules:
    rules = [{"caller": caller, "callee": callee, "why": "a test"} for caller, callee in indirect]
    return stack.Rules.model_validate({"indirect": rules, "board": {}, **others})


def test_frames_calls_and_tail_calls_are_read_from_a_listing() -> None:
    found = stack.parse(LISTING, ENTRIES)
    assert {item.name: item.frame for item in found.values()} == {
        "root()": 8, "left(int)": 16 + 256, "right": 36 + 64 + 8, "leaf": 0,
    }  # fmt: skip
    assert found[0x100].calls == {0x200, 0x300}
    assert found[0x200].calls == {0x400}
    assert (found[0x300].calls, found[0x300].indirect) == (set(), 1)


def test_the_deepest_way_is_named_from_the_outside_in() -> None:
    way = stack.deepest(stack.parse(LISTING, ENTRIES), 0x100, _rules(("right", "leaf")))
    assert way == stack.Way(280, (("root()", 8), ("left(int)", 272), ("leaf", 0)))
    through_pointer = stack.deepest(stack.parse(LISTING, ENTRIES), 0x300, _rules(("right", r"left\(int\)")))
    assert through_pointer.bytes == 108 + 272


def test_a_call_through_a_pointer_that_nothing_covers_is_an_error() -> None:
    with pytest.raises(EmojicamError, match="right calls through a pointer"):
        stack.deepest(stack.parse(LISTING, ENTRIES), 0x100, _rules())


def test_a_recursion_needs_a_bound() -> None:
    functions = stack.parse(LISTING.replace("b.w\t400 <leaf>", "bl\t100 <root()>"), ENTRIES)
    with pytest.raises(EmojicamError, match=r"recursion without a bound: root\(\) -> left\(int\) -> root\(\)"):
        stack.deepest(functions, 0x100, _rules(("right", "leaf")))
    itself = stack.parse(LISTING.replace("b.w\t400 <leaf>", "bl\t200 <left(int)>"), ENTRIES)
    itself[0x200].calls.add(0x200)
    bound = {"function": r"left\(int\)", "depth": 3, "why": "a test"}
    assert stack.deepest(itself, 0x100, _rules(("right", "leaf"), recursion=[bound])).bytes == 8 + 3 * 272


def test_a_frame_of_variable_size_is_an_error() -> None:
    functions = stack.parse(LISTING.replace("sub.w\tsp, sp, #256", "sub.w\tsp, sp, r3"), ENTRIES)
    with pytest.raises(EmojicamError, match="moves SP by a register"):
        stack.deepest(functions, 0x100, _rules(("right", "leaf")))


def test_each_interrupt_needs_its_own_way_and_a_whole_exception_frame() -> None:
    # With the FPU in use 26 words are stacked, and one more where SP was not on 8 bytes. (DDI 0403E, B1.5.7)
    frame = 26 * 4 + 4
    found = stack.Result(4096, stack.Way(1000, ()), (stack.Way(200, ()), stack.Way(30, ())))
    assert found.needed == 1000 + (200 + frame) + (30 + frame)


@pytest.mark.parametrize(
    ("gcc", "demangled"),
    [
        ("void a::b(int)", "a::b(int)"),
        ("TfLiteStatus t::{anonymous}::Eval(TfLiteContext*)", "t::(anonymous namespace)::Eval(TfLiteContext*)"),
        ("void f(T) [with T = int]", "void f<int>(int)"),
        ("const char* a::Text() const", "a::Text() const"),
        ("constexpr std::pair<int, char> g()", "g()"),
        ("dcd_event_handler", "dcd_event_handler.constprop.0"),
    ],
)
def test_names_of_gcc_and_of_the_image_meet(gcc: str, demangled: str) -> None:
    assert stack.bare_name(gcc) == stack.bare_name(demangled)


def test_a_usage_file_without_a_bound_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match=r"no \.su files"):
        stack.read_usage(tmp_path)
    (tmp_path / "a.su").write_text("a.cc:1:2:void f()\t16\tstatic\na.cc:9:2:void f(int)\t24\tdynamic,bounded\n")
    assert stack.read_usage(tmp_path) == {"f": 24}
    (tmp_path / "b.su").write_text("b.cc:1:2:void g()\t16\tdynamic\n")
    with pytest.raises(EmojicamError, match="has no bound"):
        stack.read_usage(tmp_path)


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["openmv_h7", "nucleo_h743zi", "mps2_an500", "corstone300"])
def test_the_stack_holds_the_deepest_way_of_an_image(board: str) -> None:
    found = stack.analyse(board, product.build_firmware(boards.find(board), config.load()))
    names = " ".join(name for name, _ in found.main.steps)
    assert "tflite::MicroInterpreter" in names or "main" in names
    assert 1000 < found.needed <= found.size
    documented = _documented()
    if board in documented:
        assert documented[board] == found.needed, f"docs/ci.md: {board} needs {found.needed:,} bytes (make stack)"
    else:
        assert board == "nucleo_h743zi"


def _documented() -> dict[str, int]:
    """Bytes a board, as the table in docs/ci.md has them."""
    text = (paths.project_root() / "docs" / "ci.md").read_text(encoding="utf-8")
    head, _, figures = text[text.index("| openmv_h7 |") :].split("\n")[:3]
    names, values = ([word.strip() for word in line.strip("|").split("|")] for line in (head, figures))
    return {name: int(value.replace(",", "")) for name, value in zip(names, values, strict=True)}
