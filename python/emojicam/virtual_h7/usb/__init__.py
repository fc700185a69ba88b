"""The computer at the other end of the USB cable."""
