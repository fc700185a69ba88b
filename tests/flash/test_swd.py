"""pyOCD's loader on its own memory map of the chip, told what to do by a plan."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyocd.core import exceptions

from emojicam.errors import EmojicamError
from emojicam.firmware.elf import Segment
from emojicam.firmware.image import Image
from emojicam.flash.layout import OPENMV_H7
from emojicam.flash.plan import Plan, make_plan
from emojicam.flash.swd import Swd, compare
from flash.fake_probe import BASE, SECTOR, FakeSession
from flash.images import FIRMWARE, firmware

NOTED: list[tuple[str, float]] = []


def carry_out(
    made: Image, *, erase: str = "sectors", force: bool = False, verify: bool = True, reset: bool = True,
    session: FakeSession | None = None,
) -> tuple[FakeSession, Plan]:  # fmt: skip
    session = session or FakeSession()
    planned = make_plan(made, OPENMV_H7, erase=erase, force=force)  # type: ignore[arg-type]
    NOTED.clear()
    Swd("066BFF", session=session.open).carry_out(
        planned, verify=verify, reset=reset, progress=lambda what, done: NOTED.append((what, done))
    )
    return session, planned


@pytest.mark.parametrize(
    "made",
    [
        firmware(),
        firmware(size=3 * SECTOR + 36),
        firmware(Segment(FIRMWARE + 0x1234, b"odd"), Segment(0x0810_0000, bytes(40))),
        firmware(size=0x081C_0000 - FIRMWARE),
    ],
    ids=["small", "sectors", "gaps and banks", "full"],
)
def test_flash_holds_the_plan_and_the_rest_is_as_it_was(made: Image) -> None:
    session, planned = carry_out(made)
    expected = bytearray(FakeSession().target.memory)
    for sector in planned.sectors:
        expected[sector.address - BASE : sector.address - BASE + SECTOR] = bytes([0xFF]) * SECTOR
    for segment in made.segments:
        expected[segment.address - BASE : segment.end - BASE] = segment.data
    assert session.target.memory == expected
    assert session.target.erased == [sector.address for sector in planned.sectors]
    assert session.opened == ("066BFF", "stm32h743xx", 1_000_000)
    assert session.closed


def test_chip_erase_erases_both_banks() -> None:
    session, _ = carry_out(firmware(), erase="chip", force=True)
    assert set(session.target.memory[: FIRMWARE - BASE]) == {0xFF}
    assert set(session.target.memory[FIRMWARE - BASE + 0x400 :]) == {0xFF}
    assert session.target.memory[FIRMWARE - BASE :][:8] == firmware().segments[0].data[:8]


def test_the_core_is_halted_first_and_reset_last() -> None:
    session, _ = carry_out(firmware())
    assert session.target.log == ["halt", "reset"]


def test_without_a_reset_the_core_stays_halted() -> None:
    session, _ = carry_out(firmware(), reset=False)
    assert session.target.log == ["halt"]
    assert session.settings["resume_on_disconnect"] is False


def test_a_byte_that_does_not_take_is_named() -> None:
    session = FakeSession()
    session.target.weak = {FIRMWARE + 0x105}
    with pytest.raises(EmojicamError, match=r"differs at 0x08040105: 0x01 was written, 0xff \(erased\) is there"):
        carry_out(firmware(), session=session)
    assert session.target.log == ["halt"]  # a firmware that is not whole is not started
    assert session.closed


def test_without_verify_nothing_is_read_back() -> None:
    session = FakeSession()
    session.target.weak = {FIRMWARE + 0x105}
    carry_out(firmware(), session=session, verify=False)
    assert session.target.log == ["halt", "reset"]
    assert "verify" not in {what for what, _ in NOTED}


def test_progress_ends_at_all_done() -> None:
    carry_out(firmware(size=3 * SECTOR))
    for what in ("write", "verify"):
        done = [fraction for kind, fraction in NOTED if kind == what]
        assert done[-1] == pytest.approx(1)
        assert all(0 <= fraction <= 1.001 for fraction in done)


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (exceptions.TransferError("No ACK"), "SWD failed: No ACK", "SWDIO"),
        (exceptions.ProbeError("busy"), "the probe failed: busy", "other programs"),
        (exceptions.ProbeDisconnected("no device"), "the probe went away: no device", "connecting it again"),
        (exceptions.TransferTimeoutError("WAIT"), "SWD failed: WAIT", "SWDIO"),
        (exceptions.TransferFaultError(0x08040000), "the chip answers, and refuses access", "the chip is locked"),
        (exceptions.FlashEraseFailure("sector", address=0x08040000), "the flash did not take it", "--erase chip"),
        (
            AssertionError("IDC.DEV_ID 0x451 did not match"),
            "the chip is no stm32h743xx: IDC.DEV_ID 0x451",
            "SWD pins",
        ),
    ],
)
def test_failures_of_the_probe_are_one_line(error: Exception, message: str, hint: str) -> None:
    @contextmanager
    def failing(unique_id: str, target: str, hertz: int) -> Iterator[FakeSession]:
        raise error
        yield FakeSession()

    planned = make_plan(firmware(), OPENMV_H7)
    with pytest.raises(EmojicamError, match=message) as failed:
        Swd("066BFF", session=failing).carry_out(planned, verify=True, reset=True, progress=lambda what, done: None)
    assert hint in failed.value.hint


def test_a_sector_that_was_not_erased_is_one_line() -> None:
    session = FakeSession()
    session.target.erase = lambda address, size: None  # type: ignore[method-assign]
    with pytest.raises(EmojicamError, match="the flash did not take it: word is not erased"):
        carry_out(firmware(), session=session)


def test_compare_names_what_was_cut_off() -> None:
    compare(FIRMWARE, b"abc", b"abc")
    with pytest.raises(EmojicamError, match="0x08040002: 0x63 was written, nothing is there"):
        compare(FIRMWARE, b"abc", b"ab")


@pytest.mark.parametrize(("level", "said"), [(0x55, "RDP 0x55"), (0xCC, "RDP 0xcc"), (0x00, "RDP 0x00")])
def test_a_read_protected_chip_is_told_before_anything_is_erased(level: int, said: str) -> None:
    session = FakeSession()
    session.target.options[0x5200_201C] = 0x1BC6_00F0 | level << 8
    with pytest.raises(EmojicamError, match=f"the chip is locked: read-out protection is on .{said}") as told:
        carry_out(firmware(), session=session)
    assert "--via dfu" in told.value.hint and "RDP=0xAA" in told.value.hint and "SWDIO" not in told.value.hint
    assert session.target.erased == []


def test_a_write_protected_sector_is_named_only_if_it_is_to_be_written() -> None:
    session = FakeSession()
    session.target.options[0x5200_2038] = 0xFF & ~(1 << 2)
    with pytest.raises(EmojicamError, match="sector 2 is write-protected"):
        carry_out(firmware(), session=session)
    assert session.target.erased == []
    session.target.options |= {0x5200_2038: 0xFE, 0x5200_2138: 0x00}
    carry_out(firmware(), session=session)
    assert session.target.erased
