// Every op that this TFLM has a kernel for: the runner runs any model.
#pragma once

#include "base/span.h"
#include "inference/op_resolver.h"
#include "runner/job.h"

namespace emojicam::runner {

// TFLM's reference kernels, or the same with ours in front.
Span<const KernelEntry> AllKernels(Kernels choice);

}  // namespace emojicam::runner
