// What is shared by all levels: the choice of a level, the launch loop and per-thread scratch.
#include "csimd.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const hr_kernels hr_kernels_baseline;
#ifdef __x86_64__
extern const hr_kernels hr_kernels_v3, hr_kernels_v4;
#endif

const hr_kernels *hr_kernels_at(hr_level level) {
#ifdef __x86_64__
    __builtin_cpu_init();
    if (level == HR_LEVEL_V4) return __builtin_cpu_supports("x86-64-v4") ? &hr_kernels_v4 : NULL;
    if (level == HR_LEVEL_V3) return __builtin_cpu_supports("x86-64-v3") ? &hr_kernels_v3 : NULL;
#endif
    return level == HR_LEVEL_BASELINE ? &hr_kernels_baseline : NULL;
}

hr_level hr_active_level(void) {
    static const struct { const char *name; hr_level level; } levels[] = {
        {"v4", HR_LEVEL_V4}, {"v3", HR_LEVEL_V3}, {"baseline", HR_LEVEL_BASELINE}};
    const char *wanted = getenv("HYPERRL_CPU_LEVEL");
    bool allowed = wanted == NULL || (strcmp(wanted, "v4") != 0 && strcmp(wanted, "v3") != 0 && strcmp(wanted, "baseline") != 0);
    if (wanted != NULL && allowed) {
        fprintf(stderr, "HYPERRL_CPU_LEVEL: '%s' is not a level; using the best (values: v4, v3, baseline)\n", wanted);
    }
    for (int i = 0; i < 3; i++) {
        if (wanted != NULL && strcmp(wanted, levels[i].name) == 0) allowed = true;
        if (allowed && hr_kernels_at(levels[i].level) != NULL) return levels[i].level;
    }
    return HR_LEVEL_BASELINE;
}

long hr_slice_floats(void) {
    long cache = 0;
#ifdef _SC_LEVEL1_DCACHE_SIZE
    cache = sysconf(_SC_LEVEL1_DCACHE_SIZE);
#endif
    if (cache <= 0) cache = 32 * 1024; // the system does not know
    return cache * 2 / 3 / (long)sizeof(float);
}

void hr_run_launches(hr_pool *pool, const hr_launch *launches, long count) {
    const hr_float_mode before = hr_flush_subnormals();
    for (const hr_launch *launch = launches; launch < launches + count; launch++) {
        if (launch->runs_inline) launch->kernel(launch->arguments, 0, launch->units);
        else hr_pool_run(pool, launch->kernel, launch->arguments, launch->units);
    }
    // Whoever called may simulate physics next, which keeps its subnormals.
    hr_set_float_mode(before);
}

static _Thread_local float *scratch_of_thread = NULL;
static pthread_key_t scratch_key;
static pthread_once_t scratch_key_made = PTHREAD_ONCE_INIT;

static void make_scratch_key(void) {
    if (pthread_key_create(&scratch_key, free) != 0) {
        fprintf(stderr, "CSIMD: no thread-specific keys left in this process\n");
        abort();
    }
}

float *hr_scratch(void) {
    if (scratch_of_thread == NULL) {
        pthread_once(&scratch_key_made, make_scratch_key);
        scratch_of_thread = aligned_alloc(4096, HR_SCRATCH_BYTES);
        if (scratch_of_thread == NULL) {
            fprintf(stderr, "CSIMD: no memory for %d bytes of scratch\n", HR_SCRATCH_BYTES);
            abort();
        }
        // The key's destructor frees the memory when the thread ends.
        pthread_setspecific(scratch_key, scratch_of_thread);
    }
    return scratch_of_thread;
}
