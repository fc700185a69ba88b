"""HID usages -> the key codes of Linux (``linux/input-event-codes.h``), as the kernel's usbhid maps them.

Source of the facts: ``drivers/hid/hid-input.c`` (``hid_keyboard``). X key codes are these plus 8.
"""

#: Usage 0x04 to 0x73 in order, for the keys that this project has anything to do with; 0 where it has not.
_FROM_0X04 = (
    30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44,
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53,
    58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88, 99, 70, 119, 110, 102, 104, 111, 107, 109,
    106, 105, 108, 103, 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 86, 127, 116, 117,
    183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194,
)  # fmt: skip
_MODIFIERS = (29, 42, 56, 125, 97, 54, 100, 126)

#: HID usage -> Linux key code.
KEY_CODES = {
    **{0x04 + n: code for n, code in enumerate(_FROM_0X04)},
    **{0xE0 + n: code for n, code in enumerate(_MODIFIERS)},
}
