"""The peripheral bus: finds the device of an address, and refuses what no device has."""

from emojicam.virtual_h7.errors import ClockOff, UnknownRegister
from emojicam.virtual_h7.registers import Peripheral

#: Devices start at multiples of this.
_GRAIN = 10


class Bus:
    """Peripheral space, 0x40000000 to 0x5FFFFFFF; ``rcc`` says which clocks are on."""

    def __init__(self, rcc: Peripheral) -> None:
        self._rcc = rcc
        self._blocks: dict[int, Peripheral] = {}
        self.devices: list[Peripheral] = []

    def attach(self, device: Peripheral) -> None:
        self.devices.append(device)
        for block in range(device.BASE >> _GRAIN, (device.BASE + device.SIZE) >> _GRAIN):
            self._blocks[block] = device

    def find(self, address: int, kind: str, pc: int) -> Peripheral:
        """The device at an address.

        Raises:
            UnknownRegister: none is there.
            ClockOff: its clock is not enabled in RCC.
        """
        device = self._blocks.get(address >> _GRAIN)
        if device is None:
            raise UnknownRegister(
                f"{kind} of {address:#010x}, where the virtual board has no device, at PC {pc:#010x}",
                "check the address against RM0433 table 8",
            )
        if device.CLOCK is not None:
            register, bit = device.CLOCK
            if not self._rcc.values[register] >> bit & 1:
                raise ClockOff(
                    f"{kind} of {device.NAME} ({address:#010x}) while its clock is off, at PC {pc:#010x}",
                    f"set bit {bit} of RCC_{register} first",
                )
        return device
