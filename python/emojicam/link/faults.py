"""The board's Fault message in words."""

from emojicam.link.codec import Received
from emojicam.link.messages import START_CAUSES

_EXCEPTIONS = {2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault"}
_CAUSES = {code.value: code for code in START_CAUSES}


def describe(fault: Received) -> str:
    """One line: why the board started, and where a fault happened."""
    cause = _CAUSES.get(fault.cause)
    text = f"start {fault.starts}: {cause.doc if cause else f'cause {fault.cause}'}"
    if cause is None or cause.name not in ("Fault", "Stopped"):
        return text
    if cause.name == "Stopped":
        return f"{text}: {fault.reason}, after {fault.milliseconds} ms"
    name = _EXCEPTIONS.get(fault.exception, f"exception {fault.exception}")
    kind = "stack overflow" if fault.stack_overflow else name
    return (
        f"{text}: {kind} at pc {fault.pc:#010x}, lr {fault.lr:#010x}, cfsr {fault.cfsr:#010x}, "
        f"after {fault.milliseconds} ms"
    )
