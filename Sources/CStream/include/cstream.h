// The loop by which hyperbench measures how fast memory streams, at the vector length that the CPU has.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Does `a[i] += factor * b[i]` over `count` elements, `repeats` times: two reads and one write of 4 bytes for each element.
///
/// `a` and `b` are aligned to 64 bytes and do not overlap; `count` is a multiple of 16.
void hr_stream_update(float *a, const float *b, float factor, long count, long repeats);

#ifdef __cplusplus
}
#endif
