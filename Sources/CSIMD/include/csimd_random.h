// Random numbers from a counter: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") and the
// transforms to uniforms, integers and normals. Scalar code that reads as C and as OpenCL C.
//
// Key      (seed, stream).   Counter  (low half of step, high half of step, lane / 4, substream); element `lane` takes word lane % 4.
// Uniform  (bits >> 8) * 2^-24, in [0, 1).   Integer below n  (bits * n) >> 32.
// Normal   sqrt(2) erfinv(2u - 1) with u = ((bits >> 9) + 0.5) * 2^-23 and Giles' single-precision erfinv (2010).
// Bits     only +, -, * and fma, each correctly rounded, with an own log and square root: every IEEE device gives the same bits.
//          No product here is followed by a plain sum, so a compiler that contracts cannot change a result.
// Twin     HyperRandom (Swift), equal to the bit; checked over 10^6 draws.
#ifndef CSIMD_RANDOM_H
#define CSIMD_RANDOM_H

#ifdef __OPENCL_VERSION__
#define HR_INLINE inline
#define HR_FMA(a, b, c) fma(a, b, c)
#define HR_MULHI(a, b) mul_hi(a, b)
#define HR_BITS_OF(x) as_uint(x)
#define HR_FLOAT_OF(x) as_float(x)
typedef uint hr_uint;
#else
#include <stdint.h>
#define HR_INLINE static inline
#define HR_FMA(a, b, c) __builtin_fmaf(a, b, c)
#define HR_MULHI(a, b) ((uint32_t)(((uint64_t)(a) * (uint64_t)(b)) >> 32))
typedef uint32_t hr_uint;
static inline hr_uint hr_bits_of(float x) { hr_uint bits; __builtin_memcpy(&bits, &x, 4); return bits; }
static inline float hr_float_of(hr_uint bits) { float x; __builtin_memcpy(&x, &bits, 4); return x; }
#define HR_BITS_OF(x) hr_bits_of(x)
#define HR_FLOAT_OF(x) hr_float_of(x)
#endif

typedef struct { hr_uint word[4]; } hr_block;

/// The ten rounds of Philox4x32.
HR_INLINE hr_block hr_philox(hr_uint c0, hr_uint c1, hr_uint c2, hr_uint c3, hr_uint key0, hr_uint key1) {
    for (int round = 0; round < 10; round++) {
        hr_uint high0 = HR_MULHI(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        hr_uint high1 = HR_MULHI(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ key0;
        c1 = low1;
        c2 = high0 ^ c3 ^ key1;
        c3 = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    hr_block block;
    block.word[0] = c0; block.word[1] = c1; block.word[2] = c2; block.word[3] = c3;
    return block;
}

/// The 32 bits of element `lane` at a step.
HR_INLINE hr_uint hr_random_bits(hr_uint seed, hr_uint stream, hr_uint substream, hr_uint step_low, hr_uint step_high, hr_uint lane) {
    hr_block block = hr_philox(step_low, step_high, lane / 4u, substream, seed, stream);
    return block.word[lane % 4u];
}

/// A uniform in [0, 1), a multiple of 2^-24.
HR_INLINE float hr_uniform_of_bits(hr_uint bits) { return (float)(bits >> 8) * 5.9604644775390625e-8f; }

/// An integer in [0, below).
HR_INLINE hr_uint hr_integer_of_bits(hr_uint bits, hr_uint below) { return HR_MULHI(bits, below); }

/// Natural logarithm of a positive normal float, within 1.5 ulp (polynomial of Cephes' logf).
HR_INLINE float hr_log_positive(float x) {
    hr_uint offset = HR_BITS_OF(x) - 0x3F3504F3u;               // sqrt(1/2): the mantissa lands in [sqrt(1/2), sqrt(2))
    int exponent = (int)offset >> 23;
    float f = HR_FLOAT_OF((offset & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    float square = f * f;
    float p = 7.0376836292e-2f;
    p = HR_FMA(p, f, -1.1514610310e-1f);
    p = HR_FMA(p, f, 1.1676998740e-1f);
    p = HR_FMA(p, f, -1.2420140846e-1f);
    p = HR_FMA(p, f, 1.4249322787e-1f);
    p = HR_FMA(p, f, -1.6668057665e-1f);
    p = HR_FMA(p, f, 2.0000714765e-1f);
    p = HR_FMA(p, f, -2.4999993993e-1f);
    p = HR_FMA(p, f, 3.3333331174e-1f);
    float e = (float)exponent;
    p = HR_FMA(p, f, -0.5f);
    p = HR_FMA(p, square, e * -2.12194440e-4f);                 // ln 2 = 0.693359375 - 0.000212194440
    return HR_FMA(e, 0.693359375f, f + p);
}

/// Square root of a positive normal float, within 1 ulp: a bit trick for 1/sqrt and Newton steps.
HR_INLINE float hr_sqrt_positive(float x) {
    float half_x = 0.5f * x;
    float r = HR_FLOAT_OF(0x5F3759DFu - (HR_BITS_OF(x) >> 1));
    r = r * HR_FMA(-half_x, r * r, 1.5f);
    r = r * HR_FMA(-half_x, r * r, 1.5f);
    r = r * HR_FMA(-half_x, r * r, 1.5f);
    float s = x * r;
    return HR_FMA(0.5f * r, HR_FMA(-s, s, x), s);
}

/// A standard normal by inversion: increasing in the bits, within ±5.3.
HR_INLINE float hr_normal_of_bits(hr_uint bits) {
    // x = 2u - 1 = (2k + 1) 2^-23 - 1 with k = bits >> 9: x, 1 - x and 1 + x are exact.
    float x = HR_FMA((float)(2u * (bits >> 9) + 1u), 1.1920928955078125e-7f, -1.0f);
    float w = -hr_log_positive((1.0f - x) * (1.0f + x));
    float p;
    if (w < 5.0f) {
        float t = w - 2.5f;
        p = 2.81022636e-08f;
        p = HR_FMA(p, t, 3.43273939e-07f);
        p = HR_FMA(p, t, -3.5233877e-06f);
        p = HR_FMA(p, t, -4.39150654e-06f);
        p = HR_FMA(p, t, 0.00021858087f);
        p = HR_FMA(p, t, -0.00125372503f);
        p = HR_FMA(p, t, -0.00417768164f);
        p = HR_FMA(p, t, 0.246640727f);
        p = HR_FMA(p, t, 1.50140941f);
    } else {
        float t = hr_sqrt_positive(w) - 3.0f;
        p = -0.000200214257f;
        p = HR_FMA(p, t, 0.000100950558f);
        p = HR_FMA(p, t, 0.00134934322f);
        p = HR_FMA(p, t, -0.00367342844f);
        p = HR_FMA(p, t, 0.00573950773f);
        p = HR_FMA(p, t, -0.0076224613f);
        p = HR_FMA(p, t, 0.00943887047f);
        p = HR_FMA(p, t, 1.00167406f);
        p = HR_FMA(p, t, 2.83297682f);
    }
    return (p * x) * 1.41421356237f;
}

#endif
