// optimizer.cl: updates of parameters in place; the parameters of one optimiser are the parts of one launch.
//
// adam         m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − s₀ m / (√v s₁ + ε)
// soft_update  target ← target + rate (source − target)
// Record  0 elements  1 parameter's (target's) buffer  2 offset
//         adam: 3 m's buffer  4 offset  5 v's  6 offset  7 g's  8 offset  9 s's  10 offset  11 … 15 bits of β₁, β₂, ε, 1 − β₁, 1 − β₂
//         16 isVector
//         soft_update: 3 source's buffer  4 offset  5 bits of the rate
// Launch  a group for each GROUP_ELEMENTS elements of a part; local (WGS).
// Needs   no local memory; a part's operands do not overlap; variables begin at multiples of 4 elements.
//         isVector: so do the gradients, and four elements of everything are one aligned vector.
// Maths   as updates.h of the CPU backend: the multiply-adds shown there are fused, nothing else.
// Checks  OpCase.adam, OpCase.softUpdate.
#include "common.cl"

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void adam(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    const uint group = get_group_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    __global float *parameter = memory(part[1], ALL_MEMORIES) + part[2];
    __global float *first = memory(part[3], ALL_MEMORIES) + part[4];
    __global float *second = memory(part[5], ALL_MEMORIES) + part[6];
    __global const float *gradient = memory(part[7], ALL_MEMORIES) + part[8];
    __global const float *scale = memory(part[9], ALL_MEMORIES) + part[10];
    const float beta1 = as_float(part[11]), beta2 = as_float(part[12]), epsilon = as_float(part[13]);
    const float complement1 = as_float(part[14]), complement2 = as_float(part[15]);
    const float rate = scale[0], correction = scale[1];
    const uint begin = (group - table[entry]) * GROUP_ELEMENTS, end = min(part[0], begin + GROUP_ELEMENTS);
    const uint vectors_end = part[16] ? begin + (end - begin) / 4 * 4 : begin;
    for (uint i = begin + 4 * get_local_id(0); i < vectors_end; i += 4 * WGS) {
        __global float4 *p = (__global float4 *)(parameter + i), *m = (__global float4 *)(first + i), *v = (__global float4 *)(second + i);
        const float4 g = *(__global const float4 *)(gradient + i);
        const float4 m1 = fma((float4)(beta1), *m, complement1 * g);
        const float4 v1 = fma((float4)(beta2), *v, (complement2 * g) * g);
        *m = m1;
        *v = v1;
        *p -= (rate * m1) / fma(sqrt(v1), (float4)(correction), (float4)(epsilon));
    }
    for (uint i = vectors_end + get_local_id(0); i < end; i += WGS) {
        const float g = gradient[i];
        const float m = fma(beta1, first[i], complement1 * g);
        const float v = fma(beta2, second[i], (complement2 * g) * g);
        first[i] = m;
        second[i] = v;
        parameter[i] -= (rate * m) / fma(sqrt(v), correction, epsilon);
    }
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void soft_update(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    const uint group = get_group_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    __global float *target = memory(part[1], ALL_MEMORIES) + part[2];
    __global const float *source = memory(part[3], ALL_MEMORIES) + part[4];
    const float rate = as_float(part[5]);
    const uint begin = (group - table[entry]) * GROUP_ELEMENTS, end = min(part[0], begin + GROUP_ELEMENTS);
    const uint vectors_end = begin + (end - begin) / 4 * 4;
    for (uint i = begin + 4 * get_local_id(0); i < vectors_end; i += 4 * WGS) {
        __global float4 *t = (__global float4 *)(target + i);
        *t = fma((float4)(rate), *(__global const float4 *)(source + i) - *t, *t);
    }
    for (uint i = vectors_end + get_local_id(0); i < end; i += WGS) target[i] = fma(rate, source[i] - target[i], target[i]);
}
