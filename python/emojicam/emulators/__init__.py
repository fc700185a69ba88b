"""The emulated boards that QEMU runs, and how the virtual OpenMV Cam H7 is started."""
