// Depthwise windows of any size on the Cortex-M7, three outputs of one channel at a time. Interface and layout are in
// any_kernels.h.
//
// For each line one LDM brings five words and one the weights of three taps: nine SMLAD, which are 18 multiplications,
// in 12 instructions. Lines are unrolled and entered where as many are left as a window has.
//
// Registers: r0 lines, r1 weights, r2-r4 sums, r5-r9 pixels, r10-r12 weights, lr from one line to the next.

        .syntax unified
        .thumb
        .text

        .equ    kFoldBits, 12           // kM7FoldBits
        .equ    kMostLines, 16          // kM7MostLines
        .equ    kLineBytes, 48

// Stack frame: M7AnyRows.
        .equ    kWeights, 12            // and the pitch
        .equ    kEntry, 20              // over the number of lines
        .equ    kScale, 24              // multiplier minus
        .equ    kAddend, 32             // and the shift
        .equ    kOut, 40                // and how many blocks are left
        .equ    kOutStep, 48            // and the step of the lines
        .equ    kSecond, 56             // and the third
        .equ    kRow, 64
        .equ    kRowStep, 68
        .equ    kOutRow, 72
        .equ    kOutRowStep, 76
        .equ    kBlocks, 80
        .equ    kRows, 84
        .equ    kRest, 88               // of the lines, and of the outputs
        .equ    kFrame, 96

        .macro  ANY name, fold
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        mov     r9, sp
        .rept   3
        ldm     r0!, {r1-r8}
        stm     r9!, {r1-r8}
        .endr
        ldr     r1, [sp, #kEntry]
        adr.w   r2, .Lend_\name
        movs    r3, #kLineBytes
        mls     r2, r1, r3, r2
        orr     r2, #1                  // Thumb
        str     r2, [sp, #kEntry]
.Lrow_\name:
        ldr     r0, [sp, #kRow]
        ldr     r5, [sp, #kOutRow]
        ldr     r6, [sp, #kBlocks]
        strd    r5, r6, [sp, #kOut]
.Lblock_\name:
        ldm     sp, {r2-r4}             // sums begin with the bias
        ldrd    r1, lr, [sp, #kWeights]
        ldr     pc, [sp, #kEntry]
.Llines_\name:
        .rept   kMostLines
        ldm.w   r0, {r5-r9}
        ldm.w   r1!, {r10-r12}
        smlad   r2, r5, r10, r2
        smlad   r3, r6, r10, r3
        smlad   r4, r7, r10, r4
        smlad   r2, r6, r11, r2
        smlad   r3, r7, r11, r3
        add.w   r0, r0, lr
        smlad   r4, r8, r11, r4
        smlad   r2, r7, r12, r2
        smlad   r3, r8, r12, r3
        smlad   r4, r9, r12, r4
        .endr
.Lend_\name:
        ldrd    r5, r6, [sp, #kScale]
        ldrd    r7, r8, [sp, #kAddend]
        .if     \fold
        smmla   r2, r2, r5, r7
        smmla   r3, r3, r5, r7
        smmla   r4, r4, r5, r7
        ssat    r2, #8, r2, asr #kFoldBits
        ssat    r3, #8, r3, asr #kFoldBits
        ssat    r4, #8, r4, asr #kFoldBits
        .else
        smmulr  r2, r2, r5
        smmulr  r3, r3, r5
        smmulr  r4, r4, r5
        smmla   r9, r2, r6, r7
        smmla   r10, r3, r6, r7
        smmla   r11, r4, r6, r7
        add     r2, r9
        add     r3, r10
        add     r4, r11
        asr     r2, r2, r8
        asr     r3, r3, r8
        asr     r4, r4, r8
        ssat    r2, #8, r2
        ssat    r3, #8, r3
        ssat    r4, #8, r4
        .endif
        ldrd    r9, r8, [sp, #kOut]
        ldrd    r10, r7, [sp, #kOutStep]
        ldrd    r5, r6, [sp, #kSecond]
        strb    r4, [r9, r6]            // what is none is written first and then over
        strb    r3, [r9, r5]
        strb    r2, [r9]
        add     r9, r10
        add     r0, r7
        subs    r8, #1
        strd    r9, r8, [sp, #kOut]
        bgt     .Lblock_\name
        bmi     1f
        ldrd    r5, r6, [sp, #kRest]
        cbz     r5, 1f
        add     r0, r5
        add     r9, r6
        str     r9, [sp, #kOut]
        b       .Lblock_\name
1:      ldr     r5, [sp, #kRows]
        subs    r5, #1
        beq     2f
        str     r5, [sp, #kRows]
        ldrd    r5, r6, [sp, #kRow]
        add     r5, r6
        str     r5, [sp, #kRow]
        ldrd    r5, r6, [sp, #kOutRow]
        add     r5, r6
        str     r5, [sp, #kOutRow]
        b       .Lrow_\name
2:      add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .if     (.Lend_\name - .Llines_\name) - kMostLines * kLineBytes
        .error  "a line has another size than kLineBytes"
        .endif
        .endm

        ANY     EmojicamM7AnyFull, 0
        ANY     EmojicamM7AnyFold, 1
