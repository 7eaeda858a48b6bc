// Vector kernels of the CPU backend: every kernel is compiled once for each instruction set, and the best table is chosen at run time.
//
// A launch is a kernel, its arguments and a number of units. Arguments are made once, when a program is compiled; running allocates
// nothing. Units write disjoint memory, and what a unit computes depends on the arguments alone, so results do not depend on
// how units are spread over threads.
#pragma once
#include <cparallel.h>
#include <stdbool.h>
#include <stdint.h>

#include "csimd_elementwise.h"
#include "csimd_products.h"
#include "csimd_random.h"
#include "csimd_tables.h"
#include "csimd_updates.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A kernel does units [begin, end) of its arguments.
typedef void (*hr_kernel)(const void *arguments, long begin, long end);

/// Instruction sets for which the kernels exist, weakest first.
typedef enum {
    HR_LEVEL_BASELINE = 0, ///< What every CPU of the architecture has.
    HR_LEVEL_V3 = 3,       ///< x86-64-v3: AVX2 and fused multiply-add.
    HR_LEVEL_V4 = 4,       ///< x86-64-v4: AVX-512 F, BW, CD, DQ and VL.
} hr_level;

/// The kernels of one level.
typedef struct {
    const char *name;        ///< "baseline", "v3" or "v4".
    hr_kernel elementwise;   ///< hr_elementwise
    hr_kernel reduce;        ///< hr_reduce
    hr_kernel wide_elementwise; ///< hr_wide_elementwise
    hr_kernel wide_sum;      ///< hr_wide_sum
    hr_kernel dot;           ///< hr_dot
    hr_kernel matmul;        ///< hr_matmul, one unit per block: hr_matmul_units
    hr_kernel blas_matmul;   ///< hr_blas_matmul, one unit per column block: hr_blas_matmul_units
    hr_kernel small_matmul;  ///< hr_matmul, one unit per row block: hr_small_matmul_units
    hr_kernel random;        ///< hr_random
    hr_kernel gather;        ///< hr_rows
    hr_kernel scatter_add;   ///< hr_rows
    hr_kernel assign_rows;   ///< hr_rows
    hr_kernel adam;          ///< hr_adam
    hr_kernel soft_update;   ///< hr_soft_update
} hr_kernels;

/// The kernels of a level, or NULL if this CPU cannot run them.
const hr_kernels *hr_kernels_at(hr_level level);

/// The best level of this CPU, lowered by the environment variable HYPERRL_CPU_LEVEL (v4, v3 or baseline).
hr_level hr_active_level(void);

/// Floats of two thirds of a core's first-level cache: what hr_matmul.slice_floats should be here.
long hr_slice_floats(void);

/// One step of a compiled program.
typedef struct {
    hr_kernel kernel;
    const void *arguments;
    long units;
    bool runs_inline; ///< The work is smaller than what joining threads costs.
} hr_launch;

/// Runs the launches one after another, each on the calling thread or spread over the pool.
void hr_run_launches(hr_pool *pool, const hr_launch *launches, long count);

/// Scratch memory of the calling thread, HR_SCRATCH_BYTES at 4096-byte alignment; made at the thread's first use. Never NULL.
float *hr_scratch(void);

enum {
    HR_SCRATCH_BYTES = 768 * 1024,
    /// Where in the scratch (in floats) the elementwise kernel keeps its registers, and a product its block of gradients, twice; packed
    /// panels lie before.
    HR_SCRATCH_REGISTERS = 64 * 1024,
};

#ifdef __cplusplus
}
#endif
