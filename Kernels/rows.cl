// rows.cl: rows of tables by index; one table [table rows, width] for each replica, indices [replicas, count], rows [replicas, count, width].
//
// gather       rows[r, b] = table[r, index[r, b]]; indices are clamped to the table.
// scatter_add  table[r, t] = Σ_b rows[r, b] where the clamped index[r, b] is t, b ascending: no atomics, a fixed order.
// assign_rows  table[r, index[r, b]] = rows[r, b], the last b wins; an index outside the table writes nothing.
// Record  0 elements (gather, assign_rows: of the rows; scatter_add: of the tables)  1 count  2 table rows  3 width
//         4 table's buffer  5 offset  6 indices' buffer  7 offset  8 rows' buffer  9 offset
// Launch  a group for each GROUP_ELEMENTS elements of a part; local (WGS).
// Needs   no local memory. scatter_add reads all indices of a replica for each element: for tables up to some thousand rows.
// Maths   gather and assign_rows copy bits, so integers pass as they are.
// Checks  OpCase.gather, OpCase.scatterAdd, OpCase.assignRows.
#include "common.cl"

static uint clamped_row(int index, uint rows) { return index < 0 ? 0 : min((uint)index, rows - 1); }

#define PART                                                                                                      \
    const uint group = get_group_id(0);                                                                           \
    const uint entry = part_of_group(table, parts, part_count, group);                                            \
    __global const uint *part = table + table[entry + 1];                                                         \
    const uint count = part[1], table_rows = part[2], width = part[3];                                            \
    __global uint *tables = (__global uint *)(memory(part[4], ALL_MEMORIES) + part[5]);                           \
    __global const int *indices = (__global const int *)(memory(part[6], ALL_MEMORIES) + part[7]);                \
    __global uint *rows = (__global uint *)(memory(part[8], ALL_MEMORIES) + part[9]);                             \
    const uint begin = (group - table[entry]) * GROUP_ELEMENTS, end = min(part[0], begin + GROUP_ELEMENTS);       \
    for (uint element = begin + get_local_id(0); element < end; element += WGS)

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void gather(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    PART {
        const uint row = element / width, replica = row / count;
        rows[element] = tables[((size_t)replica * table_rows + clamped_row(indices[row], table_rows)) * width + element % width];
    }
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void scatter_add(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    PART {
        const uint row = element / width % table_rows, replica = element / width / table_rows;
        float sum = 0.0f;
        for (uint b = 0; b < count; b++)
            if (clamped_row(indices[replica * count + b], table_rows) == row)
                sum += as_float(rows[((size_t)replica * count + b) * width + element % width]);
        tables[element] = as_uint(sum);
    }
}

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void assign_rows(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    PART {
        const uint row = element / width, replica = row / count;
        const int index = indices[row];
        bool writes = index >= 0 && (uint)index < table_rows;
        for (uint later = row + 1; later < (replica + 1) * count; later++) writes = writes && indices[later] != index;
        if (writes) tables[((size_t)replica * table_rows + index) * width + element % width] = rows[element];
    }
}
