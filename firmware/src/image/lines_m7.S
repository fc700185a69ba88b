// The image stage's inner loops on the Cortex-M7. The interface is in line_kernels.h, which has them in C++ too.
//
// UXTB16 takes bytes 0 and 2 of a word, with a rotation bytes 1 and 3: two lanes of 16 bits, which one multiplication
// by a small weight scales both.

        .syntax unified
        .thumb
        .text

        .equ    kOdd, 656               // from a plane of even sums to that of odd ones

        // r0 line, r1 steps of eight pixels, r2 weight, r3 sums
        .macro  WEIGH name, set
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11}
.Lnext_\name:
        ldrd    r4, r5, [r0], #8
        .if     \set
        uxtb16  r6, r4
        uxtb16  r7, r5
        uxtb16  r8, r4, ror #8
        uxtb16  r9, r5, ror #8
        mul     r6, r6, r2
        mul     r7, r7, r2
        mul     r8, r8, r2
        mul     r9, r9, r2
        .else
        ldrd    r6, r7, [r3]
        uxtb16  r10, r4
        ldrd    r8, r9, [r3, #kOdd]
        uxtb16  r11, r5
        mla     r6, r10, r2, r6
        uxtb16  r10, r4, ror #8
        mla     r7, r11, r2, r7
        uxtb16  r11, r5, ror #8
        mla     r8, r10, r2, r8
        mla     r9, r11, r2, r9
        .endif
        strd    r8, r9, [r3, #kOdd]
        strd    r6, r7, [r3], #8
        subs    r1, #1
        bne     .Lnext_\name
        pop     {r4-r11}
        bx      lr
        .size   \name, . - \name
        .endm

        WEIGH   EmojicamM7SetLine, 1
        WEIGH   EmojicamM7AddLine, 0

        // r0 columns, r1 output
        .macro  AVERAGE name, windows, wide
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11, lr}
        ldm     r0, {r2-r8}             // sums, place, weights, bias, multiplier, shift, count
        add     r0, r2, #kOdd
.Lnext_\name:
        ldrh    lr, [r3], #2
        ldrd    r11, r12, [r4], #8
        ldr     r9, [r2, lr]
        ldr     r10, [r0, lr]
        .if     \wide
        eor     r9, r9, #0x80008000     // signed lanes: 2^15 less, which the bias makes up for
        eor     r10, r10, #0x80008000
        .endif
        smlad   r11, r9, r11, r5
        smlad   r11, r10, r12, r11
        .if     \windows > 1
        add     lr, lr, #4
        ldr     r9, [r2, lr]
        ldr     r10, [r0, lr]
        ldrd    r12, lr, [r4], #8
        .if     \wide
        eor     r9, r9, #0x80008000
        eor     r10, r10, #0x80008000
        .endif
        smlad   r11, r9, r12, r11
        smlad   r11, r10, lr, r11
        .endif
        umull   r12, r11, r11, r6
        lsr     r11, r11, r7
        strb    r11, [r1], #1
        subs    r8, #1
        bne     .Lnext_\name
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        AVERAGE EmojicamM7Columns1, 1, 0
        AVERAGE EmojicamM7Columns1Wide, 1, 1
        AVERAGE EmojicamM7Columns2, 2, 0
        AVERAGE EmojicamM7Columns2Wide, 2, 1

        // r0 RGB pixels, r1 steps of four, r2 line
        //
        // Three words are r0 g0 b0 r1, g1 b1 r2 g2, b2 r3 g3 b3; UXTB16 makes lanes of bytes 0 and 2, and of 1 and 3.
        .global EmojicamM7LumaOfRgb
        .type   EmojicamM7LumaOfRgb, %function
        .balign 4
        .thumb_func
EmojicamM7LumaOfRgb:
        push    {r4-r11, lr}
        movw    r3, #77                 // red, and above it blue
        movt    r3, #29
        mov     r12, #150               // green
        mov     lr, #128                // half
.Lrgb:
        ldr     r4, [r0], #4            // LDM would need whole words
        ldr     r5, [r0], #4
        ldr     r6, [r0], #4
        uxtb16  r7, r4                  // r0 b0
        uxtb16  r4, r4, ror #8          // g0 r1
        uxtb16  r8, r5                  // g1 r2
        uxtb16  r5, r5, ror #8          // b1 g2
        uxtb16  r9, r6                  // b2 g3
        uxtb16  r6, r6, ror #8          // r3 b3
        smlad   r7, r7, r3, lr
        smlatb  r10, r4, r3, lr
        smlatb  r11, r8, r3, lr
        smlad   r6, r6, r3, lr
        smlabb  r7, r4, r12, r7         // pixel 0
        smlabb  r10, r8, r12, r10
        smlatb  r11, r5, r12, r11
        smlatb  r6, r9, r12, r6         // pixel 3
        smlabt  r10, r5, r3, r10        // pixel 1
        smlabt  r11, r9, r3, r11        // pixel 2
        pkhbt   r7, r7, r11, lsl #16    // sums are 16 bits, of which the upper byte is the luma
        pkhbt   r10, r10, r6, lsl #16
        uxtb16  r7, r7, ror #8
        uxtb16  r10, r10, ror #8
        orr     r7, r7, r10, lsl #8
        str     r7, [r2], #4
        subs    r1, #1
        bne     .Lrgb
        pop     {r4-r11, pc}
        .size   EmojicamM7LumaOfRgb, . - EmojicamM7LumaOfRgb
