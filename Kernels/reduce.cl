// reduce.cl: output[o, i] = ⊕_r input[o, r, i]: sum, maximum or minimum over the middle axis of [outer, length, inner], contiguous.
//
// Record  0 outputs (outer * inner)  1 length  2 inner  3 lanes: work-items that share an output, a power of two, at most WGS
//         4 reduction: 0 sum, 1 maximum, 2 minimum   5 input's buffer  6 offset  7 output's buffer  8 offset
// Launch  a group for each WGS / lanes outputs; local (WGS).
// Needs   WGS * 4 bytes of local memory; any length >= 1.
// Maths   lane l combines r = l, l + lanes, … in order, then a tree halves the lanes: a fixed order that follows from length and inner.
//         NaN wins every maximum and minimum.
// Checks  OpCase.reduce at lengths 1, 33, 257, 1000.
#include "common.cl"

static float combined(uint reduction, float a, float b) {
    if (reduction == 0) return a + b;
    return reduction == 1 ? f_maximum(a, b) : f_minimum(a, b);
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void reduce(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local float partial[WGS];
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint length = part[1], inner = part[2], lanes = part[3], reduction = part[4], slots = WGS / lanes;
    // Neighbours read neighbours: along the axis if nothing lies inside it, else across the outputs.
    const uint lane = inner == 1 ? item % lanes : item / slots, slot = inner == 1 ? item / lanes : item % slots;
    const uint output = (group - table[entry]) * slots + slot;
    const bool exists = output < part[0];
    float value = reduction == 0 ? 0.0f : reduction == 1 ? -INFINITY : INFINITY;
    if (exists) {
        __global const float *input = memory(part[5], ALL_MEMORIES) + part[6] + (size_t)(output / inner) * length * inner + output % inner;
        for (uint r = lane; r < length; r += lanes) value = combined(reduction, value, input[(size_t)r * inner]);
    }
    partial[lane * slots + slot] = value;
    for (uint other = lanes / 2; other > 0; other /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < other)
            partial[lane * slots + slot] = combined(reduction, partial[lane * slots + slot], partial[(lane + other) * slots + slot]);
    }
    if (lane == 0 && exists) memory(part[7], ALL_MEMORIES)[part[8] + output] = partial[slot];
}
