"""Exceptions of ARMv7-M: who is pending, who may run, and the stack frames in and out.

After the ARMv7-M Architecture Reference Manual (DDI 0403E), sections B1.5.2 to B1.5.8. Floating-point
state is stacked at once instead of lazily: what a program can see of it is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from unicorn import arm_const as arm

from emojicam.virtual_h7.cpu.engine import Engine

RESET, NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 1, 2, 3, 4, 5, 6
SVCALL, DEBUG_MONITOR, PENDSV, SYSTICK = 11, 12, 14, 15
FIRST_IRQ = 16
#: Interrupt lines of the STM32H743 (RM0433 table 145: positions 0 to 149).
IRQS = 150
#: Priority bits that the chip implements, from the top of the byte.
PRIORITY_MASK = 0xF0

NAMES = {
    0: "thread", 1: "Reset", 2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault",
    11: "SVCall", 12: "DebugMonitor", 14: "PendSV", 15: "SysTick",
}  # fmt: skip

_R0_R3_R12 = (
    arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3, arm.UC_ARM_REG_R12,
)  # fmt: skip
_D0_D7 = tuple(arm.UC_ARM_REG_D0 + n for n in range(8))
_LOWEST = 256
_FPCA = 1 << 2
_SPSEL = 1 << 1


def name_of(exception: int) -> str:
    return NAMES.get(exception, f"IRQ {exception - FIRST_IRQ}")


class FrameFault(Exception):
    """The stack frame could not be written or read: the address is not memory, or is protected."""

    def __init__(self, address: int, *, unstacking: bool) -> None:
        super().__init__(f"{address:#010x}")
        self.address = address
        self.unstacking = unstacking


@dataclass
class ExceptionModel:
    """The state of all exceptions and the core's transitions between them."""

    engine: Engine
    #: Masks with one bit an exception.
    pending: int = 0
    active: int = 0
    #: System exceptions are always enabled; configurable faults and interrupts are not.
    enabled: int = (1 << NMI) | (1 << HARD_FAULT) | (1 << SVCALL) | (1 << PENDSV) | (1 << SYSTICK)
    #: Lines that are high now: they pend again when their handler returns.
    levels: int = 0
    priorities: list[int] = field(default_factory=lambda: [0] * (FIRST_IRQ + IRQS))
    vtor: int = 0
    prigroup: int = 0
    #: Exceptions taken since power-on.
    entered: int = 0
    #: ``may_access(address, size, write)``: asked before a frame is written or read.
    may_access: Callable[[int, int, bool], bool] = lambda address, size, write: True

    @property
    def current(self) -> int:
        """The exception whose handler runs, 0 in thread mode (IPSR)."""
        return self.engine.get(arm.UC_ARM_REG_XPSR) & 0x1FF

    def priority(self, exception: int) -> int:
        """Group priority; smaller is more urgent (section B1.5.4)."""
        if exception in (NMI, HARD_FAULT):
            return -2 if exception == NMI else -1
        return self.group(self.priorities[exception])

    def group(self, priority: int) -> int:
        return priority >> (self.prigroup + 1) << (self.prigroup + 1)

    def boosted(self, *, primask: bool = True, masks: bool = True) -> int:
        """The execution priority: of the active exceptions and of the mask registers."""
        level = _LOWEST
        active = self.active
        while active:
            lowest = active & -active
            level = min(level, self.priority(lowest.bit_length() - 1))
            active ^= lowest
        if not masks:
            return level
        basepri = self.engine.get(arm.UC_ARM_REG_BASEPRI) & PRIORITY_MASK
        if basepri:
            level = min(level, self.group(basepri))
        if primask and self.engine.get(arm.UC_ARM_REG_PRIMASK) & 1:
            level = min(level, 0)
        if self.engine.get(arm.UC_ARM_REG_FAULTMASK) & 1:
            level = min(level, -1)
        return level

    def best(self) -> int:
        """The most urgent pending exception that is enabled, or 0. Ties go to the lower number."""
        waiting = self.pending & self.enabled
        chosen, chosen_key = 0, (_LOWEST + 1, 0)
        while waiting:
            lowest = waiting & -waiting
            number = lowest.bit_length() - 1
            level = self.priority(number) if number in (NMI, HARD_FAULT) else self.priorities[number]
            if (level, number) < chosen_key:
                chosen, chosen_key = number, (level, number)
            waiting ^= lowest
        return chosen

    def takes(self) -> int:
        """The exception that preempts now, or 0."""
        if not self.pending & self.enabled:
            return 0
        number = self.best()
        return number if number and self.priority(number) < self.boosted() else 0

    def wakes(self) -> bool:
        """Whether WFI ends: as takes(), but PRIMASK does not count (section B1.5.19)."""
        number = self.best() if self.pending & self.enabled else 0
        return bool(number) and self.priority(number) < self.boosted(primask=False)

    def masked(self) -> bool:
        """An exception waits for nothing but an instruction that changes a mask register."""
        number = self.best() if self.pending & self.enabled else 0
        return bool(number) and self.priority(number) < self.boosted(masks=False)

    def pend(self, exception: int) -> None:
        self.pending |= 1 << exception

    def set_level(self, irq: int, high: bool) -> None:
        """Drive an interrupt line. A rising line pends; a high one pends again on return."""
        bit = 1 << (FIRST_IRQ + irq)
        if high:
            if not self.levels & bit:
                self.levels |= bit
                if not self.active & bit:
                    self.pending |= bit
        elif self.levels & bit:
            self.levels &= ~bit

    def reset(self) -> None:
        """Back to the state after reset; priorities and enables included."""
        self.pending = self.active = self.levels = 0
        self.enabled = (1 << NMI) | (1 << HARD_FAULT) | (1 << SVCALL) | (1 << PENDSV) | (1 << SYSTICK)
        self.priorities = [0] * (FIRST_IRQ + IRQS)
        self.vtor = self.prigroup = 0

    def enter(self, number: int, *, return_address: int) -> None:
        """Stack a frame and start the handler (sections B1.5.6 and B1.5.7).

        Args:
            return_address: where EXC_RETURN comes back to.

        Raises:
            FrameFault: the stack is not writable. Nothing of the frame is written then.
        """
        engine = self.engine
        control = engine.get(arm.UC_ARM_REG_CONTROL)
        xpsr = engine.get(arm.UC_ARM_REG_XPSR) | 1 << 24
        handler_mode = bool(xpsr & 0x1FF)
        on_psp = bool(control & _SPSEL) and not handler_mode
        stack_register = arm.UC_ARM_REG_PSP if on_psp else arm.UC_ARM_REG_MSP
        extended = bool(control & _FPCA)
        size = 0x68 if extended else 0x20
        old_sp = engine.get(stack_register)
        aligned = old_sp & 4
        sp = (old_sp - size) & ~7
        words = [engine.get(register) for register in _R0_R3_R12]
        words += [
            engine.get(arm.UC_ARM_REG_LR),
            return_address & ~1,
            (xpsr & ~(1 << 9)) | (1 << 9 if aligned else 0),
        ]
        frame = b"".join(word.to_bytes(4, "little") for word in words)
        if extended:
            frame += b"".join(engine.get(register).to_bytes(8, "little") for register in _D0_D7)
            frame += engine.get(arm.UC_ARM_REG_FPSCR).to_bytes(4, "little") + bytes(4)
        self._check(sp, size, unstacking=False)
        engine.store(sp, frame)
        engine.set(stack_register, sp)
        code = 0xFFFF_FFE1 if extended else 0xFFFF_FFF1
        if not handler_mode:
            code |= 0xC if on_psp else 0x8
            if on_psp:
                engine.set(arm.UC_ARM_REG_CONTROL, control & ~(_SPSEL | _FPCA))
        engine.set(arm.UC_ARM_REG_CONTROL, engine.get(arm.UC_ARM_REG_CONTROL) & ~_FPCA)
        self.start(number, code, xpsr)

    def start(self, number: int, exc_return: int, xpsr: int) -> None:
        """Fetch the vector and go."""
        engine = self.engine
        engine.set_psr(xpsr & 0xF80F_0000 | 1 << 24 | number)
        engine.set(arm.UC_ARM_REG_LR, exc_return)
        engine.pc = engine.load_word(self.vtor + 4 * number)
        self.pending &= ~(1 << number)
        self.active |= 1 << number
        self.entered += 1

    def leave(self, exc_return: int) -> str:
        """Return from an exception (section B1.5.8).

        Returns:
            "" or, if the return is not allowed (INVPC), why.

        Raises:
            FrameFault: the stack is not readable.
        """
        engine = self.engine
        number = engine.get(arm.UC_ARM_REG_XPSR) & 0x1FF
        kind = exc_return & 0xF
        if exc_return & 0xFFFF_FFE0 != 0xFFFF_FFE0 or kind not in (0x1, 0x9, 0xD):
            return f"EXC_RETURN {exc_return:#010x} is not valid"
        if not self.active >> number & 1:
            return f"return from {name_of(number)}, which is not active"
        nested = self.active & ~(1 << number)
        if kind == 0x1 and not nested:
            return "return to handler mode with no handler active"
        if kind != 0x1 and nested:
            return "return to thread mode with a handler active"
        on_psp = kind == 0xD
        stack_register = arm.UC_ARM_REG_PSP if on_psp else arm.UC_ARM_REG_MSP
        sp = engine.get(stack_register)
        extended = not exc_return & 0x10
        size = 0x68 if extended else 0x20
        self._check(sp, size, unstacking=True)
        frame = engine.load(sp, size)
        words = [int.from_bytes(frame[n : n + 4], "little") for n in range(0, 0x20, 4)]
        xpsr = words[7]
        if bool(xpsr & 0x1FF) != (kind == 0x1):
            return "the frame's IPSR does not fit EXC_RETURN"
        self.active &= ~(1 << number)
        if self.levels >> number & 1:
            self.pending |= 1 << number
        # An exception return clears FAULTMASK, except from NMI.
        if number != NMI:
            engine.set(arm.UC_ARM_REG_FAULTMASK, 0)
        for register, word in zip(_R0_R3_R12, words[:5], strict=True):
            engine.set(register, word)
        if extended:
            for n, register in enumerate(_D0_D7):
                engine.set(register, int.from_bytes(frame[0x20 + 8 * n : 0x28 + 8 * n], "little"))
            engine.set(arm.UC_ARM_REG_FPSCR, int.from_bytes(frame[0x60:0x64], "little"))
        engine.set(stack_register, (sp + size) | (4 if xpsr & 1 << 9 else 0))
        engine.set_psr(xpsr & ~(1 << 9) | 1 << 24)
        control = engine.get(arm.UC_ARM_REG_CONTROL) & ~(_SPSEL | _FPCA)
        control |= _FPCA if extended else 0
        if kind != 0x1:
            control |= _SPSEL if on_psp else 0
        engine.set(arm.UC_ARM_REG_CONTROL, control)
        engine.set(arm.UC_ARM_REG_LR, words[5])
        engine.pc = words[6]
        return ""

    def _check(self, address: int, size: int, *, unstacking: bool) -> None:
        if not self.may_access(address, size, not unstacking):
            raise FrameFault(address, unstacking=unstacking)
