// wide_sums.h: sums in double: of products of floats, and of doubles.
//
// Order   four vectors of 8 partial sums walk along the axis; then the vectors and their lanes are combined pairwise. It depends on the
//         length alone, so rows beside each other and threads change nothing; a product of two floats is exact in double, so a fused
//         multiply-add changes nothing either.

typedef double wide_vec __attribute__((ext_vector_type(8)));
typedef double unaligned_wide_vec __attribute__((ext_vector_type(8), aligned(8)));
typedef float half_vec __attribute__((ext_vector_type(8)));
typedef float unaligned_half_vec __attribute__((ext_vector_type(8), aligned(4)));

enum { WIDE_LANES = 8, WIDE_PARTS = 4, WIDE_STEP = WIDE_LANES * WIDE_PARTS };

HELPER wide_vec widened(const float *from) { return __builtin_convertvector(*(const unaligned_half_vec *)from, wide_vec); }

HELPER wide_vec add_product(wide_vec sum, wide_vec a, wide_vec b) {
#if HR_HAS_FMA
    return __builtin_elementwise_fma(a, b, sum);
#else
    return sum + a * b;
#endif
}

HELPER double sum_of_parts(const wide_vec *part) {
    typedef double wide_half __attribute__((ext_vector_type(4)));
    const wide_vec sum = (part[0] + part[1]) + (part[2] + part[3]);
    const wide_half four = sum.lo + sum.hi;
    return (four.x + four.z) + (four.y + four.w);
}

static HR_WIDE double dot_of(const float *left, const float *right, long count) {
    wide_vec part[WIDE_PARTS] = {0};
    long i = 0;
    for (; i + WIDE_STEP <= count; i += WIDE_STEP) {
        for (int v = 0; v < WIDE_PARTS; v++) {
            const long at = i + v * WIDE_LANES;
            part[v] = add_product(part[v], widened(left + at), widened(right + at));
        }
    }
    if (i < count) {
        float a[WIDE_STEP] = {0}, b[WIDE_STEP] = {0};
        for (long j = i; j < count; j++) a[j - i] = left[j], b[j - i] = right[j];
        for (int v = 0; v < WIDE_PARTS; v++) part[v] = add_product(part[v], widened(a + v * WIDE_LANES), widened(b + v * WIDE_LANES));
    }
    return sum_of_parts(part);
}

static void dot_products(const void *arguments, long begin, long end) {
    const hr_dot *p = arguments;
    const long pieces = (p->length + p->piece - 1) / p->piece;
    for (long unit = begin; unit < end; unit++) {
        const long start = unit % pieces * p->piece, rest = p->length - start;
        const long from = unit / pieces * p->length + start;
        p->output[unit] = dot_of(p->left + from, p->right + from, rest < p->piece ? rest : p->piece);
    }
}

static HR_WIDE double sum_along(const double *input, long length) {
    wide_vec part[WIDE_PARTS] = {0};
    long i = 0;
    for (; i + WIDE_STEP <= length; i += WIDE_STEP) {
        for (int v = 0; v < WIDE_PARTS; v++) part[v] += *(const unaligned_wide_vec *)(input + i + v * WIDE_LANES);
    }
    double rest[WIDE_STEP] __attribute__((aligned(64))) = {0};
    for (long j = i; j < length; j++) rest[j - i] = input[j];
    for (int v = 0; v < WIDE_PARTS; v++) part[v] += *(const wide_vec *)(rest + v * WIDE_LANES);
    return sum_of_parts(part);
}

static HR_WIDE void wide_sum(const void *arguments, long begin, long end) {
    const hr_wide_sum *p = arguments;
    for (long unit = begin; unit < end; unit++) {
        const double *input = p->input + unit * p->length * p->inner;
        double *output = p->output + unit * p->inner;
        if (p->inner == 1) {
            *output = sum_along(input, p->length);
            continue;
        }
        for (long i = 0; i < p->inner; i++) output[i] = 0.0;
        for (long r = 0; r < p->length; r++) {
            for (long i = 0; i < p->inner; i++) output[i] += input[r * p->inner + i];
        }
    }
}
