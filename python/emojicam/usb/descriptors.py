"""What the camera says it is on USB: one table, from which the firmware's descriptors are generated.

Interface 0 is the keyboard, alone and first, because that is where firmware of PCs looks for one; the
link's serial port (CDC ACM) is interfaces 1 and 2.

Sources: USB 2.0 chapter 9; Device Class Definition for HID 1.11, sections 6 and 7 and appendices B and E;
CDC 1.2 with PSTN 1.2; Interface Association Descriptor ECN.
"""

import struct

from emojicam import __version__

#: pid.codes' first test PID: free for private testing, never for a product that is sold or given away. Who
#: makes one has to have an ID of their own and change these two lines.
VENDOR_ID = 0x1209
PRODUCT_ID = 0x0001

MANUFACTURER = "emojicam"
PRODUCT = "emojicam keyboard camera"
KEYBOARD_NAME = "emojicam keyboard"
LINK_NAME = "emojicam link"

#: Indices of the string descriptors; 0 is the list of languages.
STRING_MANUFACTURER, STRING_PRODUCT, STRING_SERIAL, STRING_KEYBOARD, STRING_LINK = range(1, 6)
LANGUAGE_US_ENGLISH = 0x0409

INTERFACE_KEYBOARD, INTERFACE_LINK, INTERFACE_LINK_DATA = range(3)
ENDPOINT_KEYBOARD_IN = 0x81
ENDPOINT_LINK_NOTIFY = 0x82
ENDPOINT_LINK_OUT = 0x03
ENDPOINT_LINK_IN = 0x83

CONTROL_PACKET = 64
KEYBOARD_REPORT = 8
BULK_PACKET = 64
NOTIFY_PACKET = 8
#: Frames of 1 ms between two questions for a report; hosts round it down to 8.
KEYBOARD_INTERVAL = 10
NOTIFY_INTERVAL = 16
#: mA. Board, camera and light; a low-power port would not do.
MAX_CURRENT = 300

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = range(1, 6)
INTERFACE_ASSOCIATION = 0x0B
HID, HID_REPORT = 0x21, 0x22
CDC_INTERFACE = 0x24

BULK, INTERRUPT = 2, 3
REMOTE_WAKEUP = 0x20


def _descriptor(kind: int, layout: str, *values: int) -> bytes:
    body = struct.pack("<" + layout, *values)
    return bytes([len(body) + 2, kind]) + body


def device_descriptor() -> bytes:
    """USB 2.0, 9.6.1. The class triple says that interfaces are grouped by association descriptors."""
    major, minor, patch = map(int, __version__.split(".")[:3])
    return _descriptor(
        DEVICE, "HBBBBHHHBBBB",
        0x0200, 0xEF, 0x02, 0x01, CONTROL_PACKET, VENDOR_ID, PRODUCT_ID, major << 8 | minor << 4 | patch,
        STRING_MANUFACTURER, STRING_PRODUCT, STRING_SERIAL, 1,
    )  # fmt: skip


def report_descriptor() -> bytes:
    """A boot keyboard (HID 1.11, appendix B.1) whose key array goes up to F24 and beyond.

    Boot protocol and report protocol are thus the same 8 bytes.
    """
    return bytes([
        0x05, 0x01,        # Usage Page (Generic Desktop)
        0x09, 0x06,        # Usage (Keyboard)
        0xA1, 0x01,        # Collection (Application)
        0x05, 0x07,        #   Usage Page (Keyboard)
        0x19, 0xE0,        #   Usage Minimum (Left Control)
        0x29, 0xE7,        #   Usage Maximum (Right GUI)
        0x15, 0x00,        #   Logical Minimum (0)
        0x25, 0x01,        #   Logical Maximum (1)
        0x75, 0x01,        #   Report Size (1)
        0x95, 0x08,        #   Report Count (8)
        0x81, 0x02,        #   Input (Data, Variable, Absolute): modifiers
        0x75, 0x08,        #   Report Size (8)
        0x95, 0x01,        #   Report Count (1)
        0x81, 0x01,        #   Input (Constant): reserved
        0x05, 0x08,        #   Usage Page (LEDs)
        0x19, 0x01,        #   Usage Minimum (Num Lock)
        0x29, 0x05,        #   Usage Maximum (Kana)
        0x75, 0x01,        #   Report Size (1)
        0x95, 0x05,        #   Report Count (5)
        0x91, 0x02,        #   Output (Data, Variable, Absolute): LEDs
        0x75, 0x03,        #   Report Size (3)
        0x95, 0x01,        #   Report Count (1)
        0x91, 0x01,        #   Output (Constant)
        0x05, 0x07,        #   Usage Page (Keyboard)
        0x19, 0x00,        #   Usage Minimum (0)
        0x2A, 0xFF, 0x00,  #   Usage Maximum (255)
        0x15, 0x00,        #   Logical Minimum (0)
        0x26, 0xFF, 0x00,  #   Logical Maximum (255)
        0x75, 0x08,        #   Report Size (8)
        0x95, 0x06,        #   Report Count (6)
        0x81, 0x00,        #   Input (Data, Array): keys
        0xC0,              # End Collection
    ])  # fmt: skip


def _interface(number: int, endpoints: int, kind: tuple[int, int, int], name: int) -> bytes:
    return _descriptor(INTERFACE, "BBBBBBB", number, 0, endpoints, *kind, name)


def _endpoint(address: int, transfer: int, packet: int, interval: int) -> bytes:
    return _descriptor(ENDPOINT, "BBHB", address, transfer, packet, interval)


def configuration_descriptor() -> bytes:
    """USB 2.0, 9.6.3, and everything that belongs to it."""
    keyboard = (
        _interface(INTERFACE_KEYBOARD, 1, (0x03, 0x01, 0x01), STRING_KEYBOARD)
        + _descriptor(HID, "HBBBH", 0x0111, 0, 1, HID_REPORT, len(report_descriptor()))
        + _endpoint(ENDPOINT_KEYBOARD_IN, INTERRUPT, KEYBOARD_REPORT, KEYBOARD_INTERVAL)
    )
    link = (
        _descriptor(INTERFACE_ASSOCIATION, "BBBBBB", INTERFACE_LINK, 2, 0x02, 0x02, 0x00, STRING_LINK)
        + _interface(INTERFACE_LINK, 1, (0x02, 0x02, 0x00), STRING_LINK)
        + _descriptor(CDC_INTERFACE, "BH", 0x00, 0x0120)  # header
        + _descriptor(CDC_INTERFACE, "BBB", 0x01, 0x00, INTERFACE_LINK_DATA)  # no call management
        + _descriptor(CDC_INTERFACE, "BB", 0x02, 0x02)  # ACM: line coding and control line state
        + _descriptor(CDC_INTERFACE, "BBB", 0x06, INTERFACE_LINK, INTERFACE_LINK_DATA)  # union
        + _endpoint(ENDPOINT_LINK_NOTIFY, INTERRUPT, NOTIFY_PACKET, NOTIFY_INTERVAL)
        + _interface(INTERFACE_LINK_DATA, 2, (0x0A, 0x00, 0x00), 0)
        + _endpoint(ENDPOINT_LINK_OUT, BULK, BULK_PACKET, 0)
        + _endpoint(ENDPOINT_LINK_IN, BULK, BULK_PACKET, 0)
    )
    body = keyboard + link
    # Bit 7 is always set; powered by the bus.
    return _descriptor(
        CONFIGURATION, "HBBBBB", len(body) + 9, 3, 1, 0, 0x80 | REMOTE_WAKEUP, MAX_CURRENT // 2
    ) + body  # fmt: skip


def string_descriptor(text: str) -> bytes:
    """USB 2.0, 9.6.7."""
    return _descriptor(STRING, f"{len(text)}H", *map(ord, text))


def strings() -> dict[int, bytes]:
    """Every string descriptor but the serial number, which is the chip's."""
    return {
        0: _descriptor(STRING, "H", LANGUAGE_US_ENGLISH),
        STRING_MANUFACTURER: string_descriptor(MANUFACTURER),
        STRING_PRODUCT: string_descriptor(PRODUCT),
        STRING_KEYBOARD: string_descriptor(KEYBOARD_NAME),
        STRING_LINK: string_descriptor(LINK_NAME),
    }
