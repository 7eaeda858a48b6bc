// A fork-join pool of threads: one call spreads a range of units and returns when all are done.
//
// Partition   thread t of T begins with units [t*units/T, (t+1)*units/T), so a unit meets the same core's cache every time; a
//             thread that is done takes over what others have not begun (another process may hold their core).
//             What a unit computes must not depend on who does it; then results do not depend on the thread count.
// Waiting     workers spin for about 50 microseconds, then park on a futex; so does the caller while it waits for the last unit.
// Nesting     a run from inside a body, or while another thread uses the pool, does all its units inline on the calling thread.
// Numbers     a unit meets subnormals as its run's caller does, on every thread (hr_flush_subnormals).
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hr_pool hr_pool;

/// Does units [begin, end). Runs on several threads at once with the same context.
typedef void (*hr_pool_body)(const void *context, long begin, long end);

/// How this thread's floating-point unit is set: MXCSR on x86-64, FPCR on ARM.
typedef uint64_t hr_float_mode;

hr_float_mode hr_float_mode_now(void);
void hr_set_float_mode(hr_float_mode mode);

/// From here on this thread reads and stores subnormal numbers as zeros: they take a hundred times as long as others. Returns the
/// mode before, for hr_set_float_mode.
hr_float_mode hr_flush_subnormals(void);

/// Cores that the scheduler may put this process on, at least 1; says nothing of cgroup quotas.
int hr_available_cores(void);

/// Makes a pool of `threads` threads, the caller of hr_pool_run counted as one.
/// Returns NULL without memory; has fewer threads (see hr_pool_threads) when the system grants no more.
hr_pool *hr_pool_create(int threads);

/// Stops and joins the workers. No run may be in progress.
void hr_pool_destroy(hr_pool *pool);

/// Threads that take part in a run, the caller included.
int hr_pool_threads(const hr_pool *pool);

/// Runs `body` over units [0, units) and returns when all are done. A NULL pool runs inline.
void hr_pool_run(hr_pool *pool, hr_pool_body body, const void *context, long units);

#ifdef __cplusplus
}
#endif
