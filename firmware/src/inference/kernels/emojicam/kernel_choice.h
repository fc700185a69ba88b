// Which implementation of a kernel a build uses: assembly on the core that it is written for, else its
// portable twin.
#pragma once

#if defined(__ARM_ARCH_7EM__) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_M7_KERNEL(name) EmojicamM7##name
#else
#define EMOJICAM_M7_KERNEL(name) EmojicamM7##name##Portable
#endif

#if defined(__ARM_FEATURE_MVE) && !defined(EMOJICAM_PORTABLE_KERNELS)
#define EMOJICAM_M55_KERNEL(name) EmojicamM55##name
#else
#define EMOJICAM_M55_KERNEL(name) EmojicamM55##name##Portable
#endif
