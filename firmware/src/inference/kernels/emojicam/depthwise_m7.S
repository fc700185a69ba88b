// 3x3 windows on one channel on the Cortex-M7: depthwise with stride 1 and 2, and the first layer (one input channel).
// The interface, layouts and preconditions are in m7_kernels.h.
//
// A block is 6 neighbouring outputs (stride 1) or 4 (stride 2). For each of the window's three rows one LDM brings 10
// pixels as five pairs and one LDRD the row's weights, as (w0 w1) and (w1 w2). With the pixels p0 p1 | p2 p3 | ..., an
// output at an even position takes SMLAD of a pair with (w0 w1) and SMLABT of the next pair's first pixel with w2; one
// at an odd position takes SMLATB of a pair's second pixel with w0 and SMLAD of the next pair with (w1 w2). So 12
// instructions give 6 outputs a row. The pointer moves on in their midst, where the M7 can issue both at once. Blocks are
// unrolled and entered where as many are left as a row needs.
//
// Registers: r0 pixels, r1-r6 sums, r7 r8 weights, r9-r12 lr pixels (stride 2: r5 r6 weights, r7-r11 pixels, r12 out, lr
// bias).

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

        .equ    kPadding, 4             // bytes before the pixels of a row

// Stack frame. The first part is what the end of a block loads at once.
        .equ    kMultiplier, 0
        .equ    kAddend, 4
        .equ    kTilePitch, 8
        .equ    kOut, 12
        .equ    kSecondOfNext, 16       // tile pitch + 4: from a block's first output to its fourth
        .equ    kSecondOfThird, 20      // 2 * tile pitch + 4: to its sixth
        .equ    kNextBlock, 24          // 3 * tile pitch
        .equ    kShift, 28
        .equ    kBias, 32
        .equ    kWeights, 36            // 6 words
        .equ    kRow, 60                // scratch row of the window's top
        .equ    kOutRow, 64
        .equ    kOutRowPitch, 68
        .equ    kRows, 72
        .equ    kEntry, 76
        .equ    kFrame, 80

        // r0 strip, r1 channel, r2 out; stride 2: leaves out in r12 and the bias in lr
        .macro  ENTER name, block_bytes
        push    {r4-r11, lr}
        sub     sp, #kFrame
        mov     r12, r2
        ldm     r0, {r4-r8}             // rows row_count blocks tile_pitch row_pitch
        strd    r4, r2, [sp, #kRow]
        strd    r8, r5, [sp, #kOutRowPitch]
        adr.w   r9, .Lend_\name
        movw    r10, #\block_bytes
        mls     r9, r6, r10, r9
        orr     r9, #1                  // Thumb
        str     r9, [sp, #kEntry]
        mov     r0, r4
        adds    r3, r7, #4
        add     r4, r3, r7
        add     r5, r7, r7, lsl #1
        strd    r7, r2, [sp, #kTilePitch]
        strd    r3, r4, [sp, #kSecondOfNext]
        str     r5, [sp, #kNextBlock]
        ldm     r1!, {r2-r7}
        add     r8, sp, #kWeights
        stm     r8, {r2-r7}
        ldm     r1, {r2-r5}             // bias multiplier addend shift
        strd    r3, r4, [sp, #kMultiplier]
        strd    r5, r2, [sp, #kShift]
        mov     lr, r2
        ldr     pc, [sp, #kEntry]
        .endm

        // The next row, whose window begins `step` bytes further down; back to the entry or return.
        .macro  NEXT_ROW step, out_stays
        ldr     r1, [sp, #kRows]
        subs    r1, #1
        beq     1f
        str     r1, [sp, #kRows]
        ldr     r0, [sp, #kRow]
        add     r0, #\step
        str     r0, [sp, #kRow]
        ldrd    r2, r3, [sp, #kOutRow]
        add     r2, r3
        str     r2, [sp, #kOutRow]
        .if     \out_stays
        mov     r12, r2
        .else
        str     r2, [sp, #kOut]
        .endif
        ldr     pc, [sp, #kEntry]
1:      add     sp, #kFrame
        pop     {r4-r11, pc}
        .endm

        // The same where rows follow one another without a gap, in and out: only what has to move on does.
        .macro  NEXT_ROW_BEHIND entry
        ldr     r1, [sp, #kRows]
        add     r0, #kPadding
        subs    r1, #1
        str     r1, [sp, #kRows]
        bne.w   \entry
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .endm

        // Some sums, scaled and clamped, with multiplier r7 and addend r8; r7 is overwritten.
        .macro  REQUANTISE fold, sums:vararg
        SCALE   r7, r8, \sums
        .if     !\fold
        ldr.w   r7, [sp, #kShift]
        .endif
        CLAMP   \fold, r7, \sums
        .endm

        // Every instruction of a block is 4 bytes long, so that an entry can be computed.
        .equ    kBlock1Fold, 4 * (1 + 3 * 15 + 1 + 12 + 7 + 1)
        .equ    kBlock1Any, kBlock1Fold + 4 * (1 + 6)

        // One of the window's rows; a to f are what the sums are added to.
        .macro  PIXELS1 row, pitch, a, b, c, d, e, f
        ldm.w   r0, {r9-r12, lr}
        ldrd    r7, r8, [sp, #kWeights + 8 * \row]
        smlatb  r1, r9, r7, \a
        smlad   r1, r10, r8, r1
        smlad   r2, r10, r7, \b
        smlabt  r2, r11, r8, r2
        smlatb  r3, r10, r7, \c
        smlad   r3, r11, r8, r3
        smlad   r4, r11, r7, \d
        .if     \row < 2
        add.w   r0, r0, #\pitch
        .else
        sub.w   r0, r0, #2 * \pitch - 12
        .endif
        smlabt  r4, r12, r8, r4
        smlatb  r5, r11, r7, \e
        smlad   r5, r12, r8, r5
        smlad   r6, r12, r7, \f
        smlabt  r6, lr, r8, r6
        .endm

        .macro  DEPTHWISE1 name, fold, pitch, blocks, behind, block_bytes
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        ENTER   \name, \block_bytes
.Lblocks_\name:
        .rept   \blocks
        ldr.w   r6, [sp, #kBias]
        PIXELS1 0, \pitch, r6, r6, r6, r6, r6, r6
        PIXELS1 1, \pitch, r1, r2, r3, r4, r5, r6
        PIXELS1 2, \pitch, r1, r2, r3, r4, r5, r6
        ldm.w   sp, {r7-r12, lr}
        REQUANTISE \fold, r1, r2, r3, r4, r5, r6
        strh.w  r1, [r10]
        strh.w  r2, [r10, #4]
        strh.w  r3, [r10, r9]
        strh.w  r4, [r10, r11]
        strh.w  r5, [r10, r9, lsl #1]
        strh.w  r6, [r10, r12]
        add.w   r10, r10, lr
        str.w   r10, [sp, #kOut]
        .endr
.Lend_\name:
        .if     \behind
        NEXT_ROW_BEHIND .Lblocks_\name
        .else
        NEXT_ROW \pitch, 0
        .endif
        .size   \name, . - \name
        .if     (.Lend_\name - .Lblocks_\name) - \blocks * \block_bytes
        .error  "a block has another size than its entry is computed with"
        .endif
        .endm

        .equ    kBlock2Fold, 4 * (3 * 11 + 1 + 8 + 5)
        .equ    kBlock2Any, kBlock2Fold + 4 * (1 + 4)
        .equ    kFirstFold, 4 * (3 * 11 + 1 + 8 + 4)
        .equ    kFirstAny, kFirstFold + 4 * (1 + 4)

        .macro  PIXELS2 row, pitch, a, b, c, d
        ldm.w   r0, {r7-r11}
        ldrd    r5, r6, [sp, #kWeights + 8 * \row]
        smlad   r1, r7, r5, \a
        smlabt  r1, r8, r6, r1
        smlad   r2, r8, r5, \b
        smlabt  r2, r9, r6, r2
        .if     \row < 2
        add.w   r0, r0, #\pitch
        .else
        sub.w   r0, r0, #2 * \pitch - 16
        .endif
        smlad   r3, r9, r5, \c
        smlabt  r3, r10, r6, r3
        smlad   r4, r10, r5, \d
        smlabt  r4, r11, r6, r4
        .endm

        .macro  STRIDE2 name, fold, first, pitch, blocks, block_bytes
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        ENTER   \name, \block_bytes
.Lblocks_\name:
        .rept   \blocks
        PIXELS2 0, \pitch, lr, lr, lr, lr
        PIXELS2 1, \pitch, r1, r2, r3, r4
        PIXELS2 2, \pitch, r1, r2, r3, r4
        ldm.w   sp, {r7-r11}
        REQUANTISE \fold, r1, r2, r3, r4
        .if     \first
        orr.w   r1, r1, r2, lsl #8
        orr.w   r3, r3, r4, lsl #8
        orr.w   r1, r1, r3, lsl #16
        str.w   r1, [r12], #4
        .else
        strh.w  r1, [r12]
        strh.w  r2, [r12, #4]
        strh.w  r3, [r12, r9]
        strh.w  r4, [r12, r11]
        add.w   r12, r12, r9, lsl #1
        .endif
        .endr
.Lend_\name:
        NEXT_ROW 2 * \pitch, 1
        .size   \name, . - \name
        .if     (.Lend_\name - .Lblocks_\name) - \blocks * \block_bytes
        .error  "a block has another size than its entry is computed with"
        .endif
        .endm

        // Row pitch and blocks of each: kM7Pitch... in m7_kernels.h.
        DEPTHWISE1 EmojicamM7Depthwise1Fold64, 1, 132, 11, 0, kBlock1Fold
        DEPTHWISE1 EmojicamM7Depthwise1Fold12, 1, 28, 2, 1, kBlock1Fold
        DEPTHWISE1 EmojicamM7Depthwise1Any64, 0, 132, 11, 0, kBlock1Any
        DEPTHWISE1 EmojicamM7Depthwise1Any12, 0, 28, 2, 1, kBlock1Any
        STRIDE2 EmojicamM7Depthwise2Fold64, 1, 0, 132, 8, kBlock2Fold
        STRIDE2 EmojicamM7Depthwise2Fold12, 1, 0, 28, 2, kBlock2Fold
        STRIDE2 EmojicamM7Depthwise2Fold6, 1, 0, 16, 1, kBlock2Fold
        STRIDE2 EmojicamM7Depthwise2Any64, 0, 0, 132, 8, kBlock2Any
        STRIDE2 EmojicamM7Depthwise2Any12, 0, 0, 28, 2, kBlock2Any
        STRIDE2 EmojicamM7Depthwise2Any6, 0, 0, 16, 1, kBlock2Any
        STRIDE2 EmojicamM7FirstFold128, 1, 1, 260, 16, kFirstFold
        STRIDE2 EmojicamM7FirstAny128, 0, 1, 260, 16, kFirstAny
