/* What TinyUSB is built with. Read by C and C++ alike: preprocessor only.
 *
 * A board with a USB core defines CFG_TUSB_MCU for it; the others have the tunnel. */
#ifndef EMOJICAM_USB_TUSB_CONFIG_H_
#define EMOJICAM_USB_TUSB_CONFIG_H_

#ifndef CFG_TUSB_MCU
#define CFG_TUSB_MCU OPT_MCU_NONE
#define TUP_DCD_ENDPOINT_MAX 8
#endif

#define CFG_TUSB_OS OPT_OS_NONE
#define CFG_TUSB_DEBUG 0

/* Full speed everywhere: eight bytes every ten milliseconds need no more. */
#define CFG_TUSB_RHPORT0_MODE (OPT_MODE_DEVICE | OPT_MODE_FULL_SPEED)
#define CFG_TUD_ENDPOINT0_SIZE 64
#define CFG_TUD_INTERFACE_MAX 4

#define CFG_TUD_HID 1
#define CFG_TUD_HID_EP_BUFSIZE 8

#define CFG_TUD_CDC 1
#define CFG_TUD_CDC_EP_BUFSIZE 64
#define CFG_TUD_CDC_RX_BUFSIZE 1024
#define CFG_TUD_CDC_TX_BUFSIZE 2048

#endif
