"""The one table of the link's messages, from which the C++ header and the tests of both sides come.

A message on the wire is one COBS-framed packet::

    COBS( id:u8  payload  crc:u32 )  0x00

with everything little-endian and CRC-32 as in zlib (IEEE 802.3) over id and payload. A payload is its
fields one after the other without padding. An array has its length before it as a u8; text and bytes are
always the last field and take the rest of the payload.

Changing an existing message in any way is a new ``VERSION``; the board says which it speaks in Hello.
"""

from dataclasses import dataclass, field
from typing import Literal

VERSION = 2

#: Largest payload in bytes: both sides' buffers are made for it.
MAX_PAYLOAD = 1088

#: How many classes a model may have.
MAX_CLASSES = 16

Kind = Literal["u8", "i8", "u16", "i16", "u32", "f32", "u64", "text", "bytes"]

#: struct module's letter, bytes, and C++ type of each kind that has a fixed size.
SCALARS: dict[str, tuple[str, int, str]] = {
    "u8": ("B", 1, "uint8_t"),
    "i8": ("b", 1, "int8_t"),
    "u16": ("H", 2, "uint16_t"),
    "i16": ("h", 2, "int16_t"),
    "u32": ("I", 4, "uint32_t"),
    "u64": ("Q", 8, "uint64_t"),
    "f32": ("f", 4, "float"),
}


@dataclass(frozen=True)
class Field:
    """One field: a scalar, an array of at most ``up_to`` scalars, or the rest as text or bytes."""

    name: str
    kind: Kind
    doc: str
    up_to: int = 0

    @property
    def is_array(self) -> bool:
        return self.up_to > 0

    @property
    def is_rest(self) -> bool:
        return self.kind in ("text", "bytes")


@dataclass(frozen=True)
class Message:
    """One message. ``sender`` is who may send it: the host (Python) or the board."""

    id: int
    name: str
    sender: Literal["host", "board"]
    doc: str
    fields: tuple[Field, ...] = field(default=())


@dataclass(frozen=True)
class Code:
    """One value of an enumeration that messages carry as u8."""

    value: int
    name: str
    doc: str


#: Field ``code`` of Error: what the board could not do, and why.
ERRORS = (
    Code(1, "UnknownMessage", "no message has this id"),
    Code(2, "BadMessage", "a known message whose payload does not parse"),
    Code(3, "BadFrame", "a frame of a size or format that the image stage does not take"),
    Code(4, "FrameIncomplete", "the next frame began before this one had all its bytes"),
    Code(5, "UnexpectedData", "frame data without a frame, out of order, or without the frame that it builds on"),
    Code(6, "InferenceFailed", "the interpreter refused the frame"),
    Code(7, "NotArmed", "a gesture fired while the keyboard was not armed"),
    Code(8, "TooSoon", "a gesture fired sooner after the last than the rate limit allows"),
    Code(9, "BadText", "text that has no keystrokes on this host and layout"),
    Code(12, "QueueFull", "a gesture fired while as many as fit were waiting to be typed"),
    Code(10, "ModelRejected", "the runner was given a model that it can't run"),
    Code(11, "ArenaTooSmall", "the model does not fit the arena"),
    Code(13, "BadSettings", "settings that are out of range, or for another number of gestures"),
    Code(14, "SettingsNotKept", "the settings are in force, but this board could not write them to flash"),
    Code(15, "ImageDark", "what the camera sees has been black for a while"),
    Code(16, "ImageBlown", "what the camera sees has been white for a while"),
    Code(17, "Still", "nothing has moved for a while, so the frame was not classified"),
    Code(
        18,
        "SettingsDamaged",
        "settings in flash are damaged or another firmware's: those kept before, or of the build, are in force",
    ),
)

#: Field ``cause`` of Fault: why the board started. As board::ResetCause in firmware/src/board/health.h.
START_CAUSES = (
    Code(0, "Power", "supply on, or a brown-out"),
    Code(1, "Pin", "the reset button or a debugger"),
    Code(2, "Software", "somebody asked for it"),
    Code(3, "Watchdog", "the main loop hung"),
    Code(4, "Fault", "a processor fault"),
    Code(5, "Stopped", "the firmware gave up by itself"),
    Code(6, "Other", "something else"),
)

#: Field ``format`` of FrameBegin and ImageBegin.
PIXEL_FORMATS = (
    Code(0, "Grey8", "one byte a pixel"),
    Code(1, "Rgb888", "three bytes a pixel: red, green, blue"),
    Code(2, "Yuv422", "two bytes a pixel: luma first, chroma ignored"),
)

_PIXELS = "rows from the top, without gaps"

#: The fields of SettingsSet and Settings, which are also what is kept in flash: a change to them is a new
#: kFormat in app/board_settings.cc. Ranges as in emojicam.toml.
_SETTINGS = (
    Field("host", "u8", "emojicam::Host"),
    Field("layout", "u8", "emojicam::Layout"),
    Field("armed_at_start", "u8", "1 or 0"),
    Field("press_ms", "u8", "1 to 255"),
    Field("release_ms", "u8", "1 to 255"),
    Field("gap_ms", "u8", "1 to 255"),
    Field("min_interval_ms", "u16", "the rate limit"),
    Field("time_constant_ms", "u16", "of the smoothing, 1 to 10000"),
    Field("margin", "f32", "0 to 1"),
    Field("activation", "f32", "0 to 1, one a class", up_to=MAX_CLASSES),
    Field("threshold", "f32", "above 0 and up to 1, one a class", up_to=MAX_CLASSES),
)

MESSAGES = (
    # Both ways: who is there, and what went wrong.
    Message(0x01, "HelloRequest", "host", "Asks for Hello."),
    Message(
        0x02,
        "Hello",
        "board",
        "Sent at start and on request.",
        (
            Field("version", "u8", "VERSION of this table"),
            Field("armed", "u8", "1 if a gesture types"),
            Field("model_hash", "u32", "first 4 bytes of the model's SHA-256, big-endian"),
            Field("arena_bytes", "u32", "arena that the interpreter uses"),
            Field("arena_size", "u32", "arena that it was given"),
            Field("input_width", "u16", "of the model, pixels"),
            Field("input_height", "u16", "of the model, pixels"),
            Field("classes", "u8", "number of classes"),
            Field("board", "text", "the board's name"),
        ),
    ),
    Message(
        0x03,
        "Error",
        "board",
        "Something that the host sent, or a frame, could not be used. The board goes on.",
        (
            Field("code", "u8", "one of ERRORS"),
            Field("frame", "u32", "number of the frame it is about, or 0"),
            Field("detail", "text", "a few words more, may be empty"),
        ),
    ),
    Message(0x04, "Log", "board", "A line for the developer.", (Field("line", "text", "without end of line"),)),
    Message(
        0x05,
        "Statistics",
        "board",
        "What the link has counted since start.",
        (
            Field("received", "u32", "messages that arrived whole"),
            Field("bad_crc", "u32", "packets whose CRC is wrong"),
            Field("malformed", "u32", "packets that are not COBS, too short, or too long"),
            Field("unknown", "u32", "whole messages of no known id"),
            Field("frames", "u32", "frames classified"),
            Field("dropped", "u32", "messages the host did not take in time"),
        ),
    ),
    Message(0x06, "StatisticsRequest", "host", "Asks for Statistics."),
    Message(0x07, "FaultRequest", "host", "Asks for Fault."),
    Message(
        0x08,
        "Fault",
        "board",
        "Why the board started, and what a fault before that has left behind: registers are 0 where there was none.",
        (
            Field("starts", "u32", "times that it has started since it was switched on"),
            Field("cause", "u8", "of the last start, one of START_CAUSES"),
            Field("exception", "u32", "number: 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault"),
            Field("pc", "u32", "where it was"),
            Field("lr", "u32", "where it came from"),
            Field("xpsr", "u32", "program status"),
            Field("sp", "u32", "stack pointer"),
            Field("cfsr", "u32", "Configurable Fault Status"),
            Field("hfsr", "u32", "HardFault Status"),
            Field("mmfar", "u32", "MemManage Fault Address"),
            Field("bfar", "u32", "BusFault Address"),
            Field("milliseconds", "u32", "after the start before this one"),
            Field("stack_overflow", "u8", "1 if the stack was full"),
            Field("reason", "text", "why the firmware gave up, where it did"),
        ),
    ),
    # A frame in.
    Message(
        0x10,
        "FrameBegin",
        "host",
        "A camera frame follows in FrameData messages; it is classified when its last byte is here.",
        (
            Field("frame", "u32", "number, echoed in every answer"),
            Field("time_ms", "u32", "when it was taken: gestures are timed by it"),
            Field("width", "u16", "pixels"),
            Field("height", "u16", "pixels"),
            Field("format", "u8", "one of PIXEL_FORMATS"),
        ),
    ),
    Message(
        0x11,
        "FrameData",
        "host",
        f"A part of the frame: {_PIXELS}.",
        (Field("offset", "u32", "of the first byte in the frame"), Field("pixels", "bytes", _PIXELS)),
    ),
    Message(
        0x13,
        "FrameDelta",
        "host",
        "A part of the frame as differences to the same bytes of the frame before, which must have been "
        "complete and of the same size and format. Each difference (modulo 256, -128 to 127) is zigzag coded "
        "(0, -1, 1, -2, ... as 0, 1, 2, 3, ...) and then Rice coded: value >> rice ones, a zero, and the lowest "
        "`rice` bits, all from the highest bit of each byte down (Rice and Plaunt, 1971).",
        (
            Field("offset", "u32", "of the first byte in the frame"),
            Field("count", "u16", "bytes of the frame"),
            Field("rice", "u8", "low bits that are sent as they are, 0 to 7"),
            Field("bits", "bytes", "the codes, padded to a whole byte"),
        ),
    ),
    Message(
        0x12,
        "Time",
        "host",
        "Lets time pass without a frame, on a board whose clock is the host (an emulated one).",
        (Field("time_ms", "u32", "now, on the clock of FrameBegin"),),
    ),
    # A frame out.
    Message(
        0x14,
        "ImageRequest",
        "host",
        "Asks for the next frame that is classified, as the board has seen it: an ImageBegin, and ImageData.",
    ),
    Message(
        0x15,
        "ImageBegin",
        "board",
        "A frame that was asked for follows in ImageData messages, while the board goes on with others.",
        (
            Field("number", "u32", "of the frame, as in Scores"),
            Field("time_ms", "u32", "when it was taken"),
            Field("width", "u16", "pixels"),
            Field("height", "u16", "pixels"),
            Field("format", "u8", "one of PIXEL_FORMATS"),
        ),
    ),
    Message(
        0x16,
        "ImageData",
        "board",
        f"A part of that frame: {_PIXELS}.",
        (Field("offset", "u32", "of the first byte in the frame"), Field("pixels", "bytes", _PIXELS)),
    ),
    # What became of it.
    Message(
        0x20,
        "Scores",
        "board",
        "The model's output for a frame, unchanged.",
        (
            Field("frame", "u32", "number"),
            Field("nanoseconds", "u64", "inference alone; on QEMU the number of instructions"),
            Field("image_nanoseconds", "u64", "the image stage"),
            Field("scores", "i8", "one a class", up_to=MAX_CLASSES),
        ),
    ),
    Message(
        0x21,
        "Decision",
        "board",
        "What the gesture stage made of it.",
        (
            Field("frame", "u32", "number"),
            Field("gesture", "u8", "index of the class that is held, 0 for none"),
            Field("fired", "u8", "1 in the frame in which it became held"),
            Field("probabilities", "f32", "softmax of the scores", up_to=MAX_CLASSES),
            Field("smoothed", "f32", "exponentially smoothed evidence", up_to=MAX_CLASSES),
        ),
    ),
    Message(
        0x22,
        "Typing",
        "board",
        "A gesture fired and its text goes to the keyboard.",
        (Field("frame", "u32", "number"), Field("text", "text", "UTF-8")),
    ),
    Message(
        0x23,
        "KeyReport",
        "board",
        "A HID boot keyboard report, as it goes to the computer (HID 1.11, appendix B.1).",
        (
            Field("time_ms", "u32", "when it was sent"),
            Field("report", "bytes", "8 bytes: modifiers, 0, six usages"),
        ),
    ),
    Message(
        0x24,
        "FrameDone",
        "board",
        "All that there is to say about a frame has been said.",
        (Field("frame", "u32", "number"), Field("status", "u8", "0, or one of ERRORS")),
    ),
    # What can be changed while the board runs. It keeps it in flash where it has any.
    Message(0x31, "SettingsRequest", "host", "Asks for Settings."),
    Message(0x32, "SettingsSet", "host", "Other settings, all at once; answered by Settings.", _SETTINGS),
    Message(0x33, "Settings", "board", "The settings in force.", _SETTINGS),
    Message(0x34, "SettingsReset", "host", "Back to the settings of the build; answered by Settings."),
    Message(0x35, "KeyboardCountersRequest", "host", "Asks for KeyboardCounters."),
    Message(
        0x36,
        "KeyboardCounters",
        "board",
        "What has become of every gesture that fired since start, and what the bus has done.",
        (
            Field("typed", "u32", "typed to the end"),
            Field("not_armed", "u32", "dropped: not armed"),
            Field("too_soon", "u32", "dropped: rate limit"),
            Field("queue_full", "u32", "dropped: two were waiting"),
            Field("refused_text", "u32", "dropped: no keystrokes for it"),
            Field("stale", "u32", "dropped: waited too long for a computer that does not read"),
            Field("cut", "u32", "cut off or dropped: disarmed, bus reset, suspended, other settings"),
            Field("lock_refused", "u32", "dropped: the computer did not follow Num Lock or Caps Lock"),
            Field("reports", "u32", "USB: keyboard reports that the computer took"),
            Field("mounts", "u32", "USB: times that it was configured"),
            Field("suspends", "u32", "USB: times that it was suspended"),
            Field("bad_set_reports", "u32", "USB: output reports of another kind or size"),
        ),
    ),
    Message(
        0x30, "Arm", "host", "Lets gestures type, or stops it; answered by Armed.", (Field("armed", "u8", "1 or 0"),)
    ),
    Message(
        0x37,
        "Armed",
        "board",
        "Whether gestures type: after every Arm, and whenever the board's button has changed it.",
        (Field("armed", "u8", "1 or 0"),),
    ),
    Message(0x38, "KeyboardStateRequest", "host", "Asks for KeyboardState."),
    Message(
        0x39,
        "KeyboardState",
        "board",
        "Whether a gesture that fired is still to be typed.",
        (Field("idle", "u8", "1 if no text waits, none is being typed and every key is up"),),
    ),
    # The runner: any model, for tests, measuring and benchmarks.
    Message(
        0x60,
        "RunnerLayer",
        "board",
        "One layer of one inference.",
        (
            Field("job", "u32", "index"),
            Field("layer", "u16", "index in the model"),
            Field("op", "u16", "BuiltinOperator of the TFLite schema"),
            Field("nanoseconds", "u64", "on QEMU the number of instructions"),
        ),
    ),
    Message(
        0x61,
        "RunnerTensor",
        "board",
        "A part of an inference's output.",
        (
            Field("job", "u32", "index"),
            Field("inference", "u32", "index of the input it answers"),
            Field("offset", "u32", "of the first byte"),
            Field("data", "bytes", "little-endian, as in the arena"),
        ),
    ),
    Message(
        0x62,
        "RunnerDone",
        "board",
        "A job is over.",
        (
            Field("job", "u32", "index"),
            Field("status", "u8", "0, or one of ERRORS"),
            Field("arena_bytes", "u32", "arena used, 16-byte alignment included"),
            Field("nanoseconds", "u64", "the last inference"),
            Field("detail", "text", "what the interpreter said, where it failed"),
        ),
    ),
    Message(0x63, "RunnerEnd", "board", "No further jobs.", (Field("jobs", "u32", "how many were run"),)),
)

BY_ID = {message.id: message for message in MESSAGES}
BY_NAME = {message.name: message for message in MESSAGES}
