// The fork-join pool behind cparallel.h: pthreads, C11 atomics and the Linux futex.
#define _GNU_SOURCE
#include "cparallel.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    CACHE_LINE = 128,             // two lines: neighbours are fetched in pairs on many x86 CPUs
    SPIN_NANOSECONDS = 50 * 1000, // longer than the gaps between the launches of a step, shorter than a physics step
    PAUSES_PER_CLOCK_READ = 32,
    CLAIMS_PER_SHARE = 4,         // a claim takes a quarter of what is left of a share
};

typedef struct {
    hr_pool *pool;
    pthread_t thread;
    int index;
} worker;

// One thread's part of a run. `state` holds the run's generation in its upper half and how many units of the share nobody has
// claimed in its lower half. They are one word, so that a thread which comes late can neither claim units of a run that is over
// nor mistake the next run's numbers for its own.
typedef struct {
    alignas(CACHE_LINE) _Atomic uint64_t state;
    _Atomic long end;
} share;

struct hr_pool {
    // Written by the caller of a run, read by workers: the futex word that starts a run.
    alignas(CACHE_LINE) _Atomic uint32_t generation;
    hr_pool_body body;
    const void *context;
    hr_float_mode mode;  // of the caller
    atomic_bool stopping;
    // Workers parked on `generation`: the wake-up call costs a system call, so it is made only when needed.
    alignas(CACHE_LINE) _Atomic uint32_t parked;
    // Shares of the current run that are not finished: the futex word on which the caller waits.
    alignas(CACHE_LINE) _Atomic uint32_t remaining;
    _Atomic uint32_t caller_parked;
    alignas(CACHE_LINE) atomic_flag taken;
    int threads;
    worker *workers;
    // Units of each thread's share that nobody has claimed.
    share *shares;
};

// True while this thread runs a body: a nested run must not wait for workers that wait for it.
static _Thread_local bool inside_body = false;

static void futex_wait(_Atomic uint32_t *word, uint32_t expected) {
    syscall(SYS_futex, (uint32_t *)word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, (uint32_t *)word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#if defined(__x86_64__)
enum { FLUSH_BITS = 0x8000 | 0x0040 };  // MXCSR: flush results to zero, read subnormals as zero

hr_float_mode hr_float_mode_now(void) { return __builtin_ia32_stmxcsr(); }
void hr_set_float_mode(hr_float_mode mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
#elif defined(__aarch64__)
enum { FLUSH_BITS = 1 << 24 };  // FPCR: FZ

hr_float_mode hr_float_mode_now(void) {
    hr_float_mode mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
}
void hr_set_float_mode(hr_float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
enum { FLUSH_BITS = 0 };

hr_float_mode hr_float_mode_now(void) { return 0; }
void hr_set_float_mode(hr_float_mode mode) { (void)mode; }
#endif

hr_float_mode hr_flush_subnormals(void) {
    const hr_float_mode before = hr_float_mode_now();
    if ((before & FLUSH_BITS) != FLUSH_BITS) hr_set_float_mode(before | FLUSH_BITS);
    return before;
}

static int64_t now_in_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Spins while *word == value. Returns false when the spinning time is over.
static bool spin_while_equal(_Atomic uint32_t *word, uint32_t value) {
    int64_t deadline = 0;
    for (;;) {
        for (int i = 0; i < PAUSES_PER_CLOCK_READ; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != value) return true;
            pause_briefly();
        }
        int64_t now = now_in_nanoseconds();
        if (deadline == 0) deadline = now + SPIN_NANOSECONDS;
        if (now >= deadline) return false;
    }
}

// Claims units of a share until none is left, a few at a time, so that others can take over the rest of a share whose thread has
// lost its core to another process.
static void work_on(hr_pool *pool, share *part) {
    uint64_t state = atomic_load_explicit(&part->state, memory_order_acquire);
    for (;;) {
        const uint32_t left = (uint32_t)state;
        if (left == 0) return;
        const uint32_t step = (left + CLAIMS_PER_SHARE - 1) / CLAIMS_PER_SHARE;
        // Should the share be handed to a later run from here on, the exchange below fails.
        const long begin = atomic_load_explicit(&part->end, memory_order_relaxed) - left;
        if (!atomic_compare_exchange_weak_explicit(
                &part->state, &state, state - step, memory_order_acq_rel, memory_order_acquire)) continue;
        // A unit is claimed and not finished, so its run's caller still waits, and `body` is that run's.
        inside_body = true;
        if (((hr_float_mode_now() ^ pool->mode) & FLUSH_BITS) != 0) hr_set_float_mode(pool->mode);
        pool->body(pool->context, begin, begin + step);
        inside_body = false;
        if (atomic_fetch_sub(&pool->remaining, step) == step && atomic_load(&pool->caller_parked)) {
            futex_wake(&pool->remaining, 1);
        }
        state = atomic_load_explicit(&part->state, memory_order_acquire);
    }
}

// Own share first: the same thread meets the same units in every run, which keeps caches warm.
static void work(hr_pool *pool, int index) {
    for (int i = 0; i < pool->threads; i++) work_on(pool, &pool->shares[(index + i) % pool->threads]);
}

static void *worker_main(void *argument) {
    worker *self = argument;
    hr_pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        while (!spin_while_equal(&pool->generation, seen)) {
            // Sequentially consistent on both sides: either the caller sees `parked`, or the futex sees the new generation.
            atomic_fetch_add(&pool->parked, 1);
            if (atomic_load(&pool->generation) == seen) futex_wait(&pool->generation, seen);
            atomic_fetch_sub(&pool->parked, 1);
        }
        seen = atomic_load_explicit(&pool->generation, memory_order_acquire);
        if (atomic_load_explicit(&pool->stopping, memory_order_relaxed)) return NULL;
        work(pool, self->index);
    }
}

// Wakes at most so many parked workers; the others sleep on, and whoever is awake takes over their shares.
static void start_generation(hr_pool *pool, int wanted) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->parked) != 0) futex_wake(&pool->generation, wanted);
}

static void wait_for_units(hr_pool *pool) {
    for (;;) {
        uint32_t left = atomic_load_explicit(&pool->remaining, memory_order_acquire);
        if (left == 0) return;
        if (spin_while_equal(&pool->remaining, left)) continue;
        atomic_store(&pool->caller_parked, 1);
        left = atomic_load(&pool->remaining);
        if (left != 0) futex_wait(&pool->remaining, left);
        atomic_store(&pool->caller_parked, 0);
    }
}

int hr_available_cores(void) {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    int count = CPU_COUNT(&cores);
    return count < 1 ? 1 : count;
}

hr_pool *hr_pool_create(int threads) {
    if (threads < 1) threads = 1;
    hr_pool *pool = aligned_alloc(CACHE_LINE, (sizeof(hr_pool) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (pool == NULL) return NULL;
    *pool = (hr_pool){.taken = ATOMIC_FLAG_INIT, .threads = 1};
    if (threads == 1) return pool;
    pool->workers = calloc((size_t)threads - 1, sizeof(worker));
    pool->shares = aligned_alloc(CACHE_LINE, (size_t)threads * sizeof(share));
    if (pool->workers == NULL || pool->shares == NULL) return pool;
    for (int index = 0; index < threads; index++) pool->shares[index] = (share){.end = 0};
    int started = 0;
    for (; started < threads - 1; started++) {
        worker *next = &pool->workers[started];
        *next = (worker){.pool = pool, .index = started + 1};
        if (pthread_create(&next->thread, NULL, worker_main, next) != 0) break;
    }
    // Workers read this only after the first generation starts.
    pool->threads = started + 1;
    return pool;
}

void hr_pool_destroy(hr_pool *pool) {
    if (pool == NULL) return;
    atomic_store(&pool->stopping, true);
    start_generation(pool, INT32_MAX);
    for (int i = 0; i < pool->threads - 1; i++) pthread_join(pool->workers[i].thread, NULL);
    free(pool->workers);
    free(pool->shares);
    free(pool);
}

int hr_pool_threads(const hr_pool *pool) {
    return pool == NULL ? 1 : pool->threads;
}

void hr_pool_run(hr_pool *pool, hr_pool_body body, const void *context, long units) {
    if (units <= 0) return;
    if (pool == NULL || pool->threads == 1 || units == 1 || units > UINT32_MAX || inside_body
        || atomic_flag_test_and_set_explicit(&pool->taken, memory_order_acquire)) {
        body(context, 0, units);
        return;
    }
    pool->body = body;
    pool->context = context;
    pool->mode = hr_float_mode_now();
    const uint32_t generation = atomic_load_explicit(&pool->generation, memory_order_relaxed) + 1;
    atomic_store_explicit(&pool->remaining, (uint32_t)units, memory_order_relaxed);
    for (int index = 0; index < pool->threads; index++) {
        share *part = &pool->shares[index];
        const long begin = (long)((__int128)units * index / pool->threads);
        const long end = (long)((__int128)units * (index + 1) / pool->threads);
        atomic_store_explicit(&part->end, end, memory_order_relaxed);
        atomic_store_explicit(
            &part->state, (uint64_t)generation << 32 | (uint32_t)(end - begin), memory_order_release);
    }
    start_generation(pool, units < pool->threads ? (int)units - 1 : pool->threads - 1);
    work(pool, 0);
    wait_for_units(pool);
    atomic_flag_clear_explicit(&pool->taken, memory_order_release);
}
