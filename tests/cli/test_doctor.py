"""What the doctor looks at: versions, the desktop that a camera would type into, devices."""

import os
from pathlib import Path

import pytest

from emojicam import config, doctor, versions
from emojicam.doctor import building, desktop, devices
from emojicam.doctor.finding import Finding, State
from emojicam.keyboard import Host, Layout


def _tool(folder: Path, name: str, says: str, stream: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}' {stream}\n")
    path.chmod(0o755)
    return path


def _one(findings: "list[Finding]", name: str) -> Finding:
    (found,) = [one for one in findings if one.name == name]
    return found


@pytest.mark.parametrize(
    ("says", "stream", "version"),
    [
        ("cmake version 3.25.1", "", (3, 25, 1)),
        ("arm-none-eabi-g++ (15:12.2.rel1-1) 12.2.1 20221205", "", (12, 2, 1)),
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", "", (7, 2, 22)),
        ("1.11.1", "", (1, 11, 1)),
        ("tool 2.0", ">&2", (2, 0)),
        ("no number", "", ()),
    ],
)
def test_a_tools_version_is_the_one_that_it_says(
    says: str, stream: str, version: tuple[int, ...], tmp_path: Path
) -> None:
    assert building.version_of(_tool(tmp_path, "tool", says, stream)) == version


def test_a_tool_that_cannot_be_run_has_no_version(tmp_path: Path) -> None:
    assert building.version_of(tmp_path / "absent") == ()


def test_a_compiler_that_is_too_old_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tool(tmp_path, "cmake", "cmake version 3.20.6")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = _one(list(building.compilers()), "cmake")
    assert found.state is State.WRONG and found.stops_the_job
    assert found.hint == "version 3.21 or newer"


def test_versions_are_those_of_all_that_goes_into_a_firmware() -> None:
    said = dict(versions.lines())
    assert list(said)[:4] == ["emojicam", "python", "model", "link"]
    assert {"tflite-micro", "cmsis-nn", "cmsis-core", "tinyusb"} <= set(said)
    assert "SHA-256" in said["model"]


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ('XKBMODEL="pc105"\nXKBLAYOUT="de"\nXKBVARIANT=""\n', ("de", "")),
        ('XKBLAYOUT="us,ru"\nXKBVARIANT="dvorak,"\n', ("us", "dvorak")),
        ("XKBLAYOUT=fr\n", ("fr", "")),
        ("", ("", "")),
    ],
)
def test_the_layout_is_the_one_that_the_computer_is_set_to(
    text: str, layout: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(desktop, "_KEYBOARD", tmp_path / "keyboard")
    (tmp_path / "keyboard").write_text(text)
    assert desktop.system_layout() == layout


def test_the_layout_of_the_desktop_comes_before_that_of_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tool(tmp_path, "setxkbmap", "rules: evdev\nmodel: pc105\nlayout:     gb\noptions: caps:none")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    assert desktop.system_layout() == ("gb", "")


def _desktop(monkeypatch: pytest.MonkeyPatch, set_to: tuple[str, str], **keyboard: object) -> list[Finding]:
    settings = config.load()
    changed = settings.model_copy(update={"keyboard": settings.keyboard.model_copy(update=keyboard)})
    monkeypatch.setattr(desktop.config, "load", lambda: changed)
    monkeypatch.setattr(desktop, "system_layout", lambda: set_to)
    monkeypatch.setattr("sys.platform", "linux")
    return list(desktop.desktop())


def test_a_layout_that_is_not_the_computers_is_wrong_and_names_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _one(_desktop(monkeypatch, ("de", ""), layout=Layout.US), "keyboard layout")
    assert found.state is State.WRONG and not found.stops_the_job
    assert 'layout = "de"' in found.hint


@pytest.mark.parametrize(
    ("layout", "set_to", "state"),
    [
        (Layout.UK, ("gb", ""), State.RIGHT),
        (Layout.DVORAK, ("us", "dvorak"), State.RIGHT),
        (Layout.US, ("us", "dvorak"), State.WRONG),
        (Layout.US, ("pl", ""), State.NOT_NEEDED),
        (Layout.US, ("", ""), State.NOT_NEEDED),
    ],
)
def test_a_layout_is_held_against_the_computers(
    layout: Layout, set_to: tuple[str, str], state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _one(_desktop(monkeypatch, set_to, layout=layout), "keyboard layout").state is state


def test_another_systems_host_is_said_and_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _one(_desktop(monkeypatch, ("us", ""), host=Host.MACOS), "keyboard host")
    assert found.state is State.NOT_NEEDED and 'host = "linux"' in found.hint


@pytest.mark.parametrize(
    ("runs", "state", "says"),
    [(True, State.RIGHT, "runs"), (False, State.NOT_NEEDED, "GTK's applications take emoji without it")],
)
def test_ibus_is_looked_for_where_there_is_a_desktop(
    runs: bool, state: State, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(desktop, "running", lambda name: runs and name == "ibus-daemon")
    found = _one(_desktop(monkeypatch, ("us", "")), "IBus")
    assert found.state is state and says in found.found
    assert bool(found.hint) is not runs


def test_a_process_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "comm").write_text("ibus-daemon\n")
    monkeypatch.setattr(desktop, "_PROCESSES", tmp_path)
    assert desktop.running("ibus-daemon")
    assert not desktop.running("ibus")


def test_a_camera_that_may_not_be_opened_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = tmp_path / "ttyACM0"
    port.touch()
    monkeypatch.setattr(devices, "find_ports", lambda: [port])
    monkeypatch.setattr(devices.os, "access", lambda path, mode: False)
    (found,) = devices.serial()
    assert found.state is State.WRONG and "usermod -aG dialout" in found.hint


def test_a_docker_that_may_not_be_used_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _tool(tmp_path, "docker", "Docker version 27.0.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(building, "_DOCKER_SOCKET", tmp_path / "socket")
    (tmp_path / "socket").touch()
    monkeypatch.setattr(building.os, "access", lambda path, mode: False)
    (found,) = building.containers()
    assert found.state is State.NOT_NEEDED and "podman" in found.hint


def test_every_finding_has_what_to_do_unless_it_is_right() -> None:
    findings = list(doctor.examine())
    assert len(findings) > 25
    for one in findings:
        assert one.state is not State.WRONG or one.hint
        assert one.state is not State.RIGHT or not one.hint
    assert len({one.name for one in findings}) == len(findings)


def test_typing_into_this_computer_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(devices.uinput, "DEVICE", tmp_path / "uinput")
    (found,) = devices.typing_here()
    assert found.state is State.NOT_NEEDED and "is not there" in found.found and found.hint == "sudo modprobe uinput"
    (tmp_path / "uinput").touch()
    (found,) = devices.typing_here()
    assert found.state is State.RIGHT
