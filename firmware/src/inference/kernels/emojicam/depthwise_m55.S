// Depthwise 3x3 on the Cortex-M55. The interface, layouts and preconditions are in m55_kernels.h.
//
// q2 has the multiplier, q3 the gather offsets, q4-q7 the weights. r1 window, r3 blocks left, r5 out, r7 addend, r9 table,
// r11 shift.

#include "inference/kernels/emojicam/m55_sums.inc"

        .syntax unified
        .thumb
        .text

// Stack, behind the bias.
        .equ    kRowStep, 32
        .equ    kBlocks, 36
        .equ    kRowsLeft, 40
        .equ    kRow, 44
        .equ    kRows, 48               // rows, input, blocks, table: what a channel begins with
        .equ    kInput, 52
        .equ    kChannels, 64           // left
        .equ    kPitch, 68              // from one channel to the next
        .equ    kConstants, 72
        .equ    kFrame, 80

        .equ    kWeightBytes, 64        // in M55WindowChannel

        // r0 strip, r1 channel, r2 out
        .macro  DEPTHWISE_ENTER
        ENTER
        sub     sp, #kFrame
        mov     r5, r2
        ldm     r0!, {r2, r4, r6, r8, r9}       // input row_step rows blocks table
        vldrw.u32       q3, [r0], #16
        ldrd    r10, r12, [r0]          // channels channel_pitch
        strd    r4, r8, [sp, #kRowStep]
        strd    r6, r2, [sp, #kRows]
        strd    r8, r9, [sp, #kRows + 8]
        strd    r10, r12, [sp, #kChannels]
        mov     r10, r1
        .endm

        // From r10 on.
        .macro  NEW_CHANNEL sets
        ldm     r10!, {r0, r2, r7, r11} // bias multiplier addend shift
        vdup.32 q0, r0
        vdup.32 q2, r2
        vstrw.32        q0, [sp]
        vstrw.32        q0, [sp, #16]
        vldrw.u32       q4, [r10]
        .if     \sets == 4
        vldrw.u32       q5, [r10, #16]
        vldrw.u32       q6, [r10, #32]
        vldrw.u32       q7, [r10, #48]
        .endif
        adds.w  r10, r10, #kWeightBytes
        str     r10, [sp, #kConstants]
        add     r0, sp, #kRows
        ldm     r0, {r0, r1, r3, r9}
        strd    r0, r1, [sp, #kRowsLeft]
        .endm

        .macro  NEXT_ROW block
        ldrd    r0, r1, [sp, #kRowsLeft]
        ldrd    r2, r3, [sp, #kRowStep]
        add     r1, r2
        subs    r0, #1
        strd    r0, r1, [sp, #kRowsLeft]
        bne.w   \block
        .endm

        .macro  NEXT_CHANNEL channel
        add     r0, sp, #kChannels
        ldm     r0, {r0, r2, r10}
        ldr     r4, [sp, #kInput]
        adds    r5, #1
        add     r4, r2
        str     r4, [sp, #kInput]
        subs    r0, #1
        str     r0, [sp, #kChannels]
        bne.w   \channel
        add     sp, #kFrame
        LEAVE
        .endm

        // A block's sums to eight outputs.
        .macro  STORE
        COLLECT
        vqrdmlash.s32   q0, q2, r7
        vqrdmlash.s32   q1, q2, r7
        vrshl.s32       q0, r11
        vrshl.s32       q1, r11
        NARROW_BOTH
        vldrh.u16       q1, [r9], #16
        vstrb.16        q0, [r5, q1]
        .endm

        // Two windows in q0 and q1, with stride 1.
        .macro  BLOCK_OF_TWO
        BEGIN
        SUM_TWO r0, r2, r8, r10, r4, r6, r12, lr
        STORE
        .endm

        .global EmojicamM55Depthwise1
        .type   EmojicamM55Depthwise1, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise1:
        DEPTHWISE_ENTER
.Ldepthwise1_channel:
        NEW_CHANNEL 4
.Ldepthwise1_block:
        GATHER_TWO
        BLOCK_OF_TWO
        subs    r3, #1
        bne     .Ldepthwise1_block
        NEXT_ROW .Ldepthwise1_block
        NEXT_CHANNEL .Ldepthwise1_channel
        .size   EmojicamM55Depthwise1, . - EmojicamM55Depthwise1

// Three windows a row: blocks reach from one row of windows to the next, so two rows are three blocks. r3 rows left.
        .macro  NEXT_WINDOW_ROW
        ldr     r0, [sp, #kRowStep]
        add     r1, r0
        .endm

        .global EmojicamM55Depthwise1By3
        .type   EmojicamM55Depthwise1By3, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise1By3:
        DEPTHWISE_ENTER
        subs    r4, #4                  // from the last window of a row to the next one's first
        str     r4, [sp, #kRowStep]
.Lby3_channel:
        NEW_CHANNEL 4
        subs    r3, r0, #2
        blo     .Lby3_rest
.Lby3_rows:
        GATHER_TWO
        BLOCK_OF_TWO
        vldrh.u16       q0, [r1, q3]
        NEXT_WINDOW_ROW
        vldrh.u16       q1, [r1, q3]
        adds    r1, #2
        BLOCK_OF_TWO
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vldrh.u16       q1, [r1, q3]
        NEXT_WINDOW_ROW
        BLOCK_OF_TWO
        subs    r3, #2
        bhs     .Lby3_rows
.Lby3_rest:
        adds    r3, #2
        beq     .Lby3_done
        GATHER_TWO
        BLOCK_OF_TWO
        vldrh.u16       q0, [r1, q3]
        vmov    q1, q0
        BLOCK_OF_TWO
.Lby3_done:
        NEXT_CHANNEL .Lby3_channel
        .size   EmojicamM55Depthwise1By3, . - EmojicamM55Depthwise1By3

        .global EmojicamM55Depthwise2
        .type   EmojicamM55Depthwise2, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise2:
        DEPTHWISE_ENTER
.Ldepthwise2_channel:
        NEW_CHANNEL 1
.Ldepthwise2_block:
        BEGIN
        .irp    sum, r0, r2, r4, r6, r8, r10, r12, lr
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vmladava.s8     \sum, q0, q4
        .endr
        STORE
        subs    r3, #1
        bne     .Ldepthwise2_block
        NEXT_ROW .Ldepthwise2_block
        NEXT_CHANNEL .Ldepthwise2_channel
        .size   EmojicamM55Depthwise2, . - EmojicamM55Depthwise2
