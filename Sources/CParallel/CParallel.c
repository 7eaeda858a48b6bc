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
};

typedef struct {
    hr_pool *pool;
    pthread_t thread;
    int index;
} worker;

struct hr_pool {
    // Written by the caller of a run, read by workers: the futex word that starts a run.
    alignas(CACHE_LINE) _Atomic uint32_t generation;
    hr_pool_body body;
    const void *context;
    long units;
    atomic_bool stopping;
    // Workers parked on `generation`: the wake-up call costs a system call, so it is made only when needed.
    alignas(CACHE_LINE) _Atomic uint32_t parked;
    // Workers still busy with the current run: the futex word on which the caller waits.
    alignas(CACHE_LINE) _Atomic uint32_t remaining;
    _Atomic uint32_t caller_parked;
    alignas(CACHE_LINE) atomic_flag taken;
    int threads;
    worker *workers;
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

static void run_share(const hr_pool *pool, hr_pool_body body, const void *context, long units, int index) {
    long begin = (long)((__int128)units * index / pool->threads);
    long end = (long)((__int128)units * (index + 1) / pool->threads);
    if (begin == end) return;
    inside_body = true;
    body(context, begin, end);
    inside_body = false;
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
        run_share(pool, pool->body, pool->context, pool->units, self->index);
        if (atomic_fetch_sub(&pool->remaining, 1) == 1 && atomic_load(&pool->caller_parked)) {
            futex_wake(&pool->remaining, 1);
        }
    }
}

static void start_generation(hr_pool *pool) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->parked) != 0) futex_wake(&pool->generation, INT32_MAX);
}

static void wait_for_workers(hr_pool *pool) {
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
    if (pool->workers == NULL) return pool;
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
    start_generation(pool);
    for (int i = 0; i < pool->threads - 1; i++) pthread_join(pool->workers[i].thread, NULL);
    free(pool->workers);
    free(pool);
}

int hr_pool_threads(const hr_pool *pool) {
    return pool == NULL ? 1 : pool->threads;
}

void hr_pool_run(hr_pool *pool, hr_pool_body body, const void *context, long units) {
    if (units <= 0) return;
    if (pool == NULL || pool->threads == 1 || units == 1 || inside_body
        || atomic_flag_test_and_set_explicit(&pool->taken, memory_order_acquire)) {
        body(context, 0, units);
        return;
    }
    pool->body = body;
    pool->context = context;
    pool->units = units;
    atomic_store_explicit(&pool->remaining, (uint32_t)pool->threads - 1, memory_order_relaxed);
    start_generation(pool);
    run_share(pool, body, context, units, 0);
    wait_for_workers(pool);
    atomic_flag_clear_explicit(&pool->taken, memory_order_release);
}
