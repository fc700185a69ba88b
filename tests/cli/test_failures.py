"""What nobody foresees, and what is not installed: one line, whichever command it is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import console, extras, paths
from emojicam.cli import failure, main, rewritten
from emojicam.errors import BoardGone, EmojicamError, ToolMissing, UsageError

#: Commands of README, the packages that are not installed, and the extra that has them.
LACKING = [
    ("data make -o out", ("numba",), "train"),
    ("data clip -o out.webp", ("scipy",), "train"),
    ("train --smoke", ("scipy",), "train"),
    ("train --smoke", ("tensorflow",), "train"),
    ("search", ("numba",), "train"),
    ("thresholds --current", ("ai_edge_litert",), "train"),
    ("evaluate --data .", ("ai_edge_litert",), "train"),
    ("evaluate --data . --on float", ("keras",), "train"),
    ("faults --count 1", ("unicorn",), "virtual"),
    ("run --board openmv_h7", ("unicorn",), "virtual"),
    ("live --board openmv_h7", ("unicorn",), "virtual"),
    ("usb check --board nucleo_h743zi", ("unicorn",), "virtual"),
    ("avh", ("arm",), "ci"),
    ("release --bill-only -o out", ("cyclonedx",), "ci"),
]


def _without(modules: tuple[str, ...], words: list[str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a Python that lacks some packages."""
    program = (
        f"import sys\nfor name in {modules!r}: sys.modules[name] = None\nfrom emojicam.cli import main\nmain({words!r})"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(("words", "modules", "extra"), LACKING, ids=[f"{a} {b[0]}" for a, b, _ in LACKING])
def test_a_package_that_is_not_installed_is_one_line(
    words: str, modules: tuple[str, ...], extra: str, tmp_path: Path
) -> None:
    done = _without(modules, words.split(), tmp_path)
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("·")]
    assert line == f"emojicam: this needs the {extra} extra: {modules[0]} is not installed; try: make setup"
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ["run", "live --board mps2_an500", "usb check"])
def test_a_missing_emulator_is_found_out_before_the_build(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("emojicam.link.port.find_ports", lambda: [])
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("·")]
    assert line.startswith("emojicam: qemu-system-arm is not installed; try: sudo apt-get install qemu-system-arm")


@pytest.mark.virtual_board
def test_a_virtual_board_without_its_instruction_set_is_one_line(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['unicorn'] = None\n"
        "from pathlib import Path\n"
        "from emojicam.emulators.virtual import boot\n"
        "from emojicam.errors import ToolMissing\n"
        "try: boot(Path('x.elf'))\n"
        "except ToolMissing as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "this needs the virtual extra: unicorn is not installed; try: make setup\n"


def test_a_python_without_our_packages_is_one_line() -> None:
    """As west's own Python may be."""
    program = "import sys, runpy; sys.modules['typer'] = None; runpy.run_module('emojicam', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == f"emojicam: the Python package typer is not installed in {sys.prefix}; try: make setup\n"
    assert done.returncode == 1


def test_a_module_of_ours_that_is_missing_is_a_fault_of_ours() -> None:
    assert extras.explain(ModuleNotFoundError(name="emojicam.nonsense")) is None
    assert extras.explain(ImportError("cannot import name x", name="numpy")) is None


def test_each_package_that_only_an_extra_has_is_known() -> None:
    import tomllib

    declared = tomllib.loads((paths.project_root() / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    modules = {"ai-edge-litert": "ai_edge_litert", "scikit-image": "skimage", "tensorflow-cpu": "tensorflow"}
    modules |= {"arm-avhclient": "arm", "cyclonedx-python-lib": "cyclonedx"}
    for extra in ("virtual", "train", "cluster", "ci"):
        for requirement in declared[extra]:
            name = requirement.split("=")[0].split(">")[0].split("[")[0]
            assert modules.get(name, name) in extras.MODULES[extra]


def test_what_make_run_installs_has_the_virtual_board_s_instruction_set() -> None:
    pinned = {name: (paths.project_root() / "requirements" / f"{name}.txt").read_text() for name in ("run", "dev")}
    assert all("\nunicorn==2.1.4 " in text for text in pinned.values())


def test_the_unforeseen_is_one_line_a_log_and_status_70(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path))

    def broken(*_: object, **__: object) -> None:
        raise TypeError("two\nlines")

    monkeypatch.setattr("emojicam.third_party.default_store", broken)
    with pytest.raises(SystemExit) as ended:
        main(["deps", "--list"])
    assert ended.value.code == failure.UNFORESEEN == 70
    (log,) = (tmp_path / "logs").iterdir()
    assert capsys.readouterr().err == (
        f"emojicam: unforeseen: TypeError: two lines; try: reporting it with the trace in {log}\n"
    )
    assert "in broken\n" in log.read_text()


def test_a_log_goes_where_temporary_files_go_if_the_build_folder_can_t_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert Path(failure.write_log(ValueError("x"))).parent == tmp_path


def test_a_full_disk_is_no_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert failure.explain(OSError(28, "No space left on device", "build/x")) == 1
    assert capsys.readouterr().err == "emojicam: build/x: No space left on device; try: free space there\n"


@pytest.mark.parametrize(("kind", "status"), [(EmojicamError, 1), (ToolMissing, 1), (BoardGone, 1), (UsageError, 2)])
def test_each_kind_of_error_has_its_status(
    kind: type[EmojicamError], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failure.explain(kind("it is wrong", "that")) == status
    assert capsys.readouterr().err == "emojicam: it is wrong; try: that\n"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (["inspect", "m.tflite", "--json"], ["inspect", "m.tflite", "--json", "-"]),
        (["inspect", "--json", "m.tflite"], ["inspect", "--json", "-", "m.tflite"]),
        (["flash", "--json", "--dry-run"], ["flash", "--json", "-", "--dry-run"]),
        (["run", "--json", "-", "--quiet"], ["run", "--json", "-", "--quiet"]),
        (["run", "--json", "x.json"], ["run", "--json", "x.json"]),
        (["run", "--verbose", "--board", "host"], ["--verbose", "run", "--board", "host"]),
        (["fuzz", "--", "--json"], ["fuzz", "--", "--json"]),
    ],
)
def test_json_needs_no_file_and_verbose_stands_anywhere(given: list[str], taken: list[str]) -> None:
    assert rewritten(given) == taken


def test_json_to_stdout_leaves_it_to_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--json"])
    printed = capsys.readouterr()
    findings = {one["name"]: one for one in json.loads(printed.out)}
    assert findings["python"]["state"] == "right"
    assert "python" in printed.err
    assert not console.out.stderr


def test_doctor_fails_only_where_the_main_job_cannot_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 1
    printed = capsys.readouterr()
    assert "the main job can't run: arm-none-eabi-g++, cmake, ninja, qemu-system-arm; try: " in printed.err
    (line,) = [line for line in printed.out.splitlines() if " dfu-util " in line]
    assert "not needed" in line and "sudo apt-get install dfu-util" in line


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("emojicam fl", ["flash"]),
        ("emojicam run --board m", ["mps2_an500"]),
        ("emojicam flash --board ", ["openmv_h7", "nucleo_h743zi"]),
        ("emojicam bench --board c", ["corstone300"]),
        ("emojicam usb check --board o", ["openmv_h7"]),
    ],
)
def test_a_shell_completes_commands_and_the_boards_that_can_do_it(line: str, offered: list[str]) -> None:
    import os

    environment = {
        **os.environ, "_EMOJICAM_COMPLETE": "complete_bash",
        "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "emojicam"], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == offered, done.stderr
