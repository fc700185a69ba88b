"""The chip of every revision, its clocks and its errata, against a third source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.link import Decoder, encode
from emojicam.virtual_h7 import BoardError, VirtualBoard
from silicon.conftest import Boot
from silicon.table import rows, table

pytestmark = pytest.mark.virtual_board

REVISIONS = [row["letter"] for row in table("chip", "revision")]


def usb_is_clocked(board: VirtualBoard) -> bool:
    (usb,) = table("chip", "usb")
    rcc = board.soc.rcc
    return rcc.values["D2CCIP2R"] >> 20 & 3 == usb["select"] and rcc.usb_hz() == usb["hz"]


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("bootloader", [False, True], ids=["from-reset", "from-bootloader"])
def test_each_revision_runs_as_fast_as_it_may(boot: Boot, revision: str, bootloader: bool) -> None:
    (row,) = rows("chip", "revision", letter=revision)
    m = boot(revision=revision, bootloader=bootloader)
    soc = m.board.soc
    assert soc.dbgmcu.read_IDC() >> 16 == row["rev_id"]
    assert soc.rcc.core_frequency() == row["core_hz"]
    assert soc.pwr.scale == (4 if row["core_hz"] > 400e6 else 3)
    (vco,) = [v for v in table("chip", "vco") if revision in v["revisions"]]
    assert soc.rcc.vco(1) <= vco["most"] and soc.rcc.vco(3) <= vco["most"]
    (flash,) = rows("chip", "flash", axi_hz=row["core_hz"] // 2)
    assert soc.flash.values["ACR"] & 0xF == flash["wait_states"]
    assert usb_is_clocked(m.board) or not soc.rcc.values["CR"] >> 28 & 1
    # Nothing of what the bootloader left: PLL2, CSI and HSI48 are off.
    assert not soc.rcc.values["CR"] & (1 << 26 | 1 << 7 | 1 << 12)
    assert usb_is_clocked(m.board)
    # Its time is time, whatever it runs at.
    before = m.nanoseconds, m.board.clock.now
    m.board.run_for(0.25)
    m.refresh()
    assert abs((m.nanoseconds - before[0]) / 1e9 - (m.board.clock.now - before[1]) / 480e6) < 0.0011


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("sensor", ["ov7725", "mt9m114"])
def test_each_revision_takes_pictures(boot: Boot, revision: str, sensor: str) -> None:
    m = boot(sensor, revision=revision)
    assert m.call("camera_start") == ""
    m.board.run_for(0.1)
    assert m.counters["overruns"] == 0
    m.call("camera_take")
    assert m.frame_number > 0
    # A clock that the timer does not have comes out slower, never faster.
    (bus,) = rows("sensors", "bus", sensor=sensor)
    assert m.board.camera is not None
    assert 0.9 * bus["clock_hz"] < m.board.camera.clock_hz <= bus["clock_hz"]


def told(board: VirtualBoard, image: Path) -> list[str]:
    board.load_hex(image)
    board.usb.enumerate()
    board.usb.cdc_open()
    board.usb.cdc_write(encode("HelloRequest"))
    board.run_for(0.2)
    return [m.line for m in Decoder().feed(board.usb.cdc_read()) if m.name == "Log"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_erratum_of_the_revision_is_named_at_start(photometer: Path, revision: str) -> None:
    board = VirtualBoard(revision=revision)
    lines = told(board, photometer)
    (chip,) = rows("chip", "revision", letter=revision)
    name = "Y or W" if revision in "YW" else revision
    assert f"chip: STM32H743 revision {name}, {chip['core_hz'] // 1000000} MHz" in lines
    named = {match[1] for line in lines if (match := re.match(r"erratum (ES0392 [\d.]+): ", line))}
    assert named == {row["number"] for row in table("chip", "erratum") if revision in row["revisions"]}


@pytest.mark.parametrize("revision", REVISIONS)
def test_axi_sram_is_read_one_by_one_where_that_is_needed(boot: Boot, revision: str) -> None:
    (erratum,) = rows("chip", "erratum", number="ES0392 2.2.10")
    m = boot(revision=revision)
    axi = m.board.soc.axi
    assert erratum["register"] == axi.BASE + 0x8108
    assert axi.values["TARG7_FN_MOD"] & 3 == (erratum["value"] if revision in erratum["revisions"] else 0)


def test_a_board_that_forgets_it_is_refused(boot: Boot) -> None:
    m = boot(revision="Y")
    m.board.soc.axi.values["TARG7_FN_MOD"] = 0
    with pytest.raises(BoardError, match=r"AXI SRAM.*before revision V"):
        m.call("camera_start", seconds=1)
        m.board.run_for(0.1)


def test_480_mhz_and_overdrive_are_refused_on_early_revisions() -> None:
    soc = VirtualBoard(revision="X").soc
    with pytest.raises(BoardError, match="no VOS0"):
        soc.syscfg.write_PWRCR(1)
    soc.rcc.values.update(PLLCKSELR=3 << 4 | 2, PLL1DIVR=1 << 9 | 239, CR=1 << 24 | 1 << 16)
    with pytest.raises(BoardError, match="960 MHz; this revision allows 836"):
        soc.rcc.write_CR(0)


def test_the_source_of_plls_is_not_changed_while_one_runs() -> None:
    soc = VirtualBoard(bootloader=True).soc
    soc.rcc.bootloader_state()
    with pytest.raises(BoardError, match="PLLSRC is changed while a PLL is on"):
        soc.rcc.write(0x28, 4, 0x0202_0200)


@pytest.mark.parametrize("revision", REVISIONS)
def test_crs_listens_to_the_frames_of_the_core_that_it_is_told(revision: str) -> None:
    soc = VirtualBoard(revision=revision).soc
    (wanted,) = [row["select"] for row in table("chip", "crs") if revision in row["revisions"]]
    for source in range(4):
        soc.crs.values.update(CR=1 << 5, CFGR=source << 28, ISR=0)
        soc.crs.start_of_frame()
        assert soc.crs.values["ISR"] & 1 == (source == wanted)


def test_a_bus_error_that_is_none_does_not_end_a_transfer(boot: Boot) -> None:
    m = boot("mt9m114")
    i2c = m.board.soc.i2c1
    i2c.bus_errors = 40
    assert m.call("camera_start") == ""
    assert i2c.bus_errors == 0
    assert m.counters["restarts"] == 0


def test_a_crystal_that_swings_at_the_second_start_is_enough(boot: Boot) -> None:
    # betaflight/betaflight src/main/startup/system_stm32h7xx.c: HSERDY that stays away, until the chip is reset.
    image = boot(None).board
    board = VirtualBoard(None)
    board.write(0x08040000, image.read(0x08040000, 0x10000))
    board.soc.rcc.hse_broken = True
    board.power_on()
    assert board.run_until(lambda: board.soc.resets == ["power", "software"], 2.0)
    board.soc.rcc.hse_broken = False
    assert board.run_until(lambda: board.soc.rcc.core_frequency() == 480e6, 0.2)


def test_settings_are_device_memory_without_execution(boot: Boot) -> None:
    m = boot()
    mpu = m.board.core.mpu
    (device,) = table("chip", "memory_type")
    for address in (0x081C_0000, 0x081F_FFFF):
        region = next(r for r in reversed(mpu.regions) if r.covers(address))
        assert region.attributes & device["mask"] == device["value"]
        assert mpu.rights(address) == (True, True, False)
    # The code before them is not.
    assert not any(r.covers(0x081B_FFFF) and r.size < 1 << 32 for r in mpu.regions)


def test_what_is_kept_over_a_reset_lies_below_the_bootloader_s_word(boot: Boot) -> None:
    (word,) = table("chip", "bootloader")
    script = (paths.project_root() / "firmware/src/board/stm32h743/stm32h743.ld").read_text()
    match = re.search(r"KEPT \(rwx\)\s*: ORIGIN = (0x\w+), LENGTH = (\d+)\n", script)
    assert match and int(match[1], 16) + int(match[2]) <= word["word"]
    m = boot(bootloader=True)
    m.post("reset")
    resets = len(m.board.soc.resets)
    assert m.board.run_until(lambda: len(m.board.soc.resets) > resets, 0.5)
    m.wait_started()
    assert (m.cause, m.starts) == (2, 2)  # software, and counted
    assert m.board.read_word(word["word"]) == word["value"]


def test_code_ends_before_the_bank_that_settings_are_erased_in(product: Path) -> None:
    from intelhex import IntelHex

    assert max(end for _, end in IntelHex(str(product)).segments()) <= 0x0810_0000
