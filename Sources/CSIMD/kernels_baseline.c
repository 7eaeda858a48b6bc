// The kernels for any CPU of the architecture.
#include "csimd.h"
#include <stddef.h>
#pragma STDC FP_CONTRACT OFF
// Vectors wider than this level's registers are passed between inlined helpers only.
#pragma clang diagnostic ignored "-Wpsabi"

#define HR_LEVEL 0
#ifdef __aarch64__
#define HR_HAS_FMA 1
#else
#define HR_HAS_FMA 0
#endif
#define HR_WIDE
#define HR_TABLE hr_kernels_baseline
#define HR_NAME "baseline"
#include "Kernels/all.h"
