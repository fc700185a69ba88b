"""Register table of the USB OTG core (section 57.14), device mode and global part."""

from emojicam.virtual_h7.registers import ALL, Register, array, bits

ENDPOINTS = 9

REGISTERS = (
    Register(0x000, "GOTGCTL", 0x0800, bits((2, 7), 12, 20), section="57.14.1"),
    Register(0x004, "GOTGINT", 0, 0, bits(2, 8, 9, 17, 18, 19, 20), section="57.14.2"),
    Register(0x008, "GAHBCFG", 0, bits(0, (1, 4), 5, 7, 8), section="57.14.3"),
    Register(0x00C, "GUSBCFG", 0x0A00, bits((0, 2), 6, 8, 9, (10, 13), 15, (17, 25), 29, 30), section="57.14.4"),
    Register(0x010, "GRSTCTL", 0x2000_0000, bits((6, 10)), section="57.14.5"),
    Register(
        0x014,
        "GINTSTS",
        0x0400_0020,
        0,
        bits(1, 3, 10, 11, 12, 13, 14, 15, 20, 21, 22, 28, 29, 30, 31),
        section="57.14.6",
    ),
    Register(0x018, "GINTMSK", 0, bits((1, 7), (10, 15), (18, 23), (25, 31)), section="57.14.7"),
    Register(0x01C, "GRXSTSR", section="57.14.8"),
    Register(0x020, "GRXSTSP", section="57.14.9"),
    Register(0x024, "GRXFSIZ", 0x200, 0xFFFF, section="57.14.10"),
    Register(0x028, "DIEPTXF0", 0x200, ALL, section="57.14.11"),
    Register(0x038, "GCCFG", 0, bits((16, 21)), section="57.14.13"),
    Register(0x03C, "CID", 0x2300, ALL, section="57.14.14"),
    # Identity and configuration of the Synopsys core: TinyUSB's dwc2_info.md lists the H743's.
    Register(0x040, "GSNPSID", 0x4F54_330A),
    Register(0x044, "GHWCFG1", 0x0000_0000),
    Register(0x048, "GHWCFG2", 0x229F_E190),
    Register(0x04C, "GHWCFG3", 0x03B8_D2E8),
    Register(0x050, "GHWCFG4", 0xE3F0_0030),
    Register(0x054, "GLPMCFG", 0, bits(0, 1, 7, (8, 12), 28), section="57.14.15"),
    Register(0x05C, "GDFIFOCFG", 0, ALL),
    *array(Register(0x104, "DIEPTXF{}", 0x0200_0400, ALL, section="57.14.17"), 8, 4, start=1),
    Register(0x800, "DCFG", 0x0220_0000, bits((0, 2), (4, 12), (24, 25)), section="57.14.34"),
    Register(0x804, "DCTL", 0, bits(0, 1, (4, 6), 11), section="57.14.35"),
    Register(0x808, "DSTS", 0x10, section="57.14.36"),
    Register(0x810, "DIEPMSK", 0, bits((0, 6), 8, 9, 13), section="57.14.37"),
    Register(0x814, "DOEPMSK", 0, bits((0, 6), 8, 9, 12, 13, 14), section="57.14.38"),
    Register(0x818, "DAINT", section="57.14.39"),
    Register(0x81C, "DAINTMSK", 0, ALL, section="57.14.40"),
    Register(0x828, "DVBUSDIS", 0x17D7, 0xFFFF, section="57.14.41"),
    Register(0x82C, "DVBUSPULSE", 0x05B8, 0xFFF, section="57.14.42"),
    Register(0x834, "DIEPEMPMSK", 0, 0xFFFF, section="57.14.44"),
    *array(Register(0x900, "DIEPCTL{}", section="57.14.48"), ENDPOINTS, 0x20),
    *array(Register(0x908, "DIEPINT{}", 0x80, 0, bits((0, 6), 8, 9, 11, 13), section="57.14.49"), ENDPOINTS, 0x20),
    Register(0x910, "DIEPTSIZ0", 0, bits((0, 6), 19, 20), section="57.14.50"),
    *array(Register(0x930, "DIEPTSIZ{}", 0, bits((0, 30)), section="57.14.53"), ENDPOINTS - 1, 0x20, start=1),
    *array(Register(0x914, "DIEPDMA{}", 0, ALL, section="57.14.51"), ENDPOINTS, 0x20),
    *array(Register(0x918, "DTXFSTS{}", section="57.14.52"), ENDPOINTS, 0x20),
    Register(0xB00, "DOEPCTL0", 0x8000, section="57.14.54"),
    *array(Register(0xB20, "DOEPCTL{}", section="57.14.59"), ENDPOINTS - 1, 0x20, start=1),
    *array(
        Register(0xB08, "DOEPINT{}", 0x80, 0, bits((0, 6), 8, 12, 13, 14, 15), section="57.14.55"),
        ENDPOINTS,
        0x20,
    ),
    Register(0xB10, "DOEPTSIZ0", 0, bits((0, 6), 19, 29, 30), section="57.14.56"),
    *array(Register(0xB30, "DOEPTSIZ{}", 0, bits((0, 30)), section="57.14.58"), ENDPOINTS - 1, 0x20, start=1),
    *array(Register(0xB14, "DOEPDMA{}", 0, ALL, section="57.14.57"), ENDPOINTS, 0x20),
    Register(0xE00, "PCGCCTL", 0, bits(0, 1, 5), section="57.14.60"),
)

# GINTSTS
OTGINT, SOF, RXFLVL, GINAKEFF, GONAKEFF = (1 << n for n in (2, 3, 4, 6, 7))
USBSUSP, USBRST, ENUMDNE, IEPINT, OEPINT, WKUPINT = (1 << n for n in (11, 12, 13, 18, 19, 31))
# DxEPINT
XFRC, EPDISD, STUP, INEPNE, TXFE = (1 << n for n in (0, 1, 3, 6, 7))
# DxEPCTL
USBAEP, NAKSTS, STALL, CNAK, SNAK, SD0PID, SODD, EPDIS, EPENA = (1 << n for n in (15, 17, 21, 26, 27, 28, 29, 30, 31))
CTL_KEPT = bits((0, 10), 15, (18, 19), 20, 21, (22, 25))
# GRXSTSP packet status (57.14.8)
RX_OUT_NAK, RX_DATA, RX_OUT_DONE, RX_SETUP_DONE, RX_SETUP = 1, 2, 3, 4, 6
