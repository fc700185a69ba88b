"""What the drivers tell the sensors, and what the virtual sensors make of it, against a third source."""

from __future__ import annotations

import numpy as np
import pytest

from emojicam.virtual_h7 import BoardError, VirtualBoard
from emojicam.virtual_h7.sensors.camera import Camera
from emojicam.virtual_h7.sensors.mt9m114 import Mt9m114
from emojicam.virtual_h7.sensors.ov7725 import Ov7725
from silicon.conftest import Boot
from silicon.table import rows, table

pytestmark = pytest.mark.virtual_board

SENSORS = ("ov7725", "mt9m114")


def register(camera: Camera, address: int, size: int = 1) -> int:
    """A register's value as it is in force."""
    if isinstance(camera, Ov7725):
        return camera.registers[address]
    assert isinstance(camera, Mt9m114)
    return int.from_bytes(bytes(camera.active.get(address + n, 0) for n in range(size)), "big")


def set_register(camera: Camera, address: int, mask: int, value: int) -> None:
    if isinstance(camera, Ov7725):
        camera.registers[address] = camera.registers[address] & ~mask | value
        return
    assert isinstance(camera, Mt9m114)
    word = register(camera, address, 2) & ~mask | value
    camera.active[address], camera.active[address + 1] = word >> 8, word & 0xFF


@pytest.mark.parametrize("sensor", SENSORS)
@pytest.mark.parametrize("orientation", range(4))
def test_the_driver_sets_what_drivers_on_real_boards_set(boot: Boot, sensor: str, orientation: int) -> None:
    m = boot(sensor)
    assert m.call("camera_start", orientation) == ""
    assert m.board.camera is not None
    mirror, flip = bool(orientation & 1), bool(orientation & 2)
    checked = 0
    for row in rows("sensors", "picture", sensor=sensor):
        if row.get("mirror", mirror) != mirror or row.get("flip", flip) != flip:
            continue
        value = register(m.board.camera, row["register"], row.get("bytes", 1)) & row["mask"]
        assert value == row["value"], f"{row['register']:#x} is {value:#x}: {row['origin']}"
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("sensor", SENSORS)
def test_the_driver_takes_its_signals_as_boards_do(boot: Boot, sensor: str) -> None:
    m = boot(sensor)
    assert m.call("camera_start") == ""
    control = m.board.soc.dcmi.values["CR"]
    (row,) = rows("sensors", "signals", sensor=sensor)
    assert (control >> 7 & 1, control >> 6 & 1, control >> 5 & 1) == (row["vsync"], row["hsync"], row["pixel_clock"])
    virtual = type(m.board.camera)
    assert issubclass(virtual, Camera)
    levels = (virtual.VSYNC_BLANKING_HIGH, virtual.HSYNC_BLANKING_HIGH, virtual.PIXCLK_RISING)
    assert levels == (bool(row["vsync"]), bool(row["hsync"]), bool(row["pixel_clock"]))


@pytest.mark.parametrize("row", table("sensors", "order"), ids=lambda row: f"{row['sensor']}-{row['order']}")
def test_the_virtual_sensor_orders_its_bytes_as_the_real_one(row: dict[str, object]) -> None:
    camera = VirtualBoard(str(row["sensor"])).camera
    assert camera is not None
    set_register(camera, int(str(row["register"])), int(str(row["mask"])), int(str(row["value"])))
    green = np.zeros((4, 8, 3), np.uint8)
    green[..., 1] = 255
    sent = camera.pixel_bytes(green)
    luma = 149  # 0.587 of 255; both chroma bytes of green are far below
    first, second = sent[:, ::2], sent[:, 1::2]
    bright, dark = (first, second) if row["order"] == "yuyv" else (second, first)
    assert (abs(bright.astype(int) - luma) <= 1).all()
    assert (dark < 128).all()


@pytest.mark.parametrize("sensor", SENSORS)
def test_the_sensor_gets_the_clock_that_its_settings_are_for(boot: Boot, sensor: str) -> None:
    m = boot(sensor)
    assert m.call("camera_start") == ""
    assert m.board.camera is not None
    (row,) = rows("sensors", "bus", sensor=sensor)
    assert m.board.camera.clock_hz == row["clock_hz"]
    assert row["address"] == m.board.camera.ADDRESS
    assert register(m.board.camera, row["identity_register"], 2 if row["identity"] > 0xFF else 1) == row["identity"]
    if sensor == "mt9m114":
        (limits,) = rows("sensors", "pll", sensor=sensor)
        word = register(m.board.camera, 0xC980, 2)
        inside = row["clock_hz"] / ((word >> 8 & 0x3F) + 1)
        assert limits["external"][0] <= row["clock_hz"] <= limits["external"][1]
        assert limits["internal"][0] <= inside <= limits["internal"][1]
        assert limits["output"][0] <= inside * (word & 0xFF) <= limits["output"][1]
        assert inside * (word & 0xFF) / 8 <= limits["pixel"][1]


def test_a_pll_out_of_its_range_is_refused(boot: Boot) -> None:
    """As the driver had it: an eighth of 384 MHz from 12 MHz is in range, from 24 MHz without dividing it is not."""
    camera = VirtualBoard("mt9m114").camera
    assert isinstance(camera, Mt9m114)
    set_register(camera, 0xC980, 0xFFFF, 0x0020)
    camera.tim1.output_hz = lambda: 24e6  # type: ignore[method-assign]
    with pytest.raises(BoardError, match=r"PLL has 24\.0 MHz where 2\.0 to 13\.5"):
        camera.check_clocks()
    set_register(camera, 0xC980, 0xFFFF, 0x0120)
    camera.check_clocks()
    set_register(camera, 0xC984, 0xFFFF, 0x8008)
    set_register(camera, 0xC814, 0xFFFF, 1185)
    with pytest.raises(BoardError, match="multiple of 5"):
        camera.check_clocks()


def test_bad_frames_are_masked(boot: Boot) -> None:
    m = boot("mt9m114")
    m.board.show(np.full((240, 320), 200, np.uint8))
    assert m.call("camera_start") == ""
    for _ in range(8):
        m.board.run_for(0.015)
        m.call("camera_take")
        if m.frame_number:
            assert min(m.board.read(m.frame_address, 320 * 240)) == 200


@pytest.mark.parametrize("sensor", SENSORS)
def test_an_erase_while_the_camera_rests_is_no_lost_sensor(boot: Boot, sensor: str) -> None:
    """A sector takes a second at least (DS12110 table 53), and a resting camera is asked only after it."""
    m = boot(sensor)
    m.board.soc.flash.erase_seconds = 1.0
    assert m.call("camera_start") == ""
    m.call("camera_rest", 1)
    for _ in range(30):
        m.board.run_for(0.01)
        m.call("camera_take")
    assert m.call("store_erase", seconds=2) == ""
    m.call("camera_take")
    assert m.call("camera_check") == ""
    m.board.run_for(0.1)
    assert m.call("camera_check") == ""
    assert m.counters["restarts"] == 0
