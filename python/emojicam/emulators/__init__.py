"""What runs firmware on this computer: QEMU's boards, the virtual OpenMV Cam H7, and this computer as a board."""
