// wide_sums.cl: sums in double, or in pairs of floats (doubles.cl).
//
// dot       output[r, p] = Σ left[r, i] right[r, i] over the i of piece p of float32 rows; every product exact.
// wide_sum  output[o, i] = Σ_r input[o, r, i] of float64, contiguous.
// Record    dot: 0 length of a row  1 elements of a piece  2 pieces of a row  3 left's buffer  4 offset  5 right's buffer  6 offset
//           7 output's buffer  8 offset
//           wide_sum: 0 outputs (outer * inner)  1 length  2 inner  3 lanes: work-items that share an output, a power of two, at most WGS
//           4 input's buffer  5 offset  6 output's buffer  7 offset
//           Offsets count words.
// Launch    dot: a group for each piece of each row. wide_sum: a group for each WGS / lanes outputs. Local (WGS).
// Needs     WGS * 8 bytes of local memory; any length >= 1.
// Maths     lane l adds elements l, l + lanes, … in order, then a tree halves the lanes: a fixed order that follows from the length (and
//           inner). Pairs: 2^-38 of the sum of magnitudes at most, for rows up to 2^24.
// Checks    OpCase.dot, OpCase.reduce of float64.
#include "doubles.cl"
#include "common.cl"

// The sum of `lanes` values that lie `slots` apart from `first` on, in the first of them.
static void add_lanes(__local wide *partial, uint lane, uint lanes, uint slot, uint slots) {
    for (uint other = lanes / 2; other > 0; other /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < other) partial[lane * slots + slot] = w_add(partial[lane * slots + slot], partial[(lane + other) * slots + slot]);
    }
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void dot_products(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local wide partial[WGS];
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint row = (group - table[entry]) / part[2], begin = (group - table[entry]) % part[2] * part[1];
    const uint count = min(part[0] - begin, part[1]);
    const size_t first = (size_t)row * part[0] + begin;
    __global const float *left = memory(part[3], ALL_MEMORIES) + part[4] + first;
    __global const float *right = memory(part[5], ALL_MEMORIES) + part[6] + first;
    accumulator sum = 0.0f;
    for (uint i = item; i < count; i += WGS) sum = add_product(sum, left[i], right[i]);
    partial[item] = w_of_accumulator(sum);
    add_lanes(partial, item, WGS, 0, 1);
    if (item == 0) w_store(memory(part[7], ALL_MEMORIES) + part[8], 2, group - table[entry], partial[0]);
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void wide_sum(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local wide partial[WGS];
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint length = part[1], inner = part[2], lanes = part[3], slots = WGS / lanes;
    // Neighbours read neighbours: along the axis if nothing lies inside it, else across the outputs.
    const uint lane = inner == 1 ? item % lanes : item / slots, slot = inner == 1 ? item / lanes : item % slots;
    const uint output = (group - table[entry]) * slots + slot;
    const bool exists = output < part[0];
    wide sum = w_of_float(0.0f);
    if (exists) {
        __global const float *input = memory(part[4], ALL_MEMORIES) + part[5];
        const size_t first = (size_t)(output / inner) * length * inner + output % inner;
        for (uint r = lane; r < length; r += lanes) sum = w_add(sum, w_load(input, 2, first + (size_t)r * inner));
    }
    partial[lane * slots + slot] = sum;
    add_lanes(partial, lane, lanes, slot, slots);
    if (lane == 0 && exists) w_store(memory(part[6], ALL_MEMORIES) + part[7], 2, output, partial[slot]);
}
