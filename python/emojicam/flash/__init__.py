"""Writing the firmware into a board's flash: image, plan, device, and the two ways there.

``image`` reads and writes ELF, HEX and BIN; ``layout`` says whose flash is whose; ``plan`` decides what is
erased and written, or refuses; ``find`` looks for a probe or a board; ``swd`` (pyOCD) and ``dfu`` (dfu-util)
carry a plan out. Nothing but the last two touches a board.
"""
