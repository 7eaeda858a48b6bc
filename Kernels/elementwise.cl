// elementwise.cl: output[i…] = program(inputs[i…]…) over a row-major domain; every operand has its own strides (0 repeats).
//
// Record  0 elements  1 program (0: a copy of the bits of input 0)  2 rank, at most AXES  3 … 10 sizes
//         11 output's buffer  12 offset  13 … 20 strides       21 + 10 i: input i's buffer, offset, 8 strides
// Launch  a group for each GROUP_ELEMENTS elements; local (WGS).
// Needs   no local memory. An input may be the output's own elements, never others of its memory.
// Maths   the generated program, each operation rounded as written.
// Checks  OpCase of every unary and binary function, select, broadcast, transpose, slice, pad, concatenate.
#include "common.cl"

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void elementwise(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    const uint group = get_group_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint rank = part[2], begin = (group - table[entry]) * GROUP_ELEMENTS, end = min(part[0], begin + GROUP_ELEMENTS);
    for (uint element = begin + get_local_id(0); element < end; element += WGS) {
        uint coordinate[AXES];
        uint rest = element;
        for (int axis = AXES - 1; axis >= 0; axis--) {
            coordinate[axis] = 0;
            if ((uint)axis >= rank) continue;
            coordinate[axis] = axis == 0 ? rest : rest % part[3 + axis];
            rest /= part[3 + axis];
        }
        const size_t to = part[12] + strided(part + 13, coordinate, rank);
#define ADDRESS(I) (memory(part[21 + 10 * (I)], ALL_MEMORIES) + part[22 + 10 * (I)] + strided(part + 23 + 10 * (I), coordinate, rank))
#define LOAD(I) (*ADDRESS(I))
        if (part[1] == 0) {
            ((__global uint *)memory(part[11], ALL_MEMORIES))[to] = *(__global const uint *)ADDRESS(0);
            continue;
        }
        float value = 0.0f;
        switch (part[1]) {
            PROGRAM_CASES
        default: break;
        }
#undef LOAD
#undef ADDRESS
        memory(part[11], ALL_MEMORIES)[to] = value;
    }
}
