"""Devices of the virtual board, each through code that drives it as a driver does."""

from pathlib import Path

import numpy as np
import pytest

from emojicam.virtual_h7 import BoardError, ClockOff, PowerCutError, UnknownRegister, VirtualBoard
from virtual_board.support import RESULTS, compile_fixture, results, run_fixture

pytestmark = pytest.mark.virtual_board

SECTOR = 0x081E_0000


def test_flash_sector_is_erased_and_programmed(tmp_path: Path) -> None:
    board = VirtualBoard()
    board.load(SECTOR, bytes(100))
    board.soc.flash.erase_seconds = 0.0002
    run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=1"]))
    assert results(board, 6) == [1 << 16, 1 << 16, 0, 0xFFFF_FFFF, 0xFFFF_FFFF, 1]
    expected = b"".join((0x1111_1111 * n).to_bytes(4, "little") for n in range(16))
    assert board.read(SECTOR, 64) == expected
    assert board.read(SECTOR + 64, 1024) == b"\xff" * 1024


@pytest.mark.parametrize("operation", [1, 2, 3])
def test_power_cut_in_a_flash_operation_leaves_that_operation_torn(tmp_path: Path, operation: int) -> None:
    board = VirtualBoard()
    board.load(SECTOR, bytes(128 << 10))
    board.soc.flash.erase_seconds = 0.0002
    board.load_hex(compile_fixture("devices", tmp_path, flags=["-DMODE=1"]))
    board.power_on()
    board.soc.flash.cut_power_at(operation, seed=3)
    with pytest.raises(PowerCutError):
        board.run_for(0.1)
    assert not board.powered
    torn = board.read(SECTOR, 128 << 10)
    if operation == 1:
        assert 0 < torn.count(0xFF) < len(torn)
    else:
        words = [torn[n : n + 32] for n in (0, 32)]
        complete = [b"".join((0x1111_1111 * n).to_bytes(4, "little") for n in r) for r in (range(8), range(8, 16))]
        assert words[: operation - 2] == complete[: operation - 2]
        assert words[operation - 2] not in (complete[operation - 2], b"\xff" * 32)
        assert torn[32 * (operation - 1) :] == b"\xff" * (len(torn) - 32 * (operation - 1))
    # The supply comes back, and the program runs to its end from the start.
    board.power_on()
    board.write(RESULTS, bytes(4 * 65))
    assert board.run_until(lambda: board.read_word(RESULTS + 256) == 1, 0.1)
    assert results(board, 4)[2:] == [0, 0xFFFF_FFFF]


def test_sensor_answers_on_i2c_and_nobody_else_does(tmp_path: Path) -> None:
    board = VirtualBoard(camera="ov7725")
    run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=2"]))
    r = results(board, 6)
    assert r[0] & 2 and r[1] & 0x40 and r[2] & 4 and r[4] & 0x20
    assert r[3] == 0x77  # product ID
    assert r[5] & 0x10  # NACK


def test_absent_sensor_does_not_acknowledge(tmp_path: Path) -> None:
    board = VirtualBoard(camera="ov7725")
    assert board.camera is not None
    board.camera.absent = True
    run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=2"]))
    assert results(board, 1)[0] & 0x10


def test_watchdog_and_software_reset_say_so_and_memory_survives(tmp_path: Path) -> None:
    board = VirtualBoard()
    run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=3"]))
    assert board.soc.resets == ["power", "watchdog", "software"]
    cause, boots = results(board, 2)
    assert boots == 3
    assert cause & (1 << 24) and not cause & (1 << 26)  # SFTRSTF: the watchdog's flag was cleared before
    assert 0.09 < board.seconds < 0.2


def test_peripheral_without_clock_is_an_error(tmp_path: Path) -> None:
    board = VirtualBoard()
    with pytest.raises(ClockOff, match=r"I2C1 .* clock is off.*RCC_APB1LENR"):
        run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=4"]))


def test_unknown_register_is_an_error_with_address_and_pc(tmp_path: Path) -> None:
    board = VirtualBoard()
    with pytest.raises(UnknownRegister, match=r"0x580247f0.*PC 0x0804"):
        run_fixture(board, compile_fixture("devices", tmp_path, flags=["-DMODE=5"]))


def scene() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (48, 64), dtype=np.uint8)


@pytest.mark.parametrize(("camera", "number"), [("ov7725", 7725), ("mt9m114", 114)])
@pytest.mark.parametrize("mirror", [0, 1])
def test_frames_reach_memory_pixel_by_pixel(tmp_path: Path, camera: str, number: int, mirror: int) -> None:
    board = VirtualBoard(camera=camera)
    image = scene()
    board.show(image)
    fixture = compile_fixture("capture", tmp_path, flags=[f"-DSENSOR={number}", f"-DMIRROR={mirror}"])
    run_fixture(board, fixture)
    r = results(board, 13)
    assert r[0] == 4
    assert r[1] != r[2] and r[1:3] == r[3:5]  # the buffers take turns
    expected = image[:, ::-1] if mirror else image
    for address in (0x2400_0000, 0x2400_0000 + image.size):
        assert board.read(address, image.size) == expected.tobytes()
    assert r[12] & 1 and not r[12] & 2  # frames, no overrun


def test_injected_faults_show_in_the_status_registers(tmp_path: Path) -> None:
    board = VirtualBoard(camera="ov7725")
    fixture = compile_fixture("capture", tmp_path, flags=["-DSENSOR=7725", "-DMIRROR=0"])
    board.load_hex(fixture)
    board.power_on()
    board.write(RESULTS, bytes(4 * 65))
    assert board.run_until(lambda: results(board, 1)[0] >= 1, 0.5)
    board.soc.dcmi.overrun_next = True
    assert board.run_until(lambda: results(board, 13)[12] & 2 != 0, 0.1)
    board.soc.dma2.fail_next = True
    assert board.run_until(lambda: board.soc.dma2.values["LISR"] & (1 << 9) != 0, 0.2)


def test_dma_does_not_reach_dtcm(tmp_path: Path) -> None:
    board = VirtualBoard(camera="ov7725")
    fixture = compile_fixture("capture", tmp_path, flags=["-DSENSOR=7725", "-DMIRROR=0"])
    board.load_hex(fixture)
    board.power_on()
    board.soc.dma2.values["S1M0AR"] = 0
    board.write(RESULTS, bytes(4 * 65))
    assert board.run_until(lambda: board.soc.dma2.values["S1CR"] & 1 == 1, 0.1)
    board.soc.dma2.values["S1M0AR"] = 0x2000_0000
    assert board.run_until(lambda: board.soc.dma2.values["LISR"] & (1 << 9) != 0, 0.2)


def test_an_image_outside_flash_is_refused() -> None:
    with pytest.raises(Exception, match="do not lie in flash"):
        VirtualBoard().load(0x2000_0000, b"abcd")


def test_a_board_without_image_does_not_start() -> None:
    with pytest.raises(BoardError, match="reset vector 0xffffffff"):
        VirtualBoard().power_on()
