// random.h: the numbers of csimd_random.h, 64 at a time: 16 counters side by side, one vector for each of their four words.

typedef unsigned long long wide_uvec __attribute__((ext_vector_type(16)));

// True fused multiply-adds on every CPU: the bits of normals are part of the definition.
HELPER vec fused(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }

HELPER uvec multiply_high(uvec a, unsigned b) {
    return __builtin_convertvector((__builtin_convertvector(a, wide_uvec) * b) >> 32, uvec);
}

HELPER void philox_16(uvec *word, unsigned key0, unsigned key1) {
    for (int round = 0; round < 10; round++) {
        uvec high0 = multiply_high(word[0], 0xD2511F53u), low0 = word[0] * 0xD2511F53u;
        uvec high1 = multiply_high(word[2], 0xCD9E8D57u), low1 = word[2] * 0xCD9E8D57u;
        word[0] = high1 ^ word[1] ^ key0;
        word[1] = low1;
        word[2] = high0 ^ word[3] ^ key1;
        word[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

HELPER vec random_log(vec x) {
    uvec offset = bits_of(x) - 0x3F3504F3u;
    vec e = __builtin_convertvector((ivec)offset >> 23, vec);
    vec f = float_of((offset & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    vec square = f * f;
    vec p = (vec)7.0376836292e-2f;
    p = fused(p, f, (vec)-1.1514610310e-1f);
    p = fused(p, f, (vec)1.1676998740e-1f);
    p = fused(p, f, (vec)-1.2420140846e-1f);
    p = fused(p, f, (vec)1.4249322787e-1f);
    p = fused(p, f, (vec)-1.6668057665e-1f);
    p = fused(p, f, (vec)2.0000714765e-1f);
    p = fused(p, f, (vec)-2.4999993993e-1f);
    p = fused(p, f, (vec)3.3333331174e-1f);
    p = fused(p, f, (vec)-0.5f);
    p = fused(p, square, e * -2.12194440e-4f);
    return fused(e, (vec)0.693359375f, f + p);
}

HELPER vec random_sqrt(vec x) {
    vec half_x = 0.5f * x;
    vec r = float_of(0x5F3759DFu - (bits_of(x) >> 1));
    r = r * fused(-half_x, r * r, (vec)1.5f);
    r = r * fused(-half_x, r * r, (vec)1.5f);
    r = r * fused(-half_x, r * r, (vec)1.5f);
    vec s = x * r;
    return fused(0.5f * r, fused(-s, s, x), s);
}

HELPER vec normal_of(uvec bits) {
    vec x = fused(__builtin_convertvector(2u * (bits >> 9) + 1u, vec), (vec)1.1920928955078125e-7f, (vec)-1.0f);
    vec w = -random_log((1.0f - x) * (1.0f + x));
    vec t = w - 2.5f;
    vec p = (vec)2.81022636e-08f;
    p = fused(p, t, (vec)3.43273939e-07f);
    p = fused(p, t, (vec)-3.5233877e-06f);
    p = fused(p, t, (vec)-4.39150654e-06f);
    p = fused(p, t, (vec)0.00021858087f);
    p = fused(p, t, (vec)-0.00125372503f);
    p = fused(p, t, (vec)-0.00417768164f);
    p = fused(p, t, (vec)0.246640727f);
    p = fused(p, t, (vec)1.50140941f);
    // The tails; lanes with w < 5 compute a number here that is not used.
    vec u = random_sqrt(w) - 3.0f;
    vec q = (vec)-0.000200214257f;
    q = fused(q, u, (vec)0.000100950558f);
    q = fused(q, u, (vec)0.00134934322f);
    q = fused(q, u, (vec)-0.00367342844f);
    q = fused(q, u, (vec)0.00573950773f);
    q = fused(q, u, (vec)-0.0076224613f);
    q = fused(q, u, (vec)0.00943887047f);
    q = fused(q, u, (vec)1.00167406f);
    q = fused(q, u, (vec)2.83297682f);
    return (choose(w < 5.0f, p, q) * x) * 1.41421356237f;
}

HELPER uvec convert_bits(const hr_random *p, uvec bits, unsigned below) {
    switch ((hr_distribution)p->distribution) {
    case HR_UNIFORM: return (uvec)(__builtin_convertvector(bits >> 8, vec) * 5.9604644775390625e-8f);
    case HR_NORMAL: return (uvec)normal_of(bits);
    case HR_INTEGERS: return multiply_high(bits, below);
    }
    return bits;
}

static HR_WIDE void random_lanes(const hr_random *p, long seed, long begin, long end) {
    const unsigned substream = p->substreams != NULL ? (unsigned)p->substreams[seed] : 0;
    const unsigned below = p->distribution == HR_INTEGERS && p->bounds[seed] > 0 ? (unsigned)p->bounds[seed] : 0;
    unsigned *output = (unsigned *)p->output + seed * p->lanes;
    const uvec count = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (long lane = begin; lane < end; lane += 4 * LANES) {
        uvec word[4] = {(uvec)(unsigned)p->step[0], (uvec)0u, count + (unsigned)(lane / 4), (uvec)substream};
        philox_16(word, (unsigned)p->seeds[seed], p->stream);
        unsigned values[4][LANES] __attribute__((aligned(64)));
        for (int w = 0; w < 4; w++) *(uvec *)values[w] = convert_bits(p, word[w], below);
        const long filled = end - lane < 4 * LANES ? end - lane : 4 * LANES;
        for (long i = 0; i < filled; i++) output[lane + i] = values[i % 4][i / 4];
    }
}

static void random_numbers(const void *arguments, long begin, long end) {
    const hr_random *p = arguments;
    const long blocks = (p->lanes + HR_RANDOM_LANES - 1) / HR_RANDOM_LANES;
    for (long unit = begin; unit < end; unit++) {
        const long lane = unit % blocks * HR_RANDOM_LANES;
        random_lanes(p, unit / blocks, lane, lane + HR_RANDOM_LANES < p->lanes ? lane + HR_RANDOM_LANES : p->lanes);
    }
}
