"""dfu-util's exact command lines, run on a fake one, for OpenMV's bootloader and ST's ROM."""

from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.firmware.elf import Segment
from emojicam.firmware.image import Image, make_image
from emojicam.flash.dfu import Dfu, _dfuse_sectors, commands
from emojicam.flash.dfu_util import Alternate, alternates
from emojicam.flash.find import OPENMV_BOOTLOADER, ST_ROM, Device
from emojicam.flash.layout import OPENMV_H7
from emojicam.flash.plan import make_plan
from flash.conftest import OPENMV, ROM, FakeBoard
from flash.images import FIRMWARE, firmware, vectors

BASE, SECTOR = 0x0800_0000, 0x2_0000


def carry_out(
    ids: tuple[int, int], made: Image, *, erase: str = "sectors", force: bool = False, verify: bool = True,
    reset: bool = True,
) -> list[tuple[str, float]]:  # fmt: skip
    planned = make_plan(made, OPENMV_H7, erase=erase, force=force)  # type: ignore[arg-type]
    noted: list[tuple[str, float]] = []
    Dfu(Device("dfu", "bootloader", "1-2.4", ids)).carry_out(
        planned, verify=verify, reset=reset, progress=lambda what, done: noted.append((what, done))
    )
    return noted


def lines(board: FakeBoard) -> list[str]:
    return [" ".join(call) for call in board.calls]


def expected(board: FakeBoard, made: Image) -> bytes:
    memory = bytearray(board.before)
    for segment in made.segments:
        at = segment.address - BASE
        first = at - at % SECTOR
        memory[first : -(-(at + len(segment.data)) // SECTOR) * SECTOR] = bytes([0xFF]) * (
            -(-(at + len(segment.data)) // SECTOR) * SECTOR - first
        )
    for segment in made.segments:
        memory[segment.address - BASE : segment.end - BASE] = segment.data
    return bytes(memory)


def test_openmv_s_bootloader_is_given_the_firmware_partition(board: FakeBoard) -> None:
    board.attach(OPENMV)
    made = firmware(size=SECTOR + 100)
    noted = carry_out(OPENMV_BOOTLOADER, made)
    assert lines(board) == [
        "-l -d ,37c5:9204 -p 1-2.4",
        "-d ,37c5:9204 -p 1-2.4 -a 2 -D firmware.bin",
        "-d ,37c5:9204 -p 1-2.4 -a 2 -U firmware-read.bin -R",
    ]
    assert board.flash == expected(board, made)
    assert {("erase", 0.5), ("download", 1.0), ("upload", 1.0)} <= set(noted)


def test_partitions_are_found_by_name(board: FakeBoard) -> None:
    board.attach(OPENMV | {"alts": ["BOOTLOADER", "FIRMWARE", "FILESYSTEM"]})
    carry_out(OPENMV_BOOTLOADER, firmware(), verify=False)
    assert lines(board)[1:] == ["-d ,37c5:9204 -p 1-2.4 -a 1 -D firmware.bin -R"]


def test_without_a_reset_the_board_stays_in_its_bootloader(board: FakeBoard) -> None:
    board.attach(OPENMV)
    carry_out(OPENMV_BOOTLOADER, firmware(), reset=False)
    assert all("-R" not in call for call in board.calls)


def test_st_s_rom_is_given_addresses_and_left_last(board: FakeBoard) -> None:
    board.attach(ROM)
    made = firmware(Segment(0x0810_0000, b"far"))
    carry_out(ST_ROM, made)
    assert lines(board) == [
        "-l -d ,0483:df11 -p 1-2.4",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08040000 -D 08040000.bin",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08100000 -D 08100000.bin",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08040000:1024 -U 08040000-read.bin",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08100000:32 -U 08100000-read.bin",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08040000:leave",
    ]
    assert board.flash == expected(board, made)


def test_st_s_rom_erases_the_chip_before_it_writes(board: FakeBoard) -> None:
    board.attach(ROM)
    carry_out(ST_ROM, firmware(), erase="chip", force=True, verify=False, reset=False)
    assert lines(board)[1:] == [
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08000000:mass-erase:force",
        "-d ,0483:df11 -p 1-2.4 -a 0 -s 0x08040000 -D 08040000.bin",
    ]
    assert set(board.flash[: FIRMWARE - BASE]) == {0xFF}


@pytest.mark.parametrize(("ids", "attached"), [(OPENMV_BOOTLOADER, OPENMV), (ST_ROM, ROM)])
def test_a_byte_that_does_not_take_is_found(
    board: FakeBoard, ids: tuple[int, int], attached: dict[str, object]
) -> None:
    board.attach(attached, weak=FIRMWARE + 0x21)
    with pytest.raises(EmojicamError, match="differs at 0x08040021: 0x00 was written, 0x01 is there"):
        carry_out(ids, firmware())
    assert not any("leave" in line for line in lines(board))


def test_openmv_s_bootloader_can_not_do_everything(board: FakeBoard) -> None:
    board.attach(OPENMV)
    whole = make_image("whole.bin", [Segment(BASE, vectors(BASE, size=3 * SECTOR))])
    for made, erase, message in (
        (whole, "sectors", "does not overwrite itself"),
        (firmware(), "chip", "does not erase the chip"),
        (
            make_image("late", [Segment(0x0806_0000, vectors())]),
            "sectors",
            "writes FIRMWARE from 0x08040000 on",
        ),
    ):
        with pytest.raises(EmojicamError, match=message) as refused:
            carry_out(OPENMV_BOOTLOADER, made, erase=erase, force=True)
        assert "--via swd" in refused.value.hint
    assert board.flash == board.before


def test_its_file_system_is_written_to_its_own_partition(board: FakeBoard) -> None:
    board.attach(OPENMV)
    made = make_image("both", [Segment(0x0802_0000, vectors(0x0802_0000, size=SECTOR)), *firmware().segments])
    carry_out(OPENMV_BOOTLOADER, made, force=True)
    assert lines(board)[1:] == [
        "-d ,37c5:9204 -p 1-2.4 -a 1 -D filesystem.bin",
        "-d ,37c5:9204 -p 1-2.4 -a 1 -U filesystem-read.bin",
        "-d ,37c5:9204 -p 1-2.4 -a 2 -D firmware.bin",
        "-d ,37c5:9204 -p 1-2.4 -a 2 -U firmware-read.bin -R",
    ]
    assert board.flash == expected(board, made)


def test_a_bootloader_without_the_partition_is_refused() -> None:
    planned = make_plan(firmware(), OPENMV_H7)
    with pytest.raises(EmojicamError, match="no partition FIRMWARE, only BOOTLOADER"):
        commands(planned, OPENMV_BOOTLOADER, "", [Alternate(0, "BOOTLOADER")], verify=True, reset=True)


@pytest.mark.parametrize(
    "name",
    [
        "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg",  # STM32F4
        "@Internal Flash   /0x08000000/8*128Kg",  # STM32H743xG
        "@Option Bytes  /0x5200201C/01*128 e",
        "@Internal Flash  /0x08000000",
    ],
)
def test_another_chip_in_its_rom_is_refused(board: FakeBoard, name: str) -> None:
    board.attach(ROM | {"alts": [name]})
    with pytest.raises(EmojicamError, match="not that of board openmv_h7"):
        carry_out(ST_ROM, firmware())
    assert board.flash == board.before


def test_dfuse_names_list_sectors() -> None:
    assert _dfuse_sectors("@Internal Flash  /0x08000000/02*016Kg,01*064Kg") == {
        0x0800_0000: 0x4000, 0x0800_4000: 0x4000, 0x0800_8000: 0x1_0000}  # fmt: skip
    assert _dfuse_sectors("FIRMWARE") is None


@pytest.mark.parametrize(
    ("kind", "status", "printed", "hint"),
    [
        (
            "download",
            74,
            "dfu-util: Cannot open DFU device 37c5:9204 found on devnum 9 (LIBUSB_ERROR_ACCESS)",
            "udev rule",
        ),
        ("upload", 74, "dfu-util: Lost device after RESET?", "--wait 30"),
        (
            "download",
            74,
            'dfu-util: Error during special command "ERASE_PAGE" get_status',
            "OpenMV's bootloader",
        ),
        ("download", 70, "dfu-util: something new", "--verbose"),
        ("download", 70, "", "--verbose"),
    ],
)
def test_failures_of_dfu_util_say_what_to_try(
    board: FakeBoard, kind: str, status: int, printed: str, hint: str
) -> None:
    board.attach(OPENMV, fails={kind: [status, printed]})
    with pytest.raises(EmojicamError, match=f"exit status {status}") as failed:
        carry_out(OPENMV_BOOTLOADER, firmware())
    assert hint in failed.value.hint
    assert printed.removeprefix("dfu-util: ") in failed.value.message
    assert "\n" not in str(failed.value)


def test_leaving_must_have_been_asked_for(board: FakeBoard) -> None:
    board.attach(ROM, fails={"leave": [74, "dfu-util: Cannot claim interface"]})
    with pytest.raises(EmojicamError, match="Cannot claim interface"):
        carry_out(ST_ROM, firmware())


def test_a_device_that_went_is_reported(board: FakeBoard) -> None:
    board.attach(OPENMV | {"path": "3-1"})
    with pytest.raises(EmojicamError, match="No DFU capable") as failed:
        alternates(OPENMV_BOOTLOADER, "1-2.4")
    assert "--wait 30" in failed.value.hint


def test_a_device_that_may_not_be_opened_is_reported(board: FakeBoard) -> None:
    board.attach(OPENMV, fails={"list": [0, "dfu-util: Cannot open DFU device 37c5:9204 found on devnum 9"]})
    with pytest.raises(EmojicamError, match="Cannot open DFU device") as failed:
        alternates(OPENMV_BOOTLOADER, "1-2.4")
    assert "udev rule" in failed.value.hint


def test_no_dfu_util_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmojicamError, match="dfu-util is not installed") as failed:
        alternates(OPENMV_BOOTLOADER, "1-2.4")
    assert "apt-get install dfu-util" in failed.value.hint
