// The vector type and the few operations that every kernel builds on.
//
// One `vec` is 16 floats on every CPU: one AVX-512 register, two AVX registers, four SSE registers. So the order of every sum is the
// same at each level, and a level differs from another only where it has no fused multiply-add (baseline).
// Included once for each level, inside the target attribute of that level.

typedef float vec __attribute__((ext_vector_type(16)));
typedef int ivec __attribute__((ext_vector_type(16)));
typedef unsigned uvec __attribute__((ext_vector_type(16)));
// The same vector at addresses that are only float-aligned.
typedef float unaligned_vec __attribute__((ext_vector_type(16), aligned(4)));

enum { LANES = 16 };

#define HELPER static inline __attribute__((always_inline))

HELPER vec load(const float *from) { return *(const unaligned_vec *)from; }
HELPER void store(float *to, vec value) { *(unaligned_vec *)to = value; }

#if HR_LEVEL == 4
// Lanes 0 ..< count, count <= 16.
HELPER __mmask16 first_lanes(long count) { return (__mmask16)((1u << count) - 1); }

// The first `count` floats, zeros after them; reads nothing beyond.
HELPER vec load_first(const float *from, long count) { return (vec)_mm512_maskz_loadu_ps(first_lanes(count), from); }

// Stores the first `count` floats and nothing beyond.
HELPER void store_first(float *to, vec value, long count) { _mm512_mask_storeu_ps(to, first_lanes(count), (__m512)value); }
#else
// The first `count` floats, zeros after them; reads nothing beyond.
HELPER vec load_first(const float *from, long count) {
    float buffer[LANES] __attribute__((aligned(64))) = {0};
    for (long i = 0; i < count; i++) buffer[i] = from[i];
    return *(const vec *)buffer;
}

// Stores the first `count` floats and nothing beyond.
HELPER void store_first(float *to, vec value, long count) {
    float buffer[LANES] __attribute__((aligned(64)));
    *(vec *)buffer = value;
    for (long i = 0; i < count; i++) to[i] = buffer[i];
}
#endif

#if HR_HAS_FMA
// a * b + c with one rounding.
HELPER vec multiply_add(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }
#else
// Two roundings: a call of the C library for each element would cost more than the last bit is worth.
HELPER vec multiply_add(vec a, vec b, vec c) { return a * b + c; }
#endif

HELPER uvec bits_of(vec x) { return (uvec)x; }
HELPER vec float_of(uvec bits) { return (vec)bits; }
// Lanes of `mask` are all ones or zero, as comparisons give them.
HELPER vec choose(ivec mask, vec yes, vec no) { return (vec)(((uvec)mask & (uvec)yes) | (~(uvec)mask & (uvec)no)); }

// Sum of the 16 lanes: halves are added to halves, so the order is fixed.
HELPER float sum_of_lanes(vec x) {
    typedef float half8 __attribute__((ext_vector_type(8)));
    typedef float half4 __attribute__((ext_vector_type(4)));
    half8 eight = x.lo + x.hi;
    half4 four = eight.lo + eight.hi;
    return (four.x + four.z) + (four.y + four.w);
}
