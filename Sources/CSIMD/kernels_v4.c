// The kernels for x86-64-v4.
#ifdef __x86_64__
#include "csimd.h"
#include <immintrin.h>
#include <stddef.h>
#pragma STDC FP_CONTRACT OFF

#define HR_LEVEL 4
#define HR_HAS_FMA 1
// Clang splits vectors of 512 bits in two on these CPUs unless a function asks for them.
#define HR_WIDE __attribute__((min_vector_width(512)))
#define HR_TABLE hr_kernels_v4
#define HR_NAME "v4"
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#include "Kernels/all.h"
#pragma clang attribute pop
#else
typedef int hr_no_kernels_for_this_architecture;
#endif
