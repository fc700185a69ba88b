"""Over SWD, with pyOCD: erase, write, read back, reset."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from emojicam.errors import EmojicamError
from emojicam.flash.image import ERASED
from emojicam.flash.plan import Plan

#: Fraction done of what is under way, 0 to 1.
Progress = Callable[[str, float], None]

#: Bytes that are read back at once: a whole number of transfers of every probe.
_READ = 16 * 1024
#: pyOCD's own default; what a probe's cable of some length still carries.
DEFAULT_HZ = 1_000_000

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
        raise EmojicamError(f"probe {unique_id} is gone", "connecting it again")
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
                "another --device, or the board's SWD pins",
            ) from error
        except exceptions.Error as error:
            raise EmojicamError(
                f"SWD failed: {error}",
                "checking power and the wires SWDIO, SWCLK, GND and reset, or --hertz 200000",
            ) from error


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
