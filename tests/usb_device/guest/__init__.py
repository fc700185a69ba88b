"""A small Linux guest in QEMU whose kernel is given the exported device."""
