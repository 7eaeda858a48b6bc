// math.h: elementary functions over vectors, within about 2 ulp, infinities and NaN as IEEE 754 has them.
// Polynomials are those of Cephes (Moshier); arguments are reduced with a two-part ln 2.

HELPER vec is_nan_mask_pick(vec x, vec value) { return choose(x != x, x, value); }

HELPER vec exp_vec(vec x) {
    // Beyond these the result is 0 or infinity; NaN compares false and stays.
    vec y = choose(x < -104.0f, (vec)-104.0f, x);
    y = choose(y > 89.0f, (vec)89.0f, y);
    const vec magic = (vec)12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
    vec shifted = multiply_add(y, (vec)1.44269504088896341f, magic);
    vec n = shifted - magic;
    vec r = multiply_add(n, (vec)-0.693359375f, y);
    r = multiply_add(n, (vec)2.12194440e-4f, r);
    vec p = (vec)1.9875691500e-4f;
    p = multiply_add(p, r, (vec)1.3981999507e-3f);
    p = multiply_add(p, r, (vec)8.3334519073e-3f);
    p = multiply_add(p, r, (vec)4.1665795894e-2f);
    p = multiply_add(p, r, (vec)1.6666665459e-1f);
    p = multiply_add(p, r, (vec)5.0000001201e-1f);
    p = multiply_add(p, r * r, r) + 1.0f;
    // 2^n in two factors, so that neither leaves the range of exponents where the product does not.
    ivec whole = (ivec)bits_of(shifted) - 0x4B400000;
    ivec half = whole >> 1;
    vec first = (vec)((half + 127) << 23);
    vec second = (vec)((whole - half + 127) << 23);
    return p * first * second;
}

// Natural logarithm of a positive finite number of at least FLT_MIN.
HELPER vec log_normal(vec x) {
    uvec offset = bits_of(x) - 0x3F3504F3u; // sqrt(1/2): the mantissa lands in [sqrt(1/2), sqrt(2))
    vec e = __builtin_convertvector((ivec)offset >> 23, vec);
    vec f = float_of((offset & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    vec p = (vec)7.0376836292e-2f;
    p = multiply_add(p, f, (vec)-1.1514610310e-1f);
    p = multiply_add(p, f, (vec)1.1676998740e-1f);
    p = multiply_add(p, f, (vec)-1.2420140846e-1f);
    p = multiply_add(p, f, (vec)1.4249322787e-1f);
    p = multiply_add(p, f, (vec)-1.6668057665e-1f);
    p = multiply_add(p, f, (vec)2.0000714765e-1f);
    p = multiply_add(p, f, (vec)-2.4999993993e-1f);
    p = multiply_add(p, f, (vec)3.3333331174e-1f);
    vec square = f * f;
    vec y = multiply_add(p * f, square, e * -2.12194440e-4f);
    y = multiply_add(square, (vec)-0.5f, y);
    return multiply_add(e, (vec)0.693359375f, f + y);
}

HELPER vec log_vec(vec x) {
    ivec tiny = x < 1.17549435e-38f;
    vec scaled = choose(tiny, x * 8388608.0f, x); // 2^23 lifts subnormals
    vec y = log_normal(scaled) - choose(tiny, (vec)15.9423851528787f, (vec)0.0f);
    y = choose(x == 0.0f, (vec)-__builtin_inff(), y);
    y = choose(x < 0.0f, (vec)__builtin_nanf(""), y);
    return choose((x == __builtin_inff()) | (x != x), x, y);
}

HELPER vec abs_vec(vec x) { return float_of(bits_of(x) & 0x7FFFFFFFu); }

HELPER vec with_sign_of(vec magnitude, vec x) { return float_of(bits_of(magnitude) | (bits_of(x) & 0x80000000u)); }

HELPER vec tanh_vec(vec x) {
    vec a = abs_vec(x);
    vec square = x * x;
    vec p = (vec)-5.70498872745e-3f;
    p = multiply_add(p, square, (vec)2.06390887954e-2f);
    p = multiply_add(p, square, (vec)-5.37397155531e-2f);
    p = multiply_add(p, square, (vec)1.33314422036e-1f);
    p = multiply_add(p, square, (vec)-3.33332819422e-1f);
    vec near = multiply_add(p * square, x, x);
    vec far = 1.0f - 2.0f / (exp_vec(a + a) + 1.0f);
    return choose(a < 0.625f, near, with_sign_of(far, x));
}

HELPER vec sigmoid_vec(vec x) {
    vec z = exp_vec(-abs_vec(x)); // at most 1: no overflow on either side
    vec y = choose(x < 0.0f, z, (vec)1.0f) / (1.0f + z);
    return is_nan_mask_pick(x, y);
}

HELPER vec softplus_vec(vec x) {
    vec z = exp_vec(-abs_vec(x));
    // log(1 + z): the rounding error of u = 1 + z is put back to first order.
    vec u = 1.0f + z;
    vec tail = log_normal(u) + (z - (u - 1.0f)) / u;
    vec y = choose(x > 0.0f, x, (vec)0.0f) + tail;
    return is_nan_mask_pick(x, y);
}

HELPER vec relu_vec(vec x) { return choose(x <= 0.0f, (vec)0.0f, x); } // NaN stays NaN

HELPER vec sign_vec(vec x) { return choose(x > 0.0f, (vec)1.0f, choose(x < 0.0f, (vec)-1.0f, x)); }

HELPER vec maximum_vec(vec a, vec b) { return choose((a > b) | (a != a), a, b); } // NaN of either side wins
HELPER vec minimum_vec(vec a, vec b) { return choose((a < b) | (a != a), a, b); }

HELPER vec as_mask(ivec condition) { return choose(condition, (vec)1.0f, (vec)0.0f); }

HELPER vec is_finite_vec(vec x) { return as_mask((ivec)((bits_of(x) & 0x7F800000u) != 0x7F800000u)); }

HELPER vec sqrt_vec(vec x) { return __builtin_elementwise_sqrt(x); }

HELPER vec floor_vec(vec x) { return __builtin_elementwise_floor(x); }
