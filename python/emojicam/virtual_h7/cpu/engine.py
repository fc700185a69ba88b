"""Instructions: unicorn's Cortex-M7, with a count of what was retired and a way to stop early.

Unicorn executes; it neither delivers exceptions nor tells how many instructions it executed when it
stops early. Its engine structure holds that count beside the limit that was asked for. Both are found
by running a few known instructions, so a unicorn that lays out its structure differently is refused
rather than misread. Writing the limit from within a callback ends the slice behind the instruction that
made the access, which ``emu_stop`` does not: that repeats the access.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import unicorn
from unicorn import arm_const as arm

from emojicam.errors import EmojicamError
from emojicam.virtual_h7.memory import MEMORIES

#: Its bindings have no types.
uc: Any = unicorn

#: Where no code can be: the `until` of emu_start.
_NOWHERE = 0xEFFF_FFF0
_PAGE = 1024
_NOP = b"\x00\xbf"
_PROBE = 0x0800_0000
_PROBE_LIMIT = 54_321
_PROBE_RUN = 321

Reader = Callable[[int, int], int]
Writer = Callable[[int, int, int], None]


class Fault:
    """How an instruction went wrong.

    Args:
        kind: "read", "write", "fetch", "undefined" or "interrupt" (unicorn's name for exceptions).
        reason: "unmapped" or "protected" for memory, unicorn's number for "interrupt".
        address: the data or instruction address.
        size: bytes, and value: what a write would have written.
    """

    __slots__ = ("address", "kind", "number", "reason", "size", "value")

    def __init__(
        self, kind: str, reason: str = "", address: int = 0, size: int = 0, value: int = 0, number: int = 0
    ) -> None:
        self.kind, self.reason, self.address = kind, reason, address
        self.size, self.value, self.number = size, value, number


_ACCESS = {
    uc.UC_MEM_READ_UNMAPPED: ("read", "unmapped"),
    uc.UC_MEM_WRITE_UNMAPPED: ("write", "unmapped"),
    uc.UC_MEM_FETCH_UNMAPPED: ("fetch", "unmapped"),
    uc.UC_MEM_READ_PROT: ("read", "protected"),
    uc.UC_MEM_WRITE_PROT: ("write", "protected"),
    uc.UC_MEM_FETCH_PROT: ("fetch", "protected"),
}


def _may_unmask(code: bytes) -> bool:
    """CPS (0xB66x, 0xB67x) or MSR to a special register (0xF38x 0x88xx)."""
    first = int.from_bytes(code[:2], "little")
    return first & 0xFFE0 == 0xB660 or (len(code) == 4 and first & 0xFFE0 == 0xF380 and code[3] & 0xD0 == 0x80)


class Engine:
    """Memory, registers, and slices of instructions."""

    def __init__(self) -> None:
        self.uc: Any = uc.Uc(uc.UC_ARCH_ARM, uc.UC_MODE_THUMB)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        self.uc.ctl_set_page_size(_PAGE)
        for memory in MEMORIES:
            self.uc.mem_map(memory.base, memory.size)
        self._fault: Fault | None = None
        self._failure: BaseException | None = None
        self._unmasks: dict[int, bool] = {}
        self._faults_off = False
        self._cell = ctypes.c_uint64()
        self._cell_address = ctypes.byref(self._cell)
        self.uc.hook_add(uc.UC_HOOK_INTR, self._on_interrupt)
        self.uc.hook_add(uc.UC_HOOK_MEM_INVALID, self._on_invalid)
        self._find_counters()

    def _find_counters(self) -> None:
        handle = self.uc._uch
        base = int(handle.value if hasattr(handle, "value") else handle)
        self.uc.mem_write(_PROBE, _NOP * _PROBE_RUN)
        self.uc.emu_start(_PROBE | 1, _PROBE + 2 * _PROBE_RUN, count=_PROBE_LIMIT)
        words = (ctypes.c_uint64 * 512).from_address(base)
        places = [n for n in range(1, 512) if words[n] == _PROBE_LIMIT and words[n - 1] in (_PROBE_RUN, _PROBE_RUN + 1)]
        self.uc.mem_write(_PROBE, b"\xff" * 2 * _PROBE_RUN)
        if len(places) != 1:
            raise EmojicamError(
                f"cannot find the instruction counter of unicorn {uc.__version__}",
                f"{sys.executable} -m pip install unicorn==2.1.4",
            )
        self._counter = ctypes.c_uint64.from_address(base + 8 * (places[0] - 1))
        self._limit = ctypes.c_uint64.from_address(base + 8 * places[0])

    def map_io(self, base: int, size: int, read: Reader, write: Writer) -> None:
        """Have accesses to [base, base + size) answered by ``read(address, size)`` and
        ``write(address, size, value)``. An exception in them ends the slice and comes out of :meth:`run`."""

        def on_read(_: Any, offset: int, length: int, __: Any) -> int:
            try:
                return read(base + offset, length)
            except BaseException as failure:
                self._fail(failure)
                return 0

        def on_write(_: Any, offset: int, length: int, value: int, __: Any) -> None:
            try:
                write(base + offset, length, value & ((1 << 8 * length) - 1))
            except BaseException as failure:
                self._fail(failure)

        self.uc.mmio_map(base, size, on_read, None, on_write, None)

    def _fail(self, failure: BaseException) -> None:
        self._failure = self._failure or failure
        self.limit_to(0)

    def _on_interrupt(self, _: Any, number: int, __: Any) -> None:
        self._fault = Fault("interrupt", number=number, address=self.pc)
        self.uc.emu_stop()

    def _on_invalid(self, _: Any, access: int, address: int, size: int, value: int, __: Any) -> bool:
        kind, reason = _ACCESS[access]
        self._fault = Fault(kind, reason, address, size, value & ((1 << 8 * size) - 1))
        return False

    @property
    def elapsed(self) -> int:
        """Instructions of the running slice so far, without the one that is executing."""
        return max(0, self._counter.value - 1)

    def limit_to(self, instructions: int) -> None:
        """Let the running slice end after this many instructions, or behind the current one."""
        self._limit.value = min(self._limit.value, max(self._counter.value, instructions))

    def _on_code(self, _: Any, address: int, size: int, __: Any) -> None:
        """Only while an exception is masked: ends the slice behind what may unmask it."""
        code = self._unmasks.get(address)
        if code is None:
            code = self._unmasks[address] = _may_unmask(bytes(self.uc.mem_read(address, size)))
        if code:
            self.limit_to(self._counter.value)

    def run(self, count: int, *, until_unmask: bool = False) -> tuple[int, Fault | None, bool]:
        """Execute up to ``count`` instructions from the PC on.

        Args:
            until_unmask: end behind the first CPS or MSR instruction.

        Returns:
            (instructions retired, what stopped it or None, True if it stopped on its own: WFI)
        """
        self._fault = None
        self._failure = None
        watch = None
        if until_unmask:
            self._unmasks.clear()
            watch = self.uc.hook_add(uc.UC_HOOK_CODE, self._on_code)
        try:
            self.uc.emu_start(self.pc | 1, _NOWHERE, count=count)
        except uc.UcError as error:
            if self._fault is None:
                self._fault = Fault("undefined", str(error), self.pc)
        if watch is not None:
            self.uc.hook_del(watch)
        if self._failure is not None:
            raise self._failure
        counted, limit = self._counter.value, self._limit.value
        if self._fault is not None:
            # The instruction that faulted did not retire; SVC did.
            return max(0, counted - 1), self._fault, False
        return min(counted, limit), None, counted <= limit and counted < count

    def step(self) -> None:
        """Execute one instruction, which must not fault."""
        self.uc.emu_start(self.pc | 1, _NOWHERE, count=1)

    def without_faults(self, action: Callable[[], None]) -> None:
        """Do something with :meth:`fault_accesses` out of force."""
        self._faults_off = True
        action()
        self._faults_off = False

    # Registers.

    @property
    def pc(self) -> int:
        return self.get(arm.UC_ARM_REG_PC)

    @pc.setter
    def pc(self, value: int) -> None:
        self.set(arm.UC_ARM_REG_PC, value | 1)

    def get(self, register: int) -> int:
        """A register of up to 64 bits. (Unicorn's reg_read finds out its type first: most of its time.)"""
        self._cell.value = 0
        if status := self.uc._do_reg_read(register, self._cell_address):
            raise uc.UcError(status)
        return self._cell.value

    def set(self, register: int, value: int) -> None:
        self._cell.value = value
        if status := self.uc._do_reg_write(register, self._cell_address):
            raise uc.UcError(status)

    def set_psr(self, value: int) -> None:
        """The whole xPSR: flags with GE, IT state and exception number (unicorn's XPSR leaves GE out)."""
        self.set(arm.UC_ARM_REG_XPSR_NZCVQG, value)

    # Memory, as a bus master other than the CPU sees it (no protection).

    def load(self, address: int, size: int) -> bytes:
        return bytes(self.uc.mem_read(address, size))

    def store(self, address: int, data: bytes) -> None:
        self.uc.mem_write(address, data)

    def load_word(self, address: int) -> int:
        return int.from_bytes(self.uc.mem_read(address, 4), "little")

    def protect(self, address: int, size: int, *, read: bool, write: bool, execute: bool) -> None:
        """Set what instructions may do with whole pages of 1 KiB."""
        rights = (uc.UC_PROT_READ if read else 0) | (uc.UC_PROT_WRITE if write else 0)
        self.uc.mem_protect(address, size, rights | (uc.UC_PROT_EXEC if execute else 0))

    def watch_writes(self, begin: int, end: int, call: Callable[[int, int, int], None]) -> Callable[[], None]:
        """Have ``call(address, size, value)`` told of writes; returns what removes the watch."""
        handle = self.uc.hook_add(
            uc.UC_HOOK_MEM_WRITE,
            lambda _, __, address, size, value, ___: call(address, size, value & ((1 << 8 * size) - 1)),
            begin=begin,
            end=end - 1,
        )
        return lambda: self.uc.hook_del(handle)

    def fault_accesses(
        self, begin: int, end: int, *, read: bool = True, write: bool = False, reason: str = "protected"
    ) -> Callable[[], None]:
        """Have accesses to [begin, end) stop the slice with a fault; returns what removes that."""

        def on_access(_: Any, access: int, address: int, size: int, value: int, __: Any) -> None:
            if self._faults_off:
                return
            kind = "write" if access == uc.UC_MEM_WRITE else "read"
            self._fault = self._fault or Fault(kind, reason, address, size)
            self.uc.emu_stop()

        kinds = (uc.UC_HOOK_MEM_READ if read else 0) | (uc.UC_HOOK_MEM_WRITE if write else 0)
        if not kinds:
            return lambda: None
        handle = self.uc.hook_add(kinds, on_access, begin=begin, end=end - 1)
        return lambda: self.uc.hook_del(handle)
