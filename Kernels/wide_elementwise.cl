// wide_elementwise.cl: output[i…] = program(inputs[i…]…) in double (or pairs of floats: doubles.cl) over operands of any type: index
// arithmetic, step lengths, casts. As elementwise.cl otherwise.
//
// Record  0 elements  1 program (0: input 0 as it is)  2 rank, at most AXES  3 … 10 sizes
//         11 output's buffer  12 offset, in words  13 type: 0 float32, 1 int32, 2 float64  14 … 21 strides, in elements
//         22 + 11 i: input i's buffer, offset, type, 8 strides
// Launch  a group for each GROUP_ELEMENTS elements; local (WGS).
// Needs   no local memory. The output shares no memory with inputs.
// Maths   the generated program; loads widen, the store rounds to float32 or drops the fraction for int32 (INT_MIN for what has none).
// Checks  OpCase.cast, and every function that takes int32 or float64.
#include "doubles.cl"
#include "common.cl"

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void wide_elementwise(MEMORIES, __global const uint *table, uint parts, uint part_count) {
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
#define INPUT(I) (part + 22 + 11 * (I))
#define LOAD(I) w_load(memory(INPUT(I)[0], ALL_MEMORIES) + INPUT(I)[1], INPUT(I)[2], strided(INPUT(I) + 3, coordinate, rank))
        wide value = w_of_float(0.0f);
        switch (part[1]) {
            PROGRAM_CASES
        default: value = LOAD(0); break;
        }
#undef LOAD
#undef INPUT
        w_store(memory(part[11], ALL_MEMORIES) + part[12], part[13], strided(part + 14, coordinate, rank), value);
    }
}
