#include "cstream.h"

typedef float vector __attribute__((vector_size(64)));

#if defined(__x86_64__)
#define FOR_EVERY_LEVEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define FOR_EVERY_LEVEL
#endif

FOR_EVERY_LEVEL void hr_stream_update(float *a, const float *b, float factor, long count, long repeats) {
    for (long repeat = 0; repeat < repeats; repeat++) {
        for (long index = 0; index < count; index += 16) {
            vector sum = *(const vector *)(a + index) + factor * *(const vector *)(b + index);
            *(vector *)(a + index) = sum;
        }
        // Or the compiler would do all repeats of an element at once.
        __asm__ volatile("" ::: "memory");
    }
}
