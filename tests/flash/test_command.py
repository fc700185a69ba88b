"""`emojicam flash` from its options to the board, with nothing attached but fakes."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyocd.core.helpers import ConnectHelper

from emojicam.cli import main
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import image
from emojicam.flash import find
from flash.conftest import OPENMV, FakeBoard
from flash.fake_probe import BASE, FakeSession
from flash.images import FIRMWARE, firmware, vectors, write_elf

BOOTLOADER = find.UsbDevice(find.OPENMV_BOOTLOADER, "1-2.4")


class Attached:
    """What looking finds; looking at all is an error unless a test attaches something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        for name in ("usb_devices", "debug_probes"):
            monkeypatch.setattr(find, name, self._refuse)

    def _refuse(self) -> Any:
        raise AssertionError("looked for a device")

    def set(self, usb: tuple[find.UsbDevice, ...] = (), probes: tuple[find.Probe, ...] = ()) -> None:
        self.monkeypatch.setattr(find, "usb_devices", lambda: list(usb))
        self.monkeypatch.setattr(find, "debug_probes", lambda: list(probes))


@pytest.fixture
def attached(monkeypatch: pytest.MonkeyPatch) -> Attached:
    return Attached(monkeypatch)


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    return write_elf(tmp_path / "app.elf", [(FIRMWARE, FIRMWARE, vectors())])


def flash(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["flash", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_dry_run_prints_the_plan_and_looks_for_nothing(
    attached: Attached, elf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert flash("--dry-run", "--elf", elf) == 0
    printed = capsys.readouterr().out
    assert "0x08040000" in printed
    assert "1,024" in printed
    assert "kept: OpenMV's bootloader (0x08000000 to 0x0801ffff)" in printed


def test_dry_run_as_json_is_one_object(attached: Attached, elf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert flash("--dry-run", "--via", "dfu", "--json", "--elf", elf) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["dry_run"] is True
    assert (plan["board"], plan["via"], plan["address"], plan["bytes"]) == (
        "openmv_h7",
        "dfu",
        FIRMWARE,
        1024,
    )
    assert plan["sectors"] == [
        {"sector": 2, "bank": 1, "address": FIRMWARE, "bytes": 0x20000, "written": 1024, "holds": "firmware"}
    ]
    assert plan["commands"] == [
        ["dfu-util", "-d", ",37c5:9204", "-a", "2", "-D", "firmware.bin"],
        ["dfu-util", "-d", ",37c5:9204", "-a", "2", "-U", "firmware-read.bin", "-R"],
    ]


def test_what_is_built_is_written_as_hex_and_bin_and_planned(
    attached: Attached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "openmv_h7"
    folder.mkdir()
    built = write_elf(folder / "emojicam.elf", [(FIRMWARE, FIRMWARE, vectors(size=0x800))])
    monkeypatch.setattr(product, "build_firmware", lambda board, settings: built if board.name == "openmv_h7" else None)
    assert flash("--dry-run", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["files"]["hex"] == str(folder / "emojicam.hex")
    assert image.read_hex(folder / "emojicam.hex").segments == image.read_elf(built).segments
    assert (folder / "emojicam.bin").read_bytes() == vectors(size=0x800)


def test_over_usb_from_options_to_flash(
    attached: Attached, board: FakeBoard, elf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attached.set(usb=(BOOTLOADER,))
    board.attach(OPENMV)
    assert flash("--elf", elf, "--json") == 0
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    assert (result["via"], result["device"], result["verified"]) == ("dfu", "1-2.4", True)
    assert board.flash[FIRMWARE - BASE :][:1024] == vectors()
    assert "written and verified; the firmware runs" in printed.err


def test_over_a_probe_from_options_to_flash(
    attached: Attached, elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = FakeSession()
    asked: dict[str, Any] = {}

    def chosen(**options: Any) -> FakeSession:
        asked.update(options)
        return session

    monkeypatch.setattr(ConnectHelper, "session_with_chosen_probe", chosen)
    attached.set(probes=(find.Probe("066BFF", "STM32 STLink"),))
    hex_file = tmp_path / "app.hex"
    hex_file.write_text(image.to_hex(firmware()))
    assert flash("--hex", hex_file, "--hertz", 4_000_000, "--no-reset") == 0
    assert session.target.memory[FIRMWARE - BASE :][:1024] == vectors()
    assert session.target.log == ["halt"]
    assert (asked["unique_id"], asked["target_override"], asked["frequency"]) == (
        "066BFF",
        "stm32h743xx",
        4_000_000,
    )
    assert asked["blocking"] is False


def test_a_probe_that_went_is_one_line(
    attached: Attached, elf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ConnectHelper, "session_with_chosen_probe", lambda **options: None)
    attached.set(probes=(find.Probe("066BFF", "STM32 STLink"),))
    assert flash("--elf", elf) == 1
    assert "probe 066BFF is gone; try:" in capsys.readouterr().err


def test_nothing_attached_is_one_line_and_status_1(
    attached: Attached, elf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attached.set()
    assert flash("--elf", elf) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("emojicam: no debug probe and no board in DFU mode is attached; try: ")
    assert printed.err.count("\n") == 1


def test_the_bootloader_is_not_overwritten_without_force(
    attached: Attached, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elf = write_elf(tmp_path / "low.elf", [(BASE, BASE, vectors(BASE))])
    assert flash("--elf", elf) == 1
    assert "would overwrite OpenMV's bootloader" in capsys.readouterr().err
    assert flash("--elf", elf, "--force", "--dry-run") == 0
    assert "OpenMV's bootloader will be lost" in capsys.readouterr().err


def test_a_nucleo_takes_its_own_image_and_not_the_camera_s(
    attached: Attached, elf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write_elf(tmp_path / "nucleo.elf", [(BASE, BASE, vectors(BASE))])
    assert flash("--board", "nucleo_h743zi", "--dry-run", "--via", "dfu", "--json", "--elf", own) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [(sector["address"], sector["holds"]) for sector in plan["sectors"]] == [(BASE, "firmware")]
    assert plan["commands"][0] == [
        "dfu-util", "-d", ",0483:df11", "-a", "0", "-s", "0x08000000", "-D", "08000000.bin",
    ]  # fmt: skip
    assert flash("--board", "nucleo_h743zi", "--dry-run", "--elf", elf) == 1
    assert "board nucleo_h743zi starts what is at 0x08000000" in capsys.readouterr().err


def test_erasing_the_chip_of_a_nucleo_names_its_one_loss(
    attached: Attached, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write_elf(tmp_path / "nucleo.elf", [(BASE, BASE, vectors(BASE))])
    assert flash("--board", "nucleo_h743zi", "--erase", "chip", "--elf", own) == 1
    assert "--erase chip erases emojicam's settings too" in capsys.readouterr().err


def test_a_nucleo_is_not_looked_for_behind_openmv_s_bootloader(
    attached: Attached, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attached.set(usb=(BOOTLOADER,))
    own = write_elf(tmp_path / "nucleo.elf", [(BASE, BASE, vectors(BASE))])
    assert flash("--board", "nucleo_h743zi", "--elf", own) == 1
    assert "no debug probe and no board in DFU mode is attached; try: attaching the board's ST-LINK" in (
        capsys.readouterr().err
    )


def test_a_board_that_cannot_be_flashed_is_one_line(
    attached: Attached, elf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert flash("--board", "corstone300", "--elf", elf) == 2
    assert capsys.readouterr().err == (
        "emojicam: Invalid value for '--board': 'corstone300' is not one of openmv_h7, nucleo_h743zi; "
        "try: emojicam flash --help\n"
    )


def test_wrong_usage_is_status_2(attached: Attached, elf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert flash("--elf", elf, "--hex", elf) == 2
    assert flash("--via", "jtag") == 2
    assert flash("--wait", "-1") == 2


def test_looking_at_this_computer_s_usb_ends_in_a_list_or_one_line() -> None:
    """Without fakes: what pyOCD and libusb say of a machine that may have no USB at all."""
    try:
        found = find.usb_devices()
    except EmojicamError as error:
        assert error.hint
    else:
        assert all(0 <= word <= 0xFFFF for device in found for word in device.ids)
    assert isinstance(find.debug_probes(), list)
