// dynamic_linear.cl: C[b, i, j] = epilogue(Σ_k L(A[b, i, k]) · R(B[b, k, j]), inputs[b, i, j]…) where a matrix has few rows or columns:
// the per-sample layers of a hypernetwork, forward (x · W) and backward (dy · Wᵀ), whose weights are read once, straight from the
// head's output; and products with one or a few columns, such as a value head. (The weights' gradient is an outer product: elementwise.cl.)
//
// Record  0 m  1 n  2 k  3 elements of all matrices  4 lanes: work-items that share an element, a power of two, at most WGS
//         5 flags: 1 L is ReLU, 2 R is ReLU, 4 the lanes of an element are neighbours (k is contiguous), else neighbours are elements
//         6 … 18 as in matmul.cl
// Launch  a group for each WGS / lanes elements; local (WGS).
// Needs   WGS * 4 bytes of local memory; any m, n, k >= 1; any strides.
// Maths   split-K inside a group: lane l sums k = l, l + lanes, … with fused multiply-adds; then a tree halves the lanes in a fixed order.
//         `lanes` follows from m, n, k and strides, so an element does not depend on how many matrices there are.
// Checks  OpCase.matmul at [4, 1, 6] [4, 6, 9] and rows and columns of 1.
#include "common.cl"

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void dynamic_linear(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local float partial[WGS];
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint m = part[0], n = part[1], k = part[2], lanes = part[4], flags = part[5], inputs = part[14];
    const uint slots = WGS / lanes;
    const uint lane = flags & 4 ? item % lanes : item / slots, slot = flags & 4 ? item / lanes : item % slots;
    const uint element = (group - table[entry]) * slots + slot;
    const bool exists = element < part[3];
    const size_t matrix = exists ? element / (m * n) : 0, row = exists ? element % (m * n) / n : 0, column = exists ? element % n : 0;
    __global const uint *offsets = table + part[15] + matrix * (3 + inputs);

    float sum = 0.0f;
    if (exists) {
        __global const float *left = memory(part[6], ALL_MEMORIES) + offsets[0] + row * part[7];
        __global const float *right = memory(part[9], ALL_MEMORIES) + offsets[1] + column * part[11];
        const size_t left_column = part[8], right_row = part[10];
        for (uint depth = lane; depth < k; depth += lanes) {
            float a = left[depth * left_column], b = right[depth * right_row];
            if (flags & 1) a = f_relu(a);
            if (flags & 2) b = f_relu(b);
            sum = fma(a, b, sum);
        }
    }
    partial[lane * slots + slot] = sum;
    for (uint other = lanes / 2; other > 0; other /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < other) partial[lane * slots + slot] += partial[(lane + other) * slots + slot];
    }
    if (lane != 0 || !exists) return;
    float value = partial[slot];
#define LOAD(I) memory(part[16 + 3 * (I)], ALL_MEMORIES)[offsets[3 + (I)] + row * part[17 + 3 * (I)] + column * part[18 + 3 * (I)]]
    switch (part[13]) {
        PROGRAM_CASES
    default: break;
    }
#undef LOAD
    memory(part[12], ALL_MEMORIES)[offsets[2] + row * n + column] = value;
}
