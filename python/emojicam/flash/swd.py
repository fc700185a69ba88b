"""Over SWD, with pyOCD: erase, write, read back, reset."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from emojicam.errors import BoardGone, EmojicamError
from emojicam.firmware.image import ERASED
from emojicam.flash.plan import Plan

#: Fraction done of what is under way, 0 to 1.
Progress = Callable[[str, float], None]

#: Bytes that are read back at once: a whole number of transfers of every probe.
_READ = 16 * 1024
#: pyOCD's own default; what a probe's cable of some length still carries.
DEFAULT_HZ = 1_000_000

#: Registers of FLASH: option status with the read-out protection level in bits 15 to 8; for each bank a bit a
#: sector, 0 where it is write-protected. (RM0433 4.9.8, 4.9.15)
_OPTSR_CUR = 0x5200_201C
_WPSN_CUR = (0x5200_2038, 0x5200_2138)
_RDP_LEVEL_0 = 0xAA

#: Opens a session for a probe's unique ID, a target's name and a clock in Hz.
OpenSession = Callable[[str, str, int], AbstractContextManager[Any]]


@contextmanager
def open_session(unique_id: str, target: str, hertz: int) -> Iterator[Any]:
    """A pyOCD session with one probe, halted at reset."""
    from pyocd.core.helpers import ConnectHelper  # type: ignore[import-untyped]

    session = ConnectHelper.session_with_chosen_probe(
        blocking=False, return_first=True, unique_id=unique_id, target_override=target, frequency=hertz,
        connect_mode="halt", no_config=True, hide_programming_progress=True,
    )  # fmt: skip
    if session is None:
        raise BoardGone(f"probe {unique_id} is gone", "connecting it again")
    with session:
        yield session


@dataclass(frozen=True)
class Swd:
    """The way over a debug probe.

    Attributes:
        unique_id: the probe's.
        session: opens a session; tests put their own here.
    """

    unique_id: str
    hertz: int = DEFAULT_HZ
    session: OpenSession = open_session

    def carry_out(self, plan: Plan, *, verify: bool, reset: bool, progress: Progress) -> None:
        """Erase and write what the plan says.

        Without a reset the core stays halted.

        Raises:
            EmojicamError: no connection, another chip, or the flash does not hold what was written.
        """
        from pyocd.core import exceptions  # type: ignore[import-untyped]

        try:
            with self.session(self.unique_id, plan.layout.pyocd_target, self.hertz) as session:
                session.target.reset_and_halt()
                refuse_protected(session.target.read32, plan)
                _write(session, plan, progress)
                if verify:
                    _verify(session, plan, progress)
                if reset:
                    session.target.reset()
                else:
                    session.options.set("resume_on_disconnect", False)
        except AssertionError as error:
            # pyOCD's target compares DBGMCU_IDC so.
            raise EmojicamError(
                f"the chip is no {plan.layout.pyocd_target}: {error}",
                "another --probe, or the board's SWD pins",
            ) from error
        except exceptions.Error as error:
            raise _explained(error) from error


def refuse_protected(read32: Callable[[int], int], plan: Plan) -> None:
    """Find out before anything is erased whether the option bytes let us write. (RM0433 4.5.3, 4.9.8, 4.9.15)

    Args:
        read32: reads a word of the chip.

    Raises:
        EmojicamError: read-out protection is on, or a sector that the plan erases is write-protected.
    """
    level = read32(_OPTSR_CUR) >> 8 & 0xFF
    if level != _RDP_LEVEL_0:
        raise EmojicamError(
            f"the chip is locked: read-out protection is on (RDP {level:#04x}), and closes its flash to a probe",
            "--via dfu after a new start, if the board has OpenMV's bootloader; or STM32CubeProgrammer "
            "-c port=SWD -ob RDP=0xAA, which erases the whole chip",
        )
    for bank, address in enumerate(_WPSN_CUR, 1):
        free = read32(address)
        locked = [one.index for one in plan.sectors if one.bank == bank and not free >> one.index % 8 & 1]
        if locked:
            raise EmojicamError(
                f"the chip is locked: sector {locked[0]} is write-protected",
                "STM32CubeProgrammer, Option bytes, Write Protection",
            )


def _explained(error: Exception) -> EmojicamError:
    """What kind of trouble pyOCD's error is: the probe's, the chip's or the wires'."""
    from pyocd.core import exceptions

    wires = "checking power and the wires SWDIO, SWCLK, GND and reset, or --hertz 200000"
    if isinstance(error, exceptions.ProbeDisconnected):
        return BoardGone(f"the probe went away: {error}", "connecting it again, and the same command")
    if isinstance(error, exceptions.ProbeError):
        return BoardGone(f"the probe failed: {error}", "closing other programs that use it, or plugging it in again")
    if isinstance(error, exceptions.FlashFailure):
        return EmojicamError(
            f"the flash did not take it: {error}", "again; if it stays so, --erase chip --force over SWD"
        )
    if isinstance(error, exceptions.TransferFaultError):
        return EmojicamError(
            f"the chip answers, and refuses access: {error}",
            "plugging the board in again; if it stays so, the chip is locked: --via dfu",
        )
    return EmojicamError(f"SWD failed: {error}", wires)


def _write(session: Any, plan: Plan, progress: Progress) -> None:
    from pyocd.flash.eraser import FlashEraser  # type: ignore[import-untyped]
    from pyocd.flash.loader import FlashLoader  # type: ignore[import-untyped]

    if plan.erase == "chip":
        progress("erase", 0)
        FlashEraser(session, FlashEraser.Mode.CHIP).erase()
        progress("erase", 1)
    # What the image leaves free of its sectors stays erased: flash then is the plan's, byte for byte.
    loader = FlashLoader(
        session, progress=lambda done: progress("write", done), chip_erase="sector",
        smart_flash=False, trust_crc=False, keep_unwritten=False,
    )  # fmt: skip
    for write in plan.writes:
        loader.add_data(write.address, list(write.data))
    loader.commit()


def _verify(session: Any, plan: Plan, progress: Progress) -> None:
    total = sum(len(write.data) for write in plan.writes)
    done = 0
    for write in plan.writes:
        for at in range(0, len(write.data), _READ):
            wanted = write.data[at : at + _READ]
            address = write.address + at
            compare(address, wanted, bytes(session.target.read_memory_block8(address, len(wanted))))
            done += len(wanted)
            progress("verify", done / total)


def compare(address: int, wanted: bytes, found: bytes) -> None:
    """Check what was read back.

    Raises:
        EmojicamError: it differs; the message names the first byte that does.
    """
    if found == wanted:
        return
    at = next((i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), len(found))
    got = f"{found[at]:#04x}" if at < len(found) else "nothing"
    erased = " (erased)" if at < len(found) and found[at] == ERASED else ""
    raise EmojicamError(
        f"flash differs at {address + at:#010x}: {wanted[at]:#04x} was written, {got}{erased} is there",
        "flashing again; if it stays so, --erase chip --force over SWD",
    )
