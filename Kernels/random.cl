// random.cl: numbers from a counter: Philox4x32-10 (Salmon et al. 2011) and the transforms to uniforms, integers and normals.
//
// Number  element `lane` of a key is word lane % 4 of the block with key (seed, stream) and counter (step, 0, lane / 4, substream).
//         uniform (bits >> 8) 2^-24;  integer (bits * bound) >> 32;  normal √2 erfinv(2u − 1) with u = ((bits >> 9) + 0.5) 2^-23 (Giles 2010)
// Record  0 lanes of a key  1 blocks of a key, ⌈lanes / 4⌉  2 blocks of all keys  3 distribution: 0 uniform, 1 normal, 2 integers
//         4 stream  5 seeds' buffer  6 offset  7 step's buffer  8 offset  9 bounds' buffer  10 offset (integers)  11 output's buffer  12 offset
//         13 whether there are substreams, else all are 0  14 substreams' buffer  15 offset
// Launch  a group for each GROUP_ELEMENTS blocks of a part; local (WGS).
// Needs   no local memory.
// Maths   the bits of csimd_random.h and HyperRandom: only +, −, · and fma, and no product is followed by a plain sum, so that a
//         compiler that contracts cannot change a result.
// Checks  OpCase.random, exact.
#include "common.cl"

static float log_positive(float x) {
    const uint offset = as_uint(x) - 0x3F3504F3u; // sqrt(1/2): the mantissa lands in [sqrt(1/2), sqrt(2))
    const float e = (float)((int)offset >> 23), f = as_float((offset & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f, square = f * f;
    float p = 7.0376836292e-2f;
    p = fma(p, f, -1.1514610310e-1f);
    p = fma(p, f, 1.1676998740e-1f);
    p = fma(p, f, -1.2420140846e-1f);
    p = fma(p, f, 1.4249322787e-1f);
    p = fma(p, f, -1.6668057665e-1f);
    p = fma(p, f, 2.0000714765e-1f);
    p = fma(p, f, -2.4999993993e-1f);
    p = fma(p, f, 3.3333331174e-1f);
    p = fma(p, f, -0.5f);
    p = fma(p, square, e * -2.12194440e-4f); // ln 2 = 0.693359375 - 0.000212194440
    return fma(e, 0.693359375f, f + p);
}

static float sqrt_positive(float x) {
    const float half_x = 0.5f * x;
    float r = as_float(0x5F3759DFu - (as_uint(x) >> 1));
    r = r * fma(-half_x, r * r, 1.5f);
    r = r * fma(-half_x, r * r, 1.5f);
    r = r * fma(-half_x, r * r, 1.5f);
    const float s = x * r;
    return fma(0.5f * r, fma(-s, s, x), s);
}

static float normal_of_bits(uint bits) {
    // x = 2u - 1 = (2k + 1) 2^-23 - 1 with k = bits >> 9: x, 1 - x and 1 + x are exact.
    const float x = fma((float)(2u * (bits >> 9) + 1u), 1.1920928955078125e-7f, -1.0f);
    const float w = -log_positive((1.0f - x) * (1.0f + x));
    float p;
    if (w < 5.0f) {
        const float t = w - 2.5f;
        p = 2.81022636e-08f;
        p = fma(p, t, 3.43273939e-07f);
        p = fma(p, t, -3.5233877e-06f);
        p = fma(p, t, -4.39150654e-06f);
        p = fma(p, t, 0.00021858087f);
        p = fma(p, t, -0.00125372503f);
        p = fma(p, t, -0.00417768164f);
        p = fma(p, t, 0.246640727f);
        p = fma(p, t, 1.50140941f);
    } else {
        const float t = sqrt_positive(w) - 3.0f;
        p = -0.000200214257f;
        p = fma(p, t, 0.000100950558f);
        p = fma(p, t, 0.00134934322f);
        p = fma(p, t, -0.00367342844f);
        p = fma(p, t, 0.00573950773f);
        p = fma(p, t, -0.0076224613f);
        p = fma(p, t, 0.00943887047f);
        p = fma(p, t, 1.00167406f);
        p = fma(p, t, 2.83297682f);
    }
    return (p * x) * 1.41421356237f;
}

static uint philox_word(uint4 counter, uint key0, uint key1, uint word) {
    for (int round = 0; round < 10; round++) {
        const uint high0 = mul_hi(0xD2511F53u, counter.x), low0 = 0xD2511F53u * counter.x;
        const uint high1 = mul_hi(0xCD9E8D57u, counter.z), low1 = 0xCD9E8D57u * counter.z;
        counter = (uint4)(high1 ^ counter.y ^ key0, low1, high0 ^ counter.w ^ key1, low0);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return word == 0 ? counter.x : word == 1 ? counter.y : word == 2 ? counter.z : counter.w;
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void random(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    const uint group = get_group_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint lanes = part[0], distribution = part[3];
    const uint step = as_uint(memory(part[7], ALL_MEMORIES)[part[8]]);
    __global uint *output = (__global uint *)(memory(part[11], ALL_MEMORIES) + part[12]);
    const uint begin = (group - table[entry]) * GROUP_ELEMENTS, end = min(part[2], begin + GROUP_ELEMENTS);
    for (uint block = begin + get_local_id(0); block < end; block += WGS) {
        const uint seed = block / part[1], first = block % part[1] * 4;
        const uint key = as_uint(memory(part[5], ALL_MEMORIES)[part[6] + seed]);
        const uint substream = part[13] ? as_uint(memory(part[14], ALL_MEMORIES)[part[15] + seed]) : 0;
        const int bound = distribution == 2 ? as_int(memory(part[9], ALL_MEMORIES)[part[10] + seed]) : 0;
        for (uint word = 0; word < 4 && first + word < lanes; word++) {
            const uint bits = philox_word((uint4)(step, 0, first / 4, substream), key, part[4], word);
            uint result;
            if (distribution == 0) result = as_uint((float)(bits >> 8) * 5.9604644775390625e-8f);
            else if (distribution == 1) result = as_uint(normal_of_bits(bits));
            else result = bound > 0 ? mul_hi(bits, (uint)bound) : 0;
            output[(size_t)seed * lanes + first + word] = result;
        }
    }
}
