"""The board layer openmv_h7 on the virtual board: what it does when all is well, and when it isn't."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from emojicam.virtual_h7 import PowerCutError, VirtualBoard
from virtual_board.mailbox import CAUSES, Mailbox, compile_app

pytestmark = pytest.mark.virtual_board

SETTINGS = 0x081E_0000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    return compile_app(tmp_path_factory.mktemp("board_app"))


def boot(app: tuple[Path, int], camera: str | None = "ov7725", seed: int = 0) -> Mailbox:
    board = VirtualBoard(camera=camera, seed=seed)
    board.load_hex(app[0])
    board.soc.flash.erase_seconds = 0.01
    board.power_on()
    mailbox = Mailbox(board, app[1])
    mailbox.wait_started()
    return mailbox


def picture(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (240, 320), dtype=np.uint8)


def take(m: Mailbox) -> np.ndarray | None:
    m.call("camera_take")
    if m.frame_number == 0:
        return None
    return np.frombuffer(m.board.read(m.frame_address, 320 * 240), np.uint8).reshape(240, 320)


def start_camera(m: Mailbox, orientation: int = 0) -> None:
    assert m.call("camera_start", orientation) == ""


def test_clocks_time_and_identity(app: tuple[Path, int]) -> None:
    m = boot(app)
    rcc = m.board.soc.rcc
    assert rcc.core_frequency() == 480e6
    assert rcc.bus_frequency() == 240e6
    assert rcc.apb2_timer_frequency() == 240e6
    assert m.unique_id == bytes(range(1, 13))
    assert (CAUSES[m.cause], m.starts) == ("power", 1)
    begin = m.nanoseconds, m.board.clock.now
    m.board.run_for(0.25)
    m.refresh()
    cycles = m.board.clock.now - begin[1]
    assert abs((m.nanoseconds - begin[0]) - cycles * 1000 / 480) < 1.1e6


@pytest.mark.parametrize("seed", range(4))
def test_starts_whatever_memory_holds_at_power_on(app: tuple[Path, int], seed: int) -> None:
    assert boot(app, seed=seed).starts == 1


@pytest.mark.parametrize(("camera", "name"), [("ov7725", "OV7725"), ("mt9m114", "MT9M114")])
@pytest.mark.parametrize("orientation", range(4))
def test_frames_come_in_whole_and_the_right_way_round(
    app: tuple[Path, int], camera: str, name: str, orientation: int
) -> None:
    m = boot(app, camera)
    image = picture()
    m.board.show(image)
    start_camera(m, orientation)
    assert m.sensor == name
    m.board.run_for(0.1)
    frame = take(m)
    assert frame is not None
    expected = image[:, ::-1] if orientation & 1 else image
    expected = expected[::-1] if orientation & 2 else expected
    assert np.array_equal(frame, expected)


def test_the_newest_frame_wins_and_a_taken_one_stays(app: tuple[Path, int]) -> None:
    m = boot(app)
    start_camera(m)
    images = [picture(n) for n in range(5)]
    taken = None
    for image in images:
        m.board.show(image)
        m.board.run_for(0.06)
        frame = take(m)
        assert frame is not None and np.array_equal(frame, image)
        if taken is not None:
            assert m.frame_address != taken
        taken = m.frame_address
        m.board.show(picture(99))
        m.board.run_for(0.06)  # newer ones go by meanwhile
        assert np.array_equal(np.frombuffer(m.board.read(taken, 320 * 240), np.uint8).reshape(240, 320), image)
    assert m.counters["overruns"] == m.counters["short_frames"] == m.counters["dma_errors"] == 0
    assert m.counters["captured"] > m.counters["dropped"] > 0
    assert take(m) is not None
    assert take(m) is None  # once


def test_absent_and_wedged_sensors_are_named(app: tuple[Path, int]) -> None:
    assert boot(app, camera=None).call("camera_start") == "sensor_absent"
    m = boot(app)
    assert m.board.camera is not None
    m.board.camera.wedged = True
    assert m.call("camera_start") == "sensor_absent"
    m.board.camera.wedged = False
    assert m.call("camera_start") == ""


def test_stretched_clock_and_held_bus_are_named_and_recovered_from(app: tuple[Path, int]) -> None:
    m = boot(app)
    i2c = m.board.soc.i2c1
    i2c.hold_scl = True
    assert m.call("camera_start", seconds=2) == "i2c_timeout"
    i2c.hold_scl = False
    i2c.hold_sda = True
    assert m.call("camera_start", seconds=2) == "i2c_busy"
    i2c.hold_sda = False
    i2c.lose_arbitration = True
    assert m.call("camera_start", seconds=2) == ""  # lost once: the sensor is probed again


def test_a_slave_in_the_middle_of_a_byte_is_clocked_free(app: tuple[Path, int]) -> None:
    m = boot(app)
    m.board.soc.i2c1.hold_sda_for(5)
    assert m.call("camera_start") == ""


def test_overrun_short_frame_and_dma_error_cost_one_frame_each(app: tuple[Path, int]) -> None:
    m = boot(app)
    image = picture()
    m.board.show(image)
    start_camera(m)
    m.board.run_for(0.05)
    assert m.board.camera is not None
    for fault, counter in (("overrun", "overruns"), ("cut", "short_frames"), ("dma", "dma_errors")):
        if fault == "overrun":
            m.board.soc.dcmi.overrun_next = True
        elif fault == "cut":
            m.board.camera.cut_lines = 3
        else:
            m.board.soc.dma2.fail_next = True
        m.board.run_for(0.08)
        frame = take(m)
        assert frame is not None and np.array_equal(frame, image)
        assert m.counters[counter] == 1
        m.board.run_for(1.0)
        assert m.call("camera_check") == {"overruns": "overrun", "short_frames": "short_frame"}.get(
            counter, "dma_error"
        )
        assert m.call("camera_check") == ""


def test_a_camera_at_rest_takes_five_frames_a_second_and_wakes_at_once(app: tuple[Path, int]) -> None:
    m = boot(app)
    start_camera(m)
    m.board.run_for(0.2)
    m.call("camera_rest", 1)
    before = m.counters["captured"]
    for _ in range(100):  # whoever rests still asks for frames
        m.board.run_for(0.01)
        m.call("camera_take")
    assert 3 <= m.counters["captured"] - before <= 5
    assert m.call("camera_check") == ""
    m.call("camera_rest", 0)
    before = m.counters["captured"]
    m.board.run_for(0.5)
    m.call("camera_take")
    assert m.counters["captured"] - before > 8


def test_what_is_wrong_is_flashed_until_it_is_right_again(app: tuple[Path, int]) -> None:
    m = boot(app)
    m.call("led", 0x0000FF)
    m.call("problem", 20)  # image_dark, 20 flashes
    m.board.run_for(0.1)
    m.board.led_log.clear()
    m.board.run_for(11.5)  # twenty times half a second, and a pause of three
    flashes = [time for time, name, on in m.board.led_log if name == "red" and on]
    assert 19 <= len(flashes) <= 21
    assert not any(on for _, name, on in m.board.led_log if name == "blue")
    m.call("problem", 0)
    m.board.run_for(0.1)
    assert m.board.led("blue") and not m.board.led("red")


def test_a_crystal_that_does_not_swing_is_flashed(app: tuple[Path, int]) -> None:
    board = VirtualBoard()
    board.load_hex(app[0])
    board.soc.rcc.hse_broken = True
    board.run_for(4.0)  # on HSI meanwhile: what is 0.1 s at 480 MHz is what it waits at least
    flashes = [time for time, name, on in board.led_log if name == "red" and on]
    assert len(flashes) >= 2
    pauses = [(b - a) / 480e6 for a, b in itertools.pairwise(flashes)]
    assert min(pauses) < 1 < max(pauses)  # two flashes, then a longer pause


def test_a_camera_that_stops_is_noticed_and_started_again(app: tuple[Path, int]) -> None:
    m = boot(app)
    start_camera(m)
    m.board.run_for(0.1)
    assert m.call("camera_check") == ""
    assert m.board.camera is not None
    m.board.camera.absent = True
    m.board.camera.update()
    m.board.run_for(0.6)
    assert m.call("camera_check") == "sensor_absent"
    m.board.camera.absent = False
    m.board.run_for(0.5)
    assert m.call("camera_check") == ""  # not all the time: a sensor that is not there costs a while
    flashes = [on for _, name, on in m.board.led_log[-200:] if name == "red"]
    assert True in flashes and False in flashes
    m.board.run_for(1.6)
    assert m.call("camera_check") == "no_frame"  # it says so once more, and has it running again
    m.board.run_for(0.1)
    assert m.call("camera_check") == ""
    assert m.counters["restarts"] == 2
    assert take(m) is not None


def test_the_led_has_the_colour_that_was_asked_for(app: tuple[Path, int]) -> None:
    m = boot(app)
    m.call("led", 0xFF8000)
    m.board.led_log.clear()
    m.board.run_for(0.5)
    assert m.board.led("red") and not m.board.led("blue")
    green = [(time, on) for time, name, on in m.board.led_log if name == "green"]
    lit = sum(b[0] - a[0] for a, b in itertools.pairwise(green) if a[1])
    assert 0.4 < lit / (green[-1][0] - green[0][0]) < 0.6
    m.call("led", 0)
    m.board.run_for(0.05)
    assert not any(m.board.led(name) for name in ("red", "green", "blue"))


def restarted(m: Mailbox, seconds: float = 0.5) -> Mailbox:
    """After a command that ends in a reset."""
    resets = len(m.board.soc.resets)
    assert m.board.run_until(lambda: len(m.board.soc.resets) > resets, seconds)
    m.wait_started()
    return m


@pytest.mark.parametrize(
    ("command", "argument", "exception"),
    [("peek", 0, 4), ("peek", 0x6000_0000, 4), ("peek", 0x2200_0000, 5), ("undefined", 0, 6)],
)
def test_a_fault_resets_and_leaves_its_record(
    app: tuple[Path, int], command: str, argument: int, exception: int
) -> None:
    m = boot(app)
    m.post(command, argument)
    restarted(m)
    assert CAUSES[m.cause] == "fault"
    assert m.starts == 2
    assert m.fault["exception"] == exception
    assert 0x0804_0000 <= m.fault["pc"] < 0x0806_0000
    if command == "peek":
        assert argument in (m.fault["mmfar"], m.fault["bfar"])
    assert not m.stack_overflow


def test_stack_overflow_is_told_from_other_faults(app: tuple[Path, int]) -> None:
    m = boot(app)
    m.post("recurse")
    restarted(m)
    assert CAUSES[m.cause] == "fault"
    assert m.stack_overflow


def test_watchdog_bites_what_hangs_and_leaves_what_feeds(app: tuple[Path, int]) -> None:
    m = boot(app)
    assert m.call("watchdog", 200) == ""
    assert abs(m.board.soc.iwdg1.timeout_seconds - 0.2) < 0.02
    for _ in range(5):
        m.board.run_for(0.1)
        m.call("feed")
    assert m.board.soc.resets == ["power"]
    m.post("hang")
    restarted(m)
    assert CAUSES[m.cause] == "watchdog"
    m.post("reset")
    restarted(m)
    assert (CAUSES[m.cause], m.starts) == ("software", 3)
    m.board.reset("pin")
    m.wait_started()
    assert CAUSES[m.cause] == "pin"


def test_store_keeps_words_over_a_reset(app: tuple[Path, int]) -> None:
    m = boot(app)
    m.board.load(SETTINGS, bytes(4096))
    assert m.call("store_erase") == ""
    data = bytes(range(64))
    assert m.call("store_write", 64, data) == ""
    assert m.call("store_write", 1, data) == "out_of_range"
    assert m.call("store_write", 128 * 1024, data) == "out_of_range"
    assert m.call("store_write", 64, bytes(64)) == "flash_failed"  # a word can be written once
    assert m.call("store_erase") == ""
    assert m.call("store_write", 64, data) == ""
    m.post("reset")
    restarted(m)
    assert m.call("store_read", 64) == ""
    assert m.data == data
    assert m.call("store_read", 128 * 1024 - 63) == "out_of_range"


@pytest.mark.parametrize("operation", range(1, 4))
def test_power_cut_in_the_store_never_stops_the_next_start(app: tuple[Path, int], operation: int) -> None:
    m = boot(app)
    data = bytes(range(100, 164))
    m.board.load(SETTINGS, bytes(128 << 10))
    m.board.soc.flash.cut_power_at(operation, seed=operation)
    with pytest.raises(PowerCutError):
        m.call("store_erase")
        m.call("store_write", 0, data)
    m.board.power_on()
    m.wait_started()
    assert CAUSES[m.cause] == "power"
    errors = {m.call("store_read", offset) for offset in range(0, 128 << 10, 8192)}
    errors.add(m.call("store_read", 0))
    assert errors <= {"", "flash_failed"}
    assert m.call("store_erase") == ""
    assert m.call("store_write", 0, data) == ""
    assert m.call("store_read", 0) == "" and m.data == data
