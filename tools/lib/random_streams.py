"""The engine's random numbers, written again from their definition: Philox4x32-10 and the transform to normals.

A stream's key is (seed, stream), its counter (low half of step, high half of step, lane // 4, 0); element `lane` takes
word `lane % 4`. Normals are `sqrt(2) erfinv(2u - 1)` in float32 with fused multiply-adds, by Giles's polynomials
("Approximating the erfinv function", 2010); Cephes' logf and a Newton square root are part of the definition, since
their last bits are.
"""
import ctypes
import ctypes.util
import struct

WEIGHTS, EXPLORATION, TARGET_NOISE, REPLAY, ENVIRONMENT, RANDOM_ACTION, EVALUATION, POLICY = range(8)

_fmaf = ctypes.CDLL(ctypes.util.find_library("m")).fmaf
_fmaf.argtypes, _fmaf.restype = [ctypes.c_float] * 3, ctypes.c_float


def philox(counter, key):
    """Ten rounds of Philox4x32 (Salmon et al. 2011): four words for a counter of four and a key of two."""
    c, k = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(second >> 32) ^ c[1] ^ k[0], second & 0xFFFFFFFF, (first >> 32) ^ c[3] ^ k[1], first & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]  # the paper's known answer


def bits(seed, stream, step, lane):
    return philox([step & 0xFFFFFFFF, step >> 32, lane // 4, 0], [seed, stream])[lane % 4]


def uniform(seed, stream, step, lane):
    """In [0, 1), a multiple of 2**-24."""
    return (bits(seed, stream, step, lane) >> 8) * 2.0 ** -24


def integer(below, seed, stream, step, lane):
    """In 0..below-1."""
    return bits(seed, stream, step, lane) * below >> 32


def normal(seed, stream, step, lane):
    """Standard normal, a float32's value."""
    k = bits(seed, stream, step, lane) >> 9
    x = fma(2 * k + 1, 2.0 ** -23, -1)
    w = -_log(f32(f32(1 - x) * f32(1 + x)))
    if w < 5:
        t, coefficients = f32(w - 2.5), (
            2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
            -0.00417768164, 0.246640727, 1.50140941)
    else:
        t, coefficients = f32(_sqrt(w) - 3), (
            -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
            0.00943887047, 1.00167406, 2.83297682)
    return f32(f32(_polynomial(coefficients, t) * x) * f32(1.41421356237))


def f32(value):
    """The nearest float32, as a Python float."""
    return ctypes.c_float(value).value


def fma(a, b, c):
    """`a b + c` in float32 with one rounding."""
    return _fmaf(a, b, c)


def _polynomial(coefficients, t):
    p = f32(coefficients[0])
    for coefficient in coefficients[1:]:
        p = fma(p, t, coefficient)
    return p


def _pattern(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def _float(pattern):
    return struct.unpack("<f", struct.pack("<I", pattern))[0]


def _log(x):
    offset = (_pattern(x) - 0x3F3504F3) & 0xFFFFFFFF
    exponent = float((offset - (1 << 32) if offset >> 31 else offset) >> 23)
    f = f32(_float((offset & 0x007FFFFF) + 0x3F3504F3) - 1)
    p = _polynomial((7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                     -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -0.5), f)
    p = fma(p, f32(f * f), f32(exponent * f32(-2.12194440e-4)))
    return fma(exponent, 0.693359375, f32(f + p))


def _sqrt(x):
    half = f32(0.5 * x)
    r = _float(0x5F3759DF - (_pattern(x) >> 1))
    for _ in range(3):
        r = f32(r * fma(-half, f32(r * r), 1.5))
    s = f32(x * r)
    return fma(f32(0.5 * r), fma(-s, s, x), s)
