"""The faults of the campaign: what each does to the board, and what may be found afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emojicam.link import encode
from emojicam.virtual_h7.board import CAMERAS, VirtualBoard
from emojicam.virtual_h7.devices.flash import PowerCutError
from emojicam.virtual_h7.usb.script import UsbScript

#: Virtual seconds: typing lasts about so long.
TYPING = 0.4
#: The camera has been held since the gesture fired: within this the board misses its frames, and starts the
#: sensor again over I2C.
_RESTART = 0.7
#: `wfi; b .-2` in ITCM's last bytes: a loop that nothing leaves and that feeds no watchdog.
_TRAP = 0x0000_FFF0
_TRAP_CODE = b"\x30\xbf\xfd\xe7"
#: The two sectors that settings take turns in, and how far a record goes.
_SETTINGS = (0x081E_0000, 0x081C_0000)
_RECORD = 128
#: A record without its first word is none: the chip's own ECC tells such damage, not the record.
_MAGIC = 4
#: Flash operations of one change: the erase, the content's words, the header.
_CHANGE = 4

Fields = dict[str, Any]


@dataclass
class Scene:
    """The board while it types, and what is known of it.

    Attributes:
        arena: address and size of the tensor arena.
        settings: what was kept in flash last; ``before``: what was before that; ``built``: of the build.
        allowed: what the board may say of its settings afterwards; a fault adds to it.
    """

    board: VirtualBoard
    arena: tuple[int, int]
    settings: Fields
    before: Fields
    built: Fields
    allowed: list[Fields] = field(default_factory=list)


Harm = Callable[[Scene, random.Random], None]


def _usb(action: str, then: str = "", after: float = 0.02) -> Harm:
    def harm(scene: Scene, chance: random.Random) -> None:
        usb = scene.board.usb
        # At any time, or at a report and shortly after it, where the firmware is busy with it.
        if chance.random() < 0.5:
            script = UsbScript(scene.board.clock, usb)
            script.at_report(chance.randrange(1, 4), action, delay=chance.uniform(0, 0.0005))
            scene.board.run_until(lambda: bool(script.done), TYPING)
            if not script.done:
                usb.on_report.clear()
                getattr(usb, action)()
        else:
            getattr(usb, action)()
        scene.board.run_for(after)
        if then:
            getattr(usb, then)()

    return harm


def _hang(scene: Scene, chance: random.Random) -> None:
    board = scene.board
    board.write(_TRAP, _TRAP_CODE)
    # In a handler it would be that handler's return address that is lost: the loop is then its next step too.
    board.core.sleeping = False
    board.core.engine.pc = _TRAP


def _overflow(scene: Scene, chance: random.Random) -> None:
    from unicorn import arm_const as arm

    # Asleep, so that an interrupt is the next thing that is pushed; just above the guard, so that it meets that.
    core = scene.board.core
    scene.board.run_until(lambda: core.sleeping, 0.05)
    core.engine.set(arm.UC_ARM_REG_MSP, 0x2000_0400 + 4 * chance.randrange(6))


def _wild_jump(scene: Scene, chance: random.Random) -> None:
    core = scene.board.core
    scene.board.run_until(lambda: core.active_exception == 0, 0.05)
    core.sleeping = False
    core.engine.pc = chance.choice((0x6000_0000, 0x1000_0000, 0x9000_0000))


def _sensor_ails(ailment: str) -> Harm:
    """Something is wrong with the sensor for longer than the board is patient, and then no more."""

    def harm(scene: Scene, chance: random.Random) -> None:
        camera = scene.board.camera
        assert camera is not None
        setattr(camera, ailment, True)
        camera.update()
        scene.board.run_for(_RESTART + chance.uniform(0, 0.5))
        setattr(camera, ailment, False)
        camera.update()

    return harm


def _sensor_swapped(scene: Scene, chance: random.Random) -> None:
    """A module of the other kind is put in while the board is on."""
    camera = scene.board.camera
    others = [name for name, kind in CAMERAS.items() if not isinstance(camera, kind)]
    scene.board.swap_camera(chance.choice(others))
    scene.board.run_for(_RESTART)


def _sensor_wedged(scene: Scene, chance: random.Random) -> None:
    camera = scene.board.camera
    assert camera is not None
    camera.wedged = True
    scene.board.run_for(_RESTART + chance.uniform(0, 0.5))
    camera.wedged = False


def _i2c(fault: str, values: tuple[Any, ...], end: Any = None) -> Harm:
    """Something on the sensor's bus while the sensor is started again."""

    def harm(scene: Scene, chance: random.Random) -> None:
        bus = scene.board.soc.i2c1
        setattr(bus, fault, chance.choice(values))
        scene.board.run_for(_RESTART)
        if end is not None:
            setattr(bus, fault, end)

    return harm


def _bus_held(scene: Scene, chance: random.Random) -> None:
    scene.board.soc.i2c1.hold_sda_for(chance.randrange(1, 9))
    scene.board.run_for(_RESTART)


def _frames(owner: str, fault: str, value: object) -> Harm:
    """Something of the picture's way into memory, with the next frames that are taken."""

    def harm(scene: Scene, chance: random.Random) -> None:
        board = scene.board
        assert board.camera is not None
        setattr({"camera": board.camera, "dcmi": board.soc.dcmi, "dma2": board.soc.dma2}[owner], fault, value)

    return harm


def _arena(scene: Scene, chance: random.Random) -> None:
    """Bits flip wherever the interpreter and its activations lie."""
    base, size = scene.arena
    for _ in range(chance.choice((1, 1, 2, 8))):
        address = base + chance.randrange(size)
        scene.board.write(address, bytes([scene.board.read(address, 1)[0] ^ 1 << chance.randrange(8)]))


def _settings_corrupt(scene: Scene, chance: random.Random) -> None:
    """Bits flip in one record or in both, and the board is switched off and on."""
    board = scene.board
    for sector in chance.sample(_SETTINGS, chance.randrange(1, 3)):
        for _ in range(chance.randrange(1, 4)):
            address = sector + chance.randrange(_MAGIC, _RECORD)
            board.write(address, bytes([board.read(address, 1)[0] ^ 1 << chance.randrange(8)]))
    scene.allowed += [scene.before, scene.built]
    board.power_on()


def _settings_cut(scene: Scene, chance: random.Random) -> None:
    """The power goes in one of the flash operations of a change, or just does not."""
    board = scene.board
    wanted = {**scene.settings, "gap_ms": 100 + chance.randrange(100)}
    scene.allowed.append(wanted)
    board.soc.flash.cut_power_at(chance.randrange(1, _CHANGE + 2), chance.randrange(1 << 30))
    try:
        board.usb.cdc_write(encode("SettingsSet", **wanted))
        board.run_for(0.5)
    except PowerCutError:
        board.power_on()


def _power(scene: Scene, chance: random.Random) -> None:
    scene.board.run_for(chance.uniform(0, 0.01))
    scene.board.power_on()


KINDS: dict[str, Harm] = {
    "usb reset": _usb("reset"),
    "usb suspend": _usb("suspend", "resume", 0.05),
    "usb unplug": _usb("unplug", "plug", 0.3),
    "hang": _hang,
    "stack overflow": _overflow,
    "wild jump": _wild_jump,
    "sensor absent": _sensor_ails("absent"),
    "sensor wedged": _sensor_wedged,
    "sensor silent": _sensor_ails("silent"),
    "sensor clock lost": _sensor_ails("clock_lost"),
    "sensor swapped": _sensor_swapped,
    "frame lost": _frames("camera", "drop_frames", 1),
    "lines missing": _frames("camera", "cut_lines", 5),
    "dcmi overrun": _frames("dcmi", "overrun_next", True),
    "dma error": _frames("dma2", "fail_next", True),
    "i2c nack": _i2c("nack_next", tuple(range(1, 12)), end=0),
    "i2c clock stretched": _i2c("hold_scl", (True,), end=False),
    "i2c bus held": _bus_held,
    "i2c arbitration": _i2c("lose_arbitration", (True,)),
    "i2c spurious bus errors": _i2c("bus_errors", tuple(range(1, 200)), end=0),
    "arena bits": _arena,
    "settings corrupt": _settings_corrupt,
    "settings power cut": _settings_cut,
    "power cut": _power,
    "reset button": lambda scene, chance: scene.board.reset("pin"),
}

#: What the board has to say of a fault that it lives through without a reset.
NAMED: dict[str, tuple[str, ...]] = {
    "sensor absent": ("camera: sensor_absent",),
    "sensor wedged": ("camera: sensor_absent", "camera: sensor_refused"),
    "sensor silent": ("camera: no_frame",),
    "sensor clock lost": ("camera: sensor_absent",),
    "sensor swapped": ("camera: no_frame",),
    "lines missing": ("camera: short_frame",),
    "dcmi overrun": ("camera: overrun",),
    "dma error": ("camera: dma_error",),
    "i2c clock stretched": ("camera: i2c_timeout", "camera: i2c_busy"),
    "i2c nack": ("camera: ",),
    "i2c bus held": ("camera: ",),
    "i2c arbitration": ("camera: ",),
    "i2c spurious bus errors": ("camera: no_frame",),
}

#: What it has to say after a reset of the chip.
RESET_CAUSES: dict[str, tuple[str, ...]] = {
    "hang": ("watchdog",),
    "stack overflow": ("stack overflow",),
    "wild jump": ("fault",),
    "arena bits": ("arena damaged", "fault", "watchdog"),
}
