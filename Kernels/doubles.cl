// doubles.cl: numbers wider than float, called `wide`, for kernels that include this before common.cl. Has no kernel of its own.
//
// PAIRS 0  wide is double.
// PAIRS 1  the device has no double: wide is a pair of floats (x, y) that stands for x + y, x being that sum rounded: 48 bits, float's
//          range. Sums and products with the exact errors of Knuth's two-sum and of fma (Dekker 1971; Hida, Li and Bailey 2001).
//          Infinities and NaN are (x, 0). An int is exact, and so is arithmetic of ints whose result fits one.
// Memory   of 8 bytes, (x, y) in that order or a double; elements of types 0 float, 1 int, 2 wide.
// Maths    Strict IEEE. Pairs: relative errors of at most 2^-45 for sums, products, quotients and roots.
#ifndef DOUBLES_CL
#define DOUBLES_CL

#pragma OPENCL FP_CONTRACT OFF

#ifndef PAIRS
#ifdef cl_khr_fp64
#define PAIRS 0
#else
#define PAIRS 1
#endif
#endif

#if PAIRS

typedef float2 wide;
// A constant by the bits of a double, and by those of the two floats.
#define WIDE(BITS, HIGH, LOW) ((float2)(as_float(HIGH), as_float(LOW)))

static bool w_finite(float x) { return (as_uint(x) & 0x7F800000u) != 0x7F800000u; }

// a + b with its exact error, whatever their sizes.
static float2 two_sum(float a, float b) {
    const float s = a + b, t = s - a;
    return (float2)(s, (a - (s - t)) + (b - t));
}

// The pair of high + low, |high| >= |low|; what is not finite has no error.
static wide w_pair(float high, float low) {
    const float s = high + low;
    return (float2)(s, w_finite(s) ? low - (s - high) : 0.0f);
}

static wide w_of_float(float x) { return (float2)(x, 0.0f); }
static wide w_of_int(int x) {
    const float high = (float)x;
    return (float2)(high, (float)((long)x - (long)high));
}
static float w_to_float(wide a) { return a.x; }
static int w_to_int(wide a) {
    if (!(fabs(a.x) <= 2147483648.0f)) return INT_MIN;
    const long high = (long)a.x;
    // A fraction in x is larger than y.
    if ((float)high != a.x) return (int)high;
    const long low = (long)a.y, whole = high + low;
    const float rest = a.y - (float)low;
    const long result = whole > 0 && rest < 0.0f ? whole - 1 : whole < 0 && rest > 0.0f ? whole + 1 : whole;
    return result > 2147483647L ? INT_MIN : (int)result;
}

static wide w_negate(wide a) { return -a; }
static wide w_add(wide a, wide b) {
    float2 s = two_sum(a.x, b.x);
    if (!w_finite(s.x)) return w_of_float(s.x);
    const float2 t = two_sum(a.y, b.y);
    s = w_pair(s.x, s.y + t.x);
    return w_pair(s.x, s.y + t.y);
}
static wide w_subtract(wide a, wide b) { return w_add(a, -b); }
static wide w_multiply(wide a, wide b) {
    const float p = a.x * b.x;
    if (!w_finite(p)) return w_of_float(p);
    return w_pair(p, fma(a.y, b.x, fma(a.x, b.y, fma(a.x, b.x, -p))));
}
// Long division, a float of the quotient at a time.
static wide w_divide(wide a, wide b) {
    const float first = a.x / b.x;
    if (!w_finite(first) || !w_finite(b.x)) return w_of_float(first);
    wide rest = w_subtract(a, w_multiply(b, w_of_float(first)));
    const float second = rest.x / b.x;
    rest = w_subtract(rest, w_multiply(b, w_of_float(second)));
    return w_add(w_pair(first, second), w_of_float(rest.x / b.x));
}
// Two of Newton's steps from float's root.
static wide w_sqrt(wide a) {
    const float root = sqrt(a.x);
    if (!(root > 0.0f) || !w_finite(root)) return w_of_float(root);
    const float half_inverse = 0.5f / root;
    const wide better = w_pair(root, w_subtract(a, w_multiply(w_of_float(root), w_of_float(root))).x * half_inverse);
    return w_add(better, w_of_float(w_subtract(a, w_multiply(better, better)).x * half_inverse));
}
static wide w_abs(wide a) { return a.x < 0.0f ? -a : (float2)(fabs(a.x), a.y); }
static wide w_sign(wide a) { return w_of_float(a.x > 0.0f ? 1.0f : a.x < 0.0f ? -1.0f : a.x); }
static wide w_floor(wide a) {
    const float high = floor(a.x);
    return high == a.x ? w_pair(high, floor(a.y)) : w_of_float(high);
}
static wide w_relu(wide a) { return a.x <= 0.0f ? w_of_float(0.0f) : a; }
static bool w_less(wide a, wide b) { return a.x < b.x || (a.x == b.x && a.y < b.y); }
static bool w_equal(wide a, wide b) { return a.x == b.x && a.y == b.y; }
static bool w_is_nan(wide a) { return a.x != a.x; }
static bool w_is_true(wide a) { return a.x != 0.0f; }
static bool w_is_finite(wide a) { return w_finite(a.x); }

// Sums of products of floats: twice float's precision (Ogita, Rump and Oishi 2005, Dot2).
typedef float2 accumulator;
static accumulator add_product(accumulator sum, float a, float b) {
    const float product = a * b;
    const float2 s = two_sum(sum.x, product);
    return (float2)(s.x, sum.y + (s.y + fma(a, b, -product)));
}
static wide w_of_accumulator(accumulator sum) { return w_finite(sum.x) ? w_pair(sum.x, sum.y) : w_of_float(sum.x); }

#else

#pragma OPENCL EXTENSION cl_khr_fp64 : enable

typedef double wide;
#define WIDE(BITS, HIGH, LOW) as_double(BITS)

static wide w_of_float(float x) { return (double)x; }
static wide w_of_int(int x) { return (double)x; }
static float w_to_float(wide a) { return (float)a; }
static int w_to_int(wide a) { return a > -2147483649.0 && a < 2147483648.0 ? (int)a : INT_MIN; }
static wide w_negate(wide a) { return -a; }
static wide w_add(wide a, wide b) { return a + b; }
static wide w_subtract(wide a, wide b) { return a - b; }
static wide w_multiply(wide a, wide b) { return a * b; }
static wide w_divide(wide a, wide b) { return a / b; }
static wide w_sqrt(wide a) { return sqrt(a); }
static wide w_abs(wide a) { return fabs(a); }
static wide w_sign(wide a) { return a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a; }
static wide w_floor(wide a) { return floor(a); }
static wide w_relu(wide a) { return a <= 0.0 ? 0.0 : a; }
static bool w_less(wide a, wide b) { return a < b; }
static bool w_equal(wide a, wide b) { return a == b; }
static bool w_is_nan(wide a) { return a != a; }
static bool w_is_true(wide a) { return a != 0.0; }
static bool w_is_finite(wide a) { return (as_ulong(a) & 0x7FF0000000000000ul) != 0x7FF0000000000000ul; }

typedef double accumulator;
// The product of two floats is exact in double, so this rounds once.
static accumulator add_product(accumulator sum, float a, float b) { return fma((double)a, (double)b, sum); }
static wide w_of_accumulator(accumulator sum) { return sum; }

#endif

static wide w_mask(bool condition) { return w_of_float(condition ? 1.0f : 0.0f); }
static bool w_less_or_equal(wide a, wide b) { return w_less(a, b) || w_equal(a, b); }
static wide w_maximum(wide a, wide b) { return w_less(b, a) || w_is_nan(a) ? a : b; }
static wide w_minimum(wide a, wide b) { return w_less(a, b) || w_is_nan(a) ? a : b; }

// Element `index` of a type from `words` on.
static wide w_load(__global const float *words, uint type, size_t index) {
    if (type == 0) return w_of_float(words[index]);
    if (type == 1) return w_of_int(as_int(words[index]));
    return ((__global const wide *)words)[index];
}
static void w_store(__global float *words, uint type, size_t index, wide value) {
    if (type == 0) words[index] = w_to_float(value);
    else if (type == 1) ((__global int *)words)[index] = w_to_int(value);
    else ((__global wide *)words)[index] = value;
}
#endif
