// The kernels for x86-64-v3.
#ifdef __x86_64__
#include "csimd.h"
#include <stddef.h>
#pragma STDC FP_CONTRACT OFF
// Vectors wider than this level's registers are passed between inlined helpers only.
#pragma clang diagnostic ignored "-Wpsabi"

#define HR_LEVEL 3
#define HR_HAS_FMA 1

#define HR_WIDE 
#define HR_TABLE hr_kernels_v3
#define HR_NAME "v3"
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "Kernels/all.h"
#pragma clang attribute pop
#else
typedef int hr_no_kernels_for_this_architecture;
#endif
