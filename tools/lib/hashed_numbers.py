"""Numbers that a fixture's script and its test both compute from a name, so that they need not be stored."""
import math


def filled(name, shape):
    """Numbers in [-1, 1), multiples of 2^-23, a hash of the name and the position."""
    import numpy
    key = 0x811C9DC5
    for byte in name.encode():
        key = (key ^ byte) * 0x01000193 & 0xFFFFFFFF
    h = (numpy.arange(math.prod(shape), dtype=numpy.uint64) * 0x9E3779B1 + key) & 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h ^= h >> shift
        h = h * factor & 0xFFFFFFFF
    h ^= h >> 16
    return (((h >> 8).astype(numpy.float64) * 2.0 ** -23) - 1).reshape(shape)


def start(name, shape):
    """The value of a parameter or buffer, [members, ...]."""
    import numpy
    x = filled(name, shape)
    kind = name.rsplit(".", 1)[-1]
    if kind in ("u", "v"):
        return x / numpy.sqrt((x * x).sum(-1, keepdims=True))
    if kind in ("scale", "magnitude", "variance"):
        return 1 + 0.5 * x
    if kind == "weight":
        return x * (1.5 / math.sqrt(shape[1]))
    return 0.5 * x
