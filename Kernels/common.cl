// common.cl: what every kernel file includes: memory, the table of parts, elementary functions. Has no kernel of its own.
//
// Memory  Four buffers of 4-byte elements: 0 scratch, 1 inputs and constants, 2 and 3 state. Operands name a buffer and an offset in it.
// Table   A launch runs independent parts of one kind. `table` holds, from word `parts` on, a pair for each part: its first work-group and
//         the position of its record; the record's words are listed in the kernel's file. So a launch of forty small tensors costs one call.
// Launch  One axis: global (groups * WGS), local (WGS).
// Maths   Strict IEEE: no relaxed flags, no contraction but the fma() that is written; NaN and infinities pass through as on the CPU.
#ifndef COMMON_CL
#define COMMON_CL

#pragma OPENCL FP_CONTRACT OFF

#ifndef WGS
#define WGS 256       // work-items of a group: a power of two, 32 to 1024
#endif
#ifndef GROUP_ELEMENTS
#define GROUP_ELEMENTS 1024  // elements that a group of a flat kernel works on: a multiple of WGS
#endif

#define MEMORIES __global float *scratch, __global float *host, __global float *state0, __global float *state1
#define ALL_MEMORIES scratch, host, state0, state1

static __global float *memory(uint which, MEMORIES) {
    return which == 0 ? scratch : which == 1 ? host : which == 2 ? state0 : state1;
}

// The last of `count` parts whose first group is not behind `group`.
static uint part_of_group(__global const uint *table, uint parts, uint count, uint group) {
    uint low = 0, high = count;
    while (high - low > 1) {
        const uint middle = (low + high) / 2;
        if (table[parts + 2 * middle] <= group) low = middle;
        else high = middle;
    }
    return parts + 2 * low;
}

// Elementary functions with the edge values of the CPU backend.
static float f_relu(float x) { return x <= 0.0f ? 0.0f : x; }
static float f_sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
static float f_is_finite(float x) { return (as_uint(x) & 0x7F800000u) != 0x7F800000u ? 1.0f : 0.0f; }
static float f_maximum(float a, float b) { return a > b || a != a ? a : b; }
static float f_minimum(float a, float b) { return a < b || a != a ? a : b; }
static float f_sigmoid(float x) {
    const float z = exp(-fabs(x)); // at most 1: no overflow on either side
    return x != x ? x : (x < 0.0f ? z : 1.0f) / (1.0f + z);
}
static float f_softplus(float x) { return x != x ? x : (x > 0.0f ? x : 0.0f) + log1p(exp(-fabs(x))); }

#include "programs.cl"

// Where an element lies in an operand of at most AXES axes.
static size_t strided(__global const uint *strides, const uint *coordinate, uint rank) {
    size_t offset = 0;
    for (uint axis = 0; axis < AXES; axis++)
        if (axis < rank) offset += (size_t)coordinate[axis] * strides[axis];
    return offset;
}
#endif
