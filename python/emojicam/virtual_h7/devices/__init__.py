"""The chip's peripherals, one class and one file each. Section numbers are those of RM0433 rev 7."""
