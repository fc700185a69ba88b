// The pointwise convolution of pointwise_m7.S for silicon, where two instructions go at a time if they may: every
// load stands behind a multiply-accumulate, and brings what the half step after it needs. Half as many instructions
// again as with LDM, and fewer cycles: 8.0 instead of 11.0 for 16 multiply-accumulates by LLVM's model, as LDM goes
// alone and a load that counts its pointer on needs the unit that adds.
// The interface, layouts and preconditions are in m7_kernels.h.
//
// All offsets are immediates, so r0 and r1 point not to the tile but to where a tile of 256 channels that ended
// there would begin; the code, unrolled for 256, is entered where as many steps are left as the layer needs. It is
// entered half a step early, with weights of 0: that half step multiplies by nothing and loads the first words.
//
// Weights come from flash by the data cache, 28 to 44 cycles a line. So each tile asks for its share of the next
// pair's (PLD), a line at a time and 72 cycles apart, while all registers of a half step are free for a moment.
//
// Registers in it: r0 activations, r1 weights, r2 r3 sums of channel A for pixels 0 1, r4 r5 those of B,
// r6 r7 activations and r10 r11 weights of a step's first half, r8 r9 and r12 lr of its second.

        .syntax unified
        .thumb
        .text

        .equ    kFoldShift, 12          // kM7FoldShift
        .equ    kSteps, 64              // kM7MaxDepth / 4
        .equ    kStepBytes, 64          // of code
        .equ    kStepWords, 16          // bytes of weights, and of activations, in a step
        .equ    kAskEvery, 9            // steps; counted from the end, the one before kAskFirst is the first
        .equ    kAskFirst, 5
        .equ    kAskBytes, 8            // of code
        .equ    kCacheLine, 32
        .equ    kPairBytes, 40          // of an M7PointwisePair
        .equ    kCodeBytes, kSteps * kStepBytes + (kSteps + kAskEvery - kAskFirst) / kAskEvery * kAskBytes

// Stack frame
        .equ    kMultiplierA, 0
        .equ    kMultiplierB, 4
        .equ    kAddendA, 8
        .equ    kAddendB, 12
        .equ    kShiftA, 16
        .equ    kShiftB, 20
        .equ    kBiasA, 24
        .equ    kBiasB, 28
        .equ    kOut, 32                // of channel A
        .equ    kChannelPitch, 36
        .equ    kTileBytes, 40
        .equ    kLineEnd, 44            // r0 behind the line's last tile
        .equ    kEntry, 48
        .equ    kLineBytes, 52          // interleaved bytes of one line
        .equ    kLineSkip, 56           // from the end of an output line to the begin of the next
        .equ    kLines, 60
        .equ    kNext, 64               // what is asked for in this tile
        .equ    kNextShare, 68          // bytes of it in a tile
        .equ    kFrame, 72

        // A half step on words that are there, and the loads of the half step after it at \offset.
        .macro  HALF a0, a1, wa, wb, next_a0, next_a1, next_wa, next_wb, offset
        smlad   r2, \a0, \wa, r2
        ldr.w   \next_a0, [r0, #\offset]
        smlad   r3, \a1, \wa, r3
        ldr.w   \next_wa, [r1, #\offset]
        smlad   r4, \a0, \wb, r4
        ldr.w   \next_a1, [r0, #\offset + 4]
        smlad   r5, \a1, \wb, r5
        ldr.w   \next_wb, [r1, #\offset + 4]
        .endm
        .macro  FIRST_HALF step
        HALF    r6, r7, r10, r11, r8, r9, r12, lr, (\step * kStepWords + 8)
        .endm
        .macro  SECOND_HALF next_step
        HALF    r8, r9, r12, lr, r6, r7, r10, r11, (\next_step * kStepWords)
        .endm

        .macro  POINTWISE name, fold, bytes
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldm     r0, {r4-r9}             // interleaved depth tiles lines channel_pitch line_pitch
        lsls    r10, r5, #2
        str     r10, [sp, #kTileBytes]
        mul     r11, r10, r6
        str     r11, [sp, #kLineBytes]
        sub     r9, r9, r6, lsl #(2 - \bytes)
        str     r9, [sp, #kLineSkip]
        str     r7, [sp, #kLines]
        str     r8, [sp, #kChannelPitch]
        mul     r8, r6, r7
        str     r8, [sp, #kNextShare]   // tiles in all, for now
        str     r2, [sp, #kOut]
        ldm     r1!, {r2, r3, r6-r9}    // mA mB cA cB sA sB
        stm     sp, {r2, r3, r6-r9}
        ldm     r1!, {r2, r3, r6, r7}   // A A B B
        strd    r3, r6, [sp, #kBiasA]
        add     r6, r1, r10
        str     r6, [sp, #kNext]        // the next pair
        ldr     r6, [sp, #kNextShare]
        add     r7, r6, #(kPairBytes - 1)
        add     r7, r10
        udiv    r7, r7, r6
        str     r7, [sp, #kNextShare]
        // From the end of the code back: the steps, and where it asks for a line.
        lsrs    r6, r5, #2
        adds    r7, r6, #(kAskEvery - kAskFirst)
        movs    r8, #kAskEvery
        udiv    r7, r7, r8
        adr.w   r12, .Lsteps_\name
        movw    r8, #kCodeBytes
        add     r12, r8
        sub     r12, r12, r6, lsl #6
        sub     r12, r12, r7, lsl #3
        orr     r12, #1                 // Thumb
        // Back by the steps that aren't taken.
        rsb     r6, r5, #(4 * kSteps)
        sub     r0, r4, r6, lsl #2
        sub     r1, r1, r6, lsl #2
        add     r11, r0, r11
        str     r11, [sp, #kLineEnd]
        str     r12, [sp, #kEntry]
        ldrd    r2, r4, [sp, #kBiasA]
        mov     r3, r2
        mov     r5, r4
        mov     r12, #0
        mov     lr, #0
        mov     r8, #0
        mov     r9, #0
        ldr     pc, [sp, #kEntry]

        // Each turn: the second half of the step before, and the first half of its own.
        .balign 4
.Lsteps_\name:
        .set    step, 0
        .rept   kSteps
        SECOND_HALF step
        FIRST_HALF step
        .if     (kSteps - 1 - step) % kAskEvery == kAskFirst - 1
        ldr.w   r6, [sp, #kNext]
        pld     [r6, #((kSteps - 1 - step) / kAskEvery * kCacheLine)]
        .endif
        .set    step, step + 1
        .endr
.Lend_\name:
        smlad   r2, r8, r12, r2
        ldr     r6, [sp, #kMultiplierA]
        smlad   r3, r9, r12, r3
        ldr     r10, [sp, #kAddendA]
        smlad   r4, r8, lr, r4
        ldr     r7, [sp, #kMultiplierB]
        smlad   r5, r9, lr, r5
        ldr     r11, [sp, #kAddendB]
        smmla   r2, r2, r6, r10
        ldr     r8, [sp, #kOut]
        smmla   r3, r3, r6, r10
        ldr     r9, [sp, #kChannelPitch]
        smmla   r4, r4, r7, r11
        ldr     r12, [sp, #kTileBytes]
        smmla   r5, r5, r7, r11
        .if     \fold
        usat    r2, #8, r2, asr #kFoldShift
        add     r0, r0, r12
        ldr     lr, [sp, #kLineEnd]
        usat    r3, #8, r3, asr #kFoldShift
        STORE   \bytes, r2, r8, 0
        usat    r4, #8, r4, asr #kFoldShift
        STORE   \bytes, r3, r8, 1
        ldr     r2, [sp, #kBiasA]
        add     r9, r9, r8
        usat    r5, #8, r5, asr #kFoldShift
        .else
        ldrd    r6, r7, [sp, #kShiftA]
        add     r0, r0, r12
        ldr     lr, [sp, #kLineEnd]
        asr     r2, r2, r6
        asr     r3, r3, r6
        asr     r4, r4, r7
        asr     r5, r5, r7
        usat    r2, #8, r2
        usat    r3, #8, r3
        STORE   \bytes, r2, r8, 0
        usat    r4, #8, r4
        STORE   \bytes, r3, r8, 1
        ldr     r2, [sp, #kBiasA]
        add     r9, r9, r8
        usat    r5, #8, r5
        .endif
        ldr     r6, [sp, #kNext]
        STORE   \bytes, r4, r9, 0
        ldr     r7, [sp, #kNextShare]
        add     r8, r8, #(4 - 2 * \bytes)
        ldr     r4, [sp, #kBiasB]
        add     r6, r7
        str     r6, [sp, #kNext]
        mov     r3, r2
        str     r8, [sp, #kOut]
        cmp     r0, lr
        STORE   \bytes, r5, r9, 1
        mov     r12, #0
        mov     r5, r4
        mov     lr, #0
        it      ne
        ldrne   pc, [sp, #kEntry]

        ldr     r6, [sp, #kLines]
        subs    r6, #1
        beq     .Ldone_\name
        str     r6, [sp, #kLines]
        ldr     r7, [sp, #kLineSkip]
        add     r8, r7
        str     r8, [sp, #kOut]
        ldr     r7, [sp, #kLineBytes]
        add     r7, r0
        str     r7, [sp, #kLineEnd]
        ldr     pc, [sp, #kEntry]
.Ldone_\name:
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        // The entry address is computed from the size of a step.
        .if     (.Lend_\name - .Lsteps_\name) - kCodeBytes
        .error  "a step of the pointwise loop has another size than kStepBytes"
        .endif
        .endm

        // Of pixel 0 or 1.
        .macro  STORE bytes, value, out, pixel
        .if     \bytes
        strb    \value, [\out, #\pixel]
        .else
        strh    \value, [\out, #2 * \pixel]
        .endif
        .endm

        POINTWISE EmojicamM7PairedPointwiseBytesFold, 1, 1
        POINTWISE EmojicamM7PairedPointwiseBytesAny, 0, 1
        POINTWISE EmojicamM7PairedPointwiseHalvesFold, 1, 0
        POINTWISE EmojicamM7PairedPointwiseHalvesAny, 0, 0
