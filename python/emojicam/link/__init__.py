"""The link between a board and Python: framed messages over a UART or USB CDC."""

from emojicam.link.codec import BadPacket, Decoder, Received, decode, encode
from emojicam.link.generate import generate

__all__ = ["BadPacket", "Decoder", "Received", "decode", "encode", "generate"]
