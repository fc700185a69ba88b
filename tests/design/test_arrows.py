"""The rooms of the Python package, and the arrows between them: docs/architecture.md, held to."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import emojicam

ROOT = Path(emojicam.__file__).parent

#: Lines of a file, at most.
LONGEST = 420

#: Known to all, and knowing nobody but one another.
GROUND = {"codegen", "console", "cores", "errors", "extras", "parallel", "paths", "process"}

#: They call all the others, and nobody knows them.
TOP = {"", "__main__", "cli", "docs"}

#: Room -> the rooms that it may know, besides the ground.
ARROWS: dict[str, set[str]] = {
    "frame_clock": set(),
    "keyboard": set(),
    "model": {"image"},
    "streams": set(),
    "third_party": set(),
    "videos": set(),
    "image": {"frame_clock"},
    "pictures": {"image"},
    "frames": {"image", "pictures", "videos"},
    "link": {"frames", "keyboard"},
    "config": {"keyboard", "link"},
    "gesture": {"config", "frame_clock"},
    "usb": {"keyboard"},
    "data": {"image", "pictures", "third_party"},
    "firmware": {"config", "gesture", "image", "keyboard", "link", "third_party", "usb"},
    "flash": {"firmware", "usb"},
    "virtual_h7": {"firmware", "frames", "image", "link", "usb"},
    "emulators": {"config", "firmware", "link", "model", "third_party", "virtual_h7"},
    "cycles": {"config", "emulators", "virtual_h7"},
    "bench": {"config", "emulators", "firmware", "model"},
    "avh": {"config", "emulators", "frames", "gesture", "image", "keyboard", "link", "model"},
    "recording": {"config", "frames", "gesture", "keyboard", "link", "model"},
    "live": {"config", "firmware", "frames", "gesture", "image", "keyboard", "link", "recording"},
    "training": {"bench", "config", "data", "emulators", "frame_clock", "gesture", "image", "model"},
    "teach": {"config", "data", "gesture", "model", "training"},
    "release": {"config", "emulators", "firmware", "third_party"},
    "versions": {"config", "link", "third_party"},
    "doctor": {"config", "flash", "keyboard", "link", "third_party", "versions"},
    "west_commands": set(),
}


def _modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ("emojicam", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(module: str) -> set[str]:
    """Modules of ours that a module imports, wherever in it, and also for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                found.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name in MODULES} - {module}


IMPORTS = {module: _imports(module) for module in MODULES}


def _room(module: str) -> str:
    """The first name below emojicam; "" for the package itself, whose public names are imported when asked for."""
    return [*module.split("."), ""][1]


DRAWN = {
    (_room(module), _room(known)): f"{module} imports {known}"
    for module in MODULES
    for known in IMPORTS[module]
    if _room(module) != _room(known) and _room(known) != ""
}


def test_no_two_modules_need_each_other() -> None:
    # The package's own list of public names is no import.
    graph = {module: known - {"emojicam"} for module, known in IMPORTS.items() if module != "emojicam"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError("a circle: " + " -> ".join(error.args[1])) from None


def test_a_room_knows_only_the_rooms_of_the_table() -> None:
    wrong = [
        said
        for (room, known), said in DRAWN.items()
        if room not in TOP and known not in GROUND | ARROWS.get(room, set())
    ]
    assert not wrong, "\n".join(wrong)


def test_the_ground_knows_nobody() -> None:
    assert not [said for (room, known), said in DRAWN.items() if room in GROUND and known not in GROUND]


def test_the_tables_arrows_go_one_way_and_each_is_there() -> None:
    TopologicalSorter(ARROWS).prepare()
    rooms = {_room(module) for module in MODULES}
    table = {(room, known) for room, others in ARROWS.items() if room in rooms for known in others}
    assert table <= set(DRAWN), sorted(table - set(DRAWN))


def test_a_file_can_be_read_in_one_go() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert not {module: count for module, count in lines.items() if count > LONGEST}
