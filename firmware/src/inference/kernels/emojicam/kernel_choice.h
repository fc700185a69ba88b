// Which implementation of a kernel a build uses: assembly on the core that it is written for, else its
// portable twin.
#pragma once

#if defined(__ARM_ARCH_7EM__) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_M7_KERNEL(name) EmojicamM7##name
#else
#define EMOJICAM_M7_KERNEL(name) EmojicamM7##name##Portable
#endif

// The pointwise layer's has two: one of as few instructions as there can be, and one of as few cycles, which
// is for boards that are silicon.
#if defined(EMOJICAM_FOR_SILICON) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_M7_POINTWISE(name) EmojicamM7PairedPointwise##name
#else
#define EMOJICAM_M7_POINTWISE(name) EMOJICAM_M7_KERNEL(Pointwise##name)
#endif

#if defined(__ARM_FEATURE_MVE) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_M55_KERNEL(name) EmojicamM55##name
#else
#define EMOJICAM_M55_KERNEL(name) EmojicamM55##name##Portable
#endif
