"""The core: runs slices of instructions between events, and takes exceptions and faults in between."""

from __future__ import annotations

from collections.abc import Callable

from unicorn import arm_const as arm

from emojicam.virtual_h7.clock import Clock
from emojicam.virtual_h7.cpu import exceptions as exc
from emojicam.virtual_h7.cpu.engine import Engine, Fault
from emojicam.virtual_h7.cpu.exceptions import ExceptionModel, FrameFault
from emojicam.virtual_h7.cpu.mpu import Mpu
from emojicam.virtual_h7.cpu.scs import SystemControl
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.memory import FLASH, MEMORIES

#: Instructions between two looks at the event queue, at most.
SLICE = 1_000_000
# Unicorn's exception numbers (QEMU's target/arm/cpu.h).
_UDEF, _SWI, _PREFETCH_ABORT, _BKPT, _EXCEPTION_EXIT, _NOCP, _INVSTATE = 1, 2, 3, 7, 8, 17, 18

# CFSR (B3.2.15) and HFSR (B3.2.16) bits.
IACCVIOL, DACCVIOL, MUNSTKERR, MSTKERR, MMARVALID = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 7
IBUSERR, PRECISERR, UNSTKERR, STKERR, BFARVALID = 1 << 8, 1 << 9, 1 << 11, 1 << 12, 1 << 15
UNDEFINSTR, INVSTATE, INVPC, NOCP = 1 << 16, 1 << 17, 1 << 18, 1 << 19
_VECTTBL, _FORCED, _DEBUGEVT = 1 << 1, 1 << 30, 1 << 31


class Core:
    """A Cortex-M7.

    The surroundings set three callbacks: ``on_reset(cause)`` for a reset that software asks for,
    ``flash_store(fault)`` for a write into flash (True: it was taken), and ``on_exception(number)``.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.engine = Engine()
        self.exceptions = ExceptionModel(self.engine)
        self.mpu = Mpu(self.engine, self.defer)
        self.exceptions.may_access = lambda address, size, write: self.mpu.may(address, size, write=write)
        self.control = SystemControl(clock, self.exceptions, self.mpu, recheck=self.recheck, reset=self.request_reset)
        self.on_reset: Callable[[str], None] = lambda cause: None
        self.flash_store: Callable[[Fault], bool] = lambda fault: False
        self.on_exception: Callable[[int], None] = lambda number: None
        self.locked_up = False
        self.sleeping = False
        self.instructions = 0
        self._deferred: list[Callable[[], None]] = []
        self._running = False
        self._start = 0
        self._end = 0
        clock.on_schedule = self._on_schedule
        for base in (0xE000_1000, 0xE000_E000):
            self.engine.map_io(base, 0x1000, self._read_private, self._write_private)

    @property
    def pc(self) -> int:
        return self.engine.pc

    @property
    def active_exception(self) -> int:
        return self.exceptions.current

    # For devices, from within an access.

    def sync(self) -> None:
        """Bring the clock up to the instruction that is executing."""
        if self._running:
            self.clock.now = self._start + self.engine.elapsed

    def recheck(self) -> None:
        """Something about exceptions changed: end the slice behind this instruction if one is due."""
        if self._running and self.exceptions.pending & self.exceptions.enabled:
            self.engine.limit_to(0)

    def defer(self, action: Callable[[], None]) -> None:
        """Have ``action`` called behind the instruction that is executing (at once if none is)."""
        if self._running:
            self._deferred.append(action)
            self.engine.limit_to(0)
        else:
            action()

    def request_reset(self, cause: str) -> None:
        self.defer(lambda: self.on_reset(cause))

    def set_irq(self, irq: int, high: bool) -> None:
        """Drive an interrupt line of the NVIC."""
        self.exceptions.set_level(irq, high)
        if high:
            self.recheck()

    def _on_schedule(self, time: int) -> None:
        if self._running and time < self._end:
            self.engine.limit_to(time - self._start)

    def _read_private(self, address: int, size: int) -> int:
        self.sync()
        return self.control.read(address, size)

    def _write_private(self, address: int, size: int, value: int) -> None:
        self.sync()
        self.control.write(address, size, value)

    # Running.

    def reset(self, vectors: int) -> None:
        """Start from a vector table: MSP from its first word, PC from its second."""
        engine = self.engine
        self._deferred.clear()
        self.locked_up = self.sleeping = False
        self.exceptions.reset()
        self.control.reset()
        self.mpu.reset()
        engine.set_psr(1 << 24)
        for register in (
            arm.UC_ARM_REG_PRIMASK, arm.UC_ARM_REG_FAULTMASK, arm.UC_ARM_REG_BASEPRI, arm.UC_ARM_REG_CONTROL,
            arm.UC_ARM_REG_FPSCR, arm.UC_ARM_REG_PSP,
        ):  # fmt: skip
            engine.set(register, 0)
        engine.set(arm.UC_ARM_REG_LR, 0xFFFF_FFFF)
        engine.set(arm.UC_ARM_REG_MSP, engine.load_word(vectors) & ~3)
        start = engine.load_word(vectors + 4)
        if not start & 1 or not any(m.base <= start < m.end for m in MEMORIES):
            raise BoardError(
                f"the vector table at {vectors:#010x} has reset vector {start:#010x}, which is no Thumb code address",
                "load an image that is linked at this address",
            )
        engine.pc = start

    def run_until(self, deadline: int, stop: Callable[[], bool] | None = None) -> None:
        """Run to a time of the clock, or until ``stop()`` says so (asked between slices)."""
        clock = self.clock
        while clock.now < deadline:
            clock.fire_due()
            if stop is not None and stop():
                return
            self._take_exceptions()
            if self.locked_up or self.sleeping:
                clock.now = min(max(clock.next_time(), clock.now), deadline)
                continue
            budget = min(clock.next_time(), deadline) - clock.now
            if budget > 0:
                self._slice(min(budget, SLICE))
        clock.fire_due()

    def _take_exceptions(self) -> None:
        if self.locked_up:
            return
        if self.sleeping and self.exceptions.wakes():
            self.sleeping = False
        number = 0 if self.sleeping else self.exceptions.takes()
        if number:
            self._enter(number, self.pc)

    def _slice(self, budget: int) -> None:
        start_pc = self.pc
        self._start, self._end = self.clock.now, self.clock.now + budget
        self._running = True
        try:
            # Unicorn changes PRIMASK and BASEPRI without telling.
            retired, fault, stopped = self.engine.run(budget, until_unmask=self.exceptions.masked())
        finally:
            self._running = False
        # At least one cycle passes, so that no loop of faults stands still.
        retired = max(1, retired)
        self.instructions += retired
        self.clock.now = self._start + retired
        if fault is not None:
            self._handle(fault, start_pc)
        elif stopped:
            self._stopped()
        if not self.control.fpu_enabled and self.engine.get(arm.UC_ARM_REG_CONTROL) & 4:
            raise BoardError(
                f"a floating-point instruction before PC {self.pc:#010x}, with the FPU still off",
                "set CP10 and CP11 in SCB_CPACR first",
            )
        while self._deferred:
            self._deferred.pop(0)()

    def _stopped(self) -> None:
        code = self.engine.load(self.pc - 4, 4)
        if code[2:] == b"\x30\xbf" or code == b"\xaf\xf3\x03\x80":
            self.sleeping = True
        else:
            raise BoardError(f"unicorn stopped at PC {self.pc:#010x} without a reason that the virtual board knows")

    def _handle(self, fault: Fault, start_pc: int) -> None:
        pc = self.pc
        if fault.kind == "interrupt":
            self._handle_interrupt(fault.number, pc)
        elif fault.kind == "undefined":
            first = start_pc == pc
            if not first and self.engine.load(pc - 2, 2) == b"\x20\xbf":
                self.sleeping = True  # WFE, which unicorn does not know; the event register is always clear
            else:
                self.usage_fault(UNDEFINSTR, pc)
        elif fault.kind == "write" and FLASH.base <= fault.address < FLASH.end and self.flash_store(fault):
            pass
        elif fault.kind == "fetch":
            if (
                fault.reason == "protected"
                or fault.address >= 0xE000_0000
                or 0x4000_0000 <= fault.address < 0x6000_0000
            ):
                self.raise_fault(exc.MEM_MANAGE, IACCVIOL, pc)
            else:
                self.raise_fault(exc.BUS_FAULT, IBUSERR, pc)
        elif not self._mpu_allows(fault):
            self.control.mmfar = fault.address
            self.raise_fault(exc.MEM_MANAGE, DACCVIOL | MMARVALID, pc)
        elif fault.reason == "ecc" and self._ignores_bus_faults():
            self.control.cfsr |= PRECISERR | BFARVALID
            self.engine.without_faults(self.engine.step)
        else:
            self.control.bfar = fault.address
            self.raise_fault(exc.BUS_FAULT, PRECISERR | BFARVALID, pc)

    def _mpu_allows(self, fault: Fault) -> bool:
        """Whether it was not the MPU: nobody writes flash and system memory, and much is not there at all."""
        read, write, _ = self.mpu.rights(fault.address)
        return write if fault.kind == "write" else read

    def _ignores_bus_faults(self) -> bool:
        """CCR.BFHFNMIGN at HardFault's or NMI's priority (B3.2.8)."""
        return bool(self.control.values[0xD14] >> 8 & 1) and self.exceptions.boosted() < 0

    def _handle_interrupt(self, number: int, pc: int) -> None:
        if number in (_EXCEPTION_EXIT, _PREFETCH_ABORT) and pc >= 0xFFFF_FFE0:
            self._leave(pc | 1)
        elif number == _SWI:
            self.exceptions.pend(exc.SVCALL)
            if self.exceptions.priority(exc.SVCALL) < self.exceptions.boosted():
                self._enter(exc.SVCALL, pc)
            else:
                self.exceptions.pending &= ~(1 << exc.SVCALL)
                self._hard_fault(_FORCED, pc)
        elif number == _BKPT:
            self._hard_fault(_DEBUGEVT, pc)
        elif number == _NOCP:
            self.usage_fault(NOCP, pc)
        elif number == _INVSTATE:
            self.usage_fault(INVSTATE, pc)
        elif number == _UDEF:
            self.usage_fault(UNDEFINSTR, pc)
        elif number == _PREFETCH_ABORT:
            self.raise_fault(exc.BUS_FAULT, IBUSERR, pc)
        else:
            raise BoardError(
                f"unicorn reports exception {number} at PC {pc:#010x}, which the virtual board does not know"
            )

    def _leave(self, exc_return: int) -> None:
        before = self.pc
        try:
            problem = self.exceptions.leave(exc_return)
        except FrameFault as fault:
            self._frame_fault(fault, before)
            return
        if problem:
            # The failed return is itself an exception: it stacks over the old frame (B1.5.8).
            self.usage_fault(INVPC, before)

    # Faults (B1.5.14).

    def usage_fault(self, status: int, pc: int) -> None:
        self.raise_fault(exc.USAGE_FAULT, status, pc)

    def raise_fault(self, number: int, status: int, pc: int) -> None:
        """Take a configurable fault, or escalate it to HardFault, or lock up."""
        self.control.cfsr |= status
        model = self.exceptions
        if model.enabled >> number & 1 and model.priority(number) < model.boosted():
            self._enter(number, pc)
        else:
            self._hard_fault(_FORCED, pc)

    def _hard_fault(self, status: int, pc: int) -> None:
        self.control.hfsr |= status
        if self.exceptions.boosted() <= -1:
            self.locked_up = True  # until a reset: the watchdog's, most likely
            return
        self._enter(exc.HARD_FAULT, pc)

    def _frame_fault(self, fault: FrameFault, pc: int) -> None:
        mapped = any(m.base <= fault.address < m.end for m in MEMORIES)
        if mapped:
            self.control.cfsr |= MUNSTKERR if fault.unstacking else MSTKERR
        else:
            self.control.cfsr |= UNSTKERR if fault.unstacking else STKERR
        number = exc.MEM_MANAGE if mapped else exc.BUS_FAULT
        model = self.exceptions
        if not (model.enabled >> number & 1 and model.priority(number) < model.boosted()):
            self.control.hfsr |= _FORCED
            number = exc.HARD_FAULT
        if number == exc.HARD_FAULT and model.boosted() <= -1:
            self.locked_up = True
            return
        self._enter_without_frame(number)

    def _enter(self, number: int, return_address: int) -> None:
        try:
            self.exceptions.enter(number, return_address=return_address)
        except FrameFault as fault:
            self._frame_fault(fault, return_address)
            return
        self.on_exception(number)

    def _enter_without_frame(self, number: int) -> None:
        """A fault while stacking: the SP has moved, the frame has not been written, the handler runs."""
        engine = self.engine
        xpsr = engine.get(arm.UC_ARM_REG_XPSR)
        control = engine.get(arm.UC_ARM_REG_CONTROL)
        handler_mode = bool(xpsr & 0x1FF)
        on_psp = bool(control & 2) and not handler_mode
        register = arm.UC_ARM_REG_PSP if on_psp else arm.UC_ARM_REG_MSP
        engine.set(register, (engine.get(register) - 0x20) & ~7)
        engine.set(arm.UC_ARM_REG_CONTROL, control & ~6)
        code = 0xFFFF_FFF1 if handler_mode else 0xFFFF_FFFD if on_psp else 0xFFFF_FFF9
        self.exceptions.start(number, code, xpsr)
        self.on_exception(number)
