// Bytes of one channel to the halfwords of scratch rows, on the Cortex-M7. The interface is in m7_kernels.h.
//
// UXTB16 takes bytes 0 and 2 of a word, with a rotation bytes 1 and 3; PKHBT and PKHTB bring neighbours together:
// 16 instructions for 12 pixels.

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

        // word -> low, high: pixels 0 1 and 2 3
        .macro  UNPACK4 low, high, word, signed
        .if     \signed
        eor     \word, \word, #0x80808080
        .endif
        WIDEN   \low, \high, \word
        .endm

        // r0 job, r1 source, r2 destination
        .macro  UNPACK name, signed
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #28
        ldm     r0, {r4-r8}             // source_pitch destination_pitch rows width padding
        stm     sp, {r4-r8}
        str     r1, [sp, #20]
        str     r2, [sp, #24]
        mov     r0, r1
        adds    r1, r2, #4
.Lrow_\name:
        ldr     r2, [sp, #12]
        adds    r2, #3
        lsrs    r2, #2                  // words
        subs    r2, #3
        blo     .Lrest_\name
.Ltwelve_\name:
        ldm     r0!, {r3-r5}
        UNPACK4 r6, r7, r3, \signed
        UNPACK4 r8, r9, r4, \signed
        UNPACK4 r10, r11, r5, \signed
        stm     r1!, {r6-r11}
        subs    r2, #3
        bhs     .Ltwelve_\name
.Lrest_\name:
        adds    r2, #3
        beq     .Lpad_\name
.Lfour_\name:
        ldr     r3, [r0], #4
        UNPACK4 r6, r7, r3, \signed
        strd    r6, r7, [r1], #8
        subs    r2, #1
        bne     .Lfour_\name
.Lpad_\name:
        ldm     sp, {r4-r8}
        ldrd    r0, r1, [sp, #20]
        add     r3, r1, r7, lsl #1
        str     r8, [r3, #4]            // may lie across two words: STR can
        add     r0, r4
        add     r1, r5
        strd    r0, r1, [sp, #20]
        adds    r1, #4
        subs    r6, #1
        str     r6, [sp, #8]
        bne     .Lrow_\name
        add     sp, #28
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        UNPACK  EmojicamM7Unpack, 0
        UNPACK  EmojicamM7UnpackSigned, 1
