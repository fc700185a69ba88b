"""Looking for a debug probe, or for a board that waits for firmware over USB."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from emojicam import console
from emojicam.errors import BoardGone, EmojicamError
from emojicam.usb.descriptors import PRODUCT_ID, VENDOR_ID

Via = Literal["swd", "dfu"]

#: OpenMV's DFU bootloader on the OpenMV Cam H7. (openmv/openmv, boards/OPENMV4/boot_config.h)
OPENMV_BOOTLOADER = (0x37C5, 0x9204)
#: The bootloader in the ROM of every STM32 with USB. (AN2606)
ST_ROM = (0x0483, 0xDF11)
#: The camera while it runs a firmware: ours, OpenMV's (newer and older).
RUNNING = {
    (VENDOR_ID, PRODUCT_ID): "a board that runs emojicam",
    (0x37C5, 0x1204): "a camera that runs OpenMV's firmware",
    (0x1209, 0xABD1): "a camera that runs OpenMV's older firmware",
}

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class UsbDevice:
    """A device on USB.

    Attributes:
        ids: vendor and product.
        path: bus and ports as dfu-util writes them ("1-4.2").
    """

    ids: tuple[int, int]
    path: str


@dataclass(frozen=True)
class Probe:
    """A debug probe: pyOCD's unique ID and description."""

    unique_id: str
    description: str


@dataclass(frozen=True)
class Device:
    """What the firmware is written through.

    Attributes:
        name: what people call it.
        key: what ``--probe`` or ``--usb-path`` selects it by: a probe's unique ID or a USB path.
        ids: USB IDs, where it is a bootloader.
    """

    via: Via
    name: str
    key: str
    ids: tuple[int, int] | None = None


@dataclass
class Finder:
    """Finds what is attached. The fields are what it looks with: tests put their own there."""

    usb: Callable[[], list[UsbDevice]] = field(default_factory=lambda: usb_devices)
    probes: Callable[[], list[Probe]] = field(default_factory=lambda: debug_probes)
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def find(self, via: Via | None = None, key: str = "", wait: float = 0, *, bootloader: bool = True) -> Device:
        """The one device to use.

        OpenMV's bootloader comes first, as it can be nothing but this board; then a probe; then ST's ROM,
        which any STM32 has.

        Args:
            via: look for this way only.
            key: a part of the device's key, where several are attached.
            wait: seconds until one must have been attached; the bootloader is there for a moment after reset.
            bootloader: whether the board is one with OpenMV's bootloader.

        Raises:
            EmojicamError: nothing attached, or several that fit.
        """
        until = self.now() + wait
        if wait:
            console.step(f"waiting for a probe or a board for {wait:g} s: press reset, or plug the board in")
        while True:
            usb = self.usb() if via != "swd" else []
            groups = (
                self._bootloaders(usb, OPENMV_BOOTLOADER) if bootloader else [],
                self._probes(via),
                self._bootloaders(usb, ST_ROM),
            )
            for group in groups:
                fitting = [device for device in group if key.lower() in device.key.lower()]
                if len(fitting) == 1:
                    return fitting[0]
                if fitting:
                    listed = ", ".join(f"{device.key} ({device.name})" for device in fitting)
                    option = "--probe" if fitting[0].via == "swd" else "--usb-path"
                    raise EmojicamError(f"{len(fitting)} devices fit: {listed}", f"{option} with one of these")
            if self.now() >= until:
                raise self._nothing(via, key, usb, bootloader)
            self.sleep(_POLL_SECONDS)

    def _probes(self, via: Via | None) -> list[Device]:
        if via == "dfu":
            return []
        return [Device("swd", probe.description, probe.unique_id) for probe in self.probes()]

    @staticmethod
    def _bootloaders(usb: list[UsbDevice], ids: tuple[int, int]) -> list[Device]:
        name = "OpenMV's bootloader" if ids == OPENMV_BOOTLOADER else "ST's ROM bootloader"
        return [Device("dfu", name, device.path, ids) for device in usb if device.ids == ids]

    @staticmethod
    def _nothing(via: Via | None, key: str, usb: list[UsbDevice], bootloader: bool) -> EmojicamError:
        what = {
            "swd": "no debug probe",
            "dfu": "no board in DFU mode",
            None: "no debug probe and no board in DFU mode",
        }
        named = f" that fits {key}" if key else ""
        running = next((f", but {RUNNING[device.ids]}" for device in usb if device.ids in RUNNING), "")
        hint = {
            "swd": "connecting an ST-Link or CMSIS-DAP probe to the board's SWD pins, and power to the board",
            "dfu": "--wait 30, and press reset when it says so",
            None: "--via dfu --wait 30 and press reset when it says so, or connect a probe to the SWD pins",
        }
        if not bootloader:
            rom = "pin BOOT0 at 3.3 V, then reset, with the chip's own USB attached"
            hint |= {"dfu": rom, None: f"attaching the board's ST-LINK, or {rom}"}
        return BoardGone(f"{what[via]} is attached{named}{running}", hint[via])


def usb_devices() -> list[UsbDevice]:
    """Every device on this computer's USB, from descriptors that the system has read already.

    Raises:
        EmojicamError: USB can't be reached.
    """
    import libusb_package
    import usb.core  # type: ignore[import-untyped]

    try:
        found = list(libusb_package.find(find_all=True))
    except (usb.core.USBError, usb.core.NoBackendError) as error:
        raise EmojicamError(f"cannot look at USB: {error}", "--via swd with a debug probe") from error
    return [UsbDevice((device.idVendor, device.idProduct), _path(device.bus, device.port_numbers)) for device in found]


def _path(bus: int | None, ports: tuple[int, ...] | None) -> str:
    return f"{bus or 0}-" + (".".join(map(str, ports)) if ports else "0")


def debug_probes() -> list[Probe]:
    """Every debug probe that pyOCD knows."""
    from pyocd.core import exceptions  # type: ignore[import-untyped]
    from pyocd.core.helpers import ConnectHelper  # type: ignore[import-untyped]

    try:
        found = ConnectHelper.get_all_connected_probes(blocking=False)
    except exceptions.Error as error:
        raise EmojicamError(f"cannot look for debug probes: {error}", "--via dfu") from error
    return [Probe(str(probe.unique_id), str(probe.description)) for probe in found]
