// matmul.cl: C[b, i, j] = epilogue(Σ_k L(A[b, i, k]) · R(B[b, k, j]), inputs[b, i, j]…) for every matrix b of every part.
//
// Record  0 m  1 n  2 k  3 tiles along n  4 tiles of a matrix  5 flags: 1 L is ReLU, 2 R is ReLU, else the identity; 4, 8 see isVector
//         6 A's buffer  7 row stride  8 column stride   9 B's buffer  10 row stride  11 column stride   12 C's buffer (row stride n)
//         13 epilogue program (0: none)  14 its inputs  15 position of the offsets: for each matrix A's, B's, C's, each input's
//         16 + 3 i: input i's buffer, row stride, column stride
// Launch  a group for each TILE_M x TILE_N tile; local (WGS), WGS = SLICES * TILE_M / ITEM_M * TILE_N / ITEM_N.
// Needs   the larger of SLICES * BUFFERS * TILE_K * (TILE_M + TILE_N + 8) * 4 and SLICES * TILE_M * TILE_N * 4 bytes of local memory;
//         any m, n, k >= 1; any strides. isVector (flag 4 for A, 8 for B): one stride is 1, its axis' size, the other stride and every
//         offset are multiples of 4, so that four neighbours are one aligned vector, wholly inside or wholly outside.
// Maths   slice s sums k = s·d, s·d + 1, …, (s+1)·d − 1 in one chain of fused multiply-adds, d = ⌈k / SLICES⌉ rounded up to 4; then the
//         slices are added in order. An element depends on its row, its column and SLICES alone, on no other size.
// Checks  OpCase.matmul at 1, 3, 31, 33, 257, under every tiling of KernelTests.   Tune: hyperbench tune
#ifndef TILE_M
#define TILE_M 64     // rows of C in a tile: a multiple of 4 and of ITEM_M
#endif
#ifndef TILE_N
#define TILE_N 64     // columns of C in a tile: a multiple of 4 and of ITEM_N
#endif
#ifndef TILE_K
#define TILE_K 16     // depth that a slice holds at a time: a multiple of 4
#endif
#ifndef ITEM_M
#define ITEM_M 4      // rows of a work-item: 1, 2, 4, 8
#endif
#ifndef ITEM_N
#define ITEM_N 4      // columns of a work-item: 1, 2, 4, 8
#endif
#ifndef SLICES
#define SLICES 1      // parts of a group that share the depth: 1 to 16
#endif
#ifndef BUFFERS
#define BUFFERS 2     // tiles of a slice: with 2 the next one is written while the last one is read
#endif
#define ITEM_ROWS (TILE_M / ITEM_M)
#define ITEM_COLUMNS (TILE_N / ITEM_N)
#define SLICE_ITEMS (ITEM_ROWS * ITEM_COLUMNS)
#define WGS (SLICES * SLICE_ITEMS)
#include "common.cl"

// A row of a tile in local memory is longer by 4: aligned for vectors, and columns that are written together lie in different banks.
#define LEFT_PITCH (TILE_M + 4)
#define RIGHT_PITCH (TILE_N + 4)
#define TILE_FLOATS (TILE_K * (LEFT_PITCH + RIGHT_PITCH))
#define SUMS_FLOATS (SLICES * TILE_M * TILE_N)
#define LOCAL_FLOATS (SLICES * BUFFERS * TILE_FLOATS > SUMS_FLOATS ? SLICES * BUFFERS * TILE_FLOATS : SUMS_FLOATS)

// Vectors of four that a work-item moves for each tile; the last one may have no work.
#define LEFT_VECTORS ((TILE_M * TILE_K / 4 + SLICE_ITEMS - 1) / SLICE_ITEMS)
#define RIGHT_VECTORS ((TILE_N * TILE_K / 4 + SLICE_ITEMS - 1) / SLICE_ITEMS)

// A work-item's rows (columns) are runs of up to four, so that a run is one vector and neighbours' runs are neighbours.
#define RUN(ITEM) ((ITEM) < 4 ? (ITEM) : 4)
#define RUN_START(ITEM, RUNS, INDEX, LANE) ((INDEX) / RUN(ITEM) * (RUNS) * RUN(ITEM) + (LANE) * RUN(ITEM) + (INDEX) % RUN(ITEM))

// An operand as a group sees it: x[along + stride * across] with `along` its contiguous axis, if it has one.
typedef struct {
    __global const float *x;
    size_t along_stride, across_stride;
    uint along_end, across_end;
    bool is_deep;     // whether the contiguous axis is k
    bool is_vector;
    bool is_rectified;
} Operand;

// Four neighbours of an operand, 0 where there is none.
static float4 four(const Operand *operand, uint along, uint across) {
    float4 result = (float4)(0.0f);
    if (along < operand->along_end && across < operand->across_end) {
        __global const float *x = operand->x + along * operand->along_stride + across * operand->across_stride;
        if (operand->is_vector) {
            result = *(__global const float4 *)x;
        } else {
            const size_t step = operand->along_stride;
            const uint rest = operand->along_end - along;
            result.x = x[0];
            if (rest > 1) result.y = x[step];
            if (rest > 2) result.z = x[2 * step];
            if (rest > 3) result.w = x[3 * step];
        }
    }
    if (operand->is_rectified) result = (float4)(f_relu(result.x), f_relu(result.y), f_relu(result.z), f_relu(result.w));
    return result;
}

// Vector `index` of a tile that begins at depth `k0` and row (column) `wide0`.
static float4 fetched(const Operand *operand, uint index, uint k0, uint wide0, uint wide_size) {
    return operand->is_deep ? four(operand, k0 + index % (TILE_K / 4) * 4, wide0 + index / (TILE_K / 4))
                            : four(operand, wide0 + index % (wide_size / 4) * 4, k0 + index / (wide_size / 4));
}

// Puts vector `index` in its place in a tile of TILE_K rows.
static void put(__local float *tile, const Operand *operand, uint index, uint pitch, float4 value) {
    if (operand->is_deep) {
        __local float *place = tile + index % (TILE_K / 4) * 4 * pitch + index / (TILE_K / 4);
        place[0] = value.x;
        place[pitch] = value.y;
        place[2 * pitch] = value.z;
        place[3 * pitch] = value.w;
    } else {
        const uint wide = (pitch - 4) / 4;
        *(__local float4 *)(tile + index / wide * pitch + index % wide * 4) = value;
    }
}

static void fetch(const Operand *left, const Operand *right, uint item, uint k0, uint row0, uint column0, float4 *a, float4 *b) {
#pragma unroll
    for (uint v = 0; v < LEFT_VECTORS; v++) {
        const uint index = v * SLICE_ITEMS + item;
        if (index < TILE_M * TILE_K / 4) a[v] = fetched(left, index, k0, row0, TILE_M);
    }
#pragma unroll
    for (uint v = 0; v < RIGHT_VECTORS; v++) {
        const uint index = v * SLICE_ITEMS + item;
        if (index < TILE_N * TILE_K / 4) b[v] = fetched(right, index, k0, column0, TILE_N);
    }
}

static void keep(__local float *tile, const Operand *left, const Operand *right, uint item, const float4 *a, const float4 *b) {
#pragma unroll
    for (uint v = 0; v < LEFT_VECTORS; v++) {
        const uint index = v * SLICE_ITEMS + item;
        if (index < TILE_M * TILE_K / 4) put(tile, left, index, LEFT_PITCH, a[v]);
    }
#pragma unroll
    for (uint v = 0; v < RIGHT_VECTORS; v++) {
        const uint index = v * SLICE_ITEMS + item;
        if (index < TILE_N * TILE_K / 4) put(tile + TILE_K * LEFT_PITCH, right, index, RIGHT_PITCH, b[v]);
    }
}

// Runs of a tile's row into registers, as vectors where a run is four.
#define READ_RUNS(TARGET, SOURCE, ITEM, LANES, LANE)                                                          \
    for (uint i = 0; i < ITEM; i += RUN(ITEM)) {                                                              \
        __local const float *run = (SOURCE) + RUN_START(ITEM, LANES, i, LANE);                                \
        if (RUN(ITEM) == 4) vstore4(*(__local const float4 *)run, 0, TARGET + i);                             \
        else                                                                                                  \
            for (uint j = 0; j < RUN(ITEM); j++) TARGET[i + j] = run[j];                                      \
    }

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void matmul(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local float4 memory_of_group[LOCAL_FLOATS / 4];
    __local float *local_memory = (__local float *)memory_of_group;
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint slice = item / SLICE_ITEMS, slice_item = item % SLICE_ITEMS;
    const uint item_row = slice_item / ITEM_COLUMNS, item_column = slice_item % ITEM_COLUMNS;
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint m = part[0], n = part[1], k = part[2], flags = part[5], inputs = part[14];
    const uint unit = group - table[entry], tile = unit % part[4];
    __global const uint *offsets = table + part[15] + unit / part[4] * (3 + inputs);
    const uint row0 = tile / part[3] * TILE_M, column0 = tile % part[3] * TILE_N;

    const uint depth = (k + SLICES * 4 - 1) / (SLICES * 4) * 4, begin = slice * depth, end = min(k, begin + depth);
    Operand left, right;
    left.x = memory(part[6], ALL_MEMORIES) + offsets[0];
    left.is_deep = part[8] == 1;
    left.along_stride = left.is_deep ? part[8] : part[7];
    left.across_stride = left.is_deep ? part[7] : part[8];
    left.along_end = left.is_deep ? end : m;
    left.across_end = left.is_deep ? m : end;
    left.is_vector = flags & 4;
    left.is_rectified = flags & 1;
    right.x = memory(part[9], ALL_MEMORIES) + offsets[1];
    right.is_deep = part[11] != 1;
    right.along_stride = right.is_deep ? part[10] : part[11];
    right.across_stride = right.is_deep ? part[11] : part[10];
    right.along_end = right.is_deep ? end : n;
    right.across_end = right.is_deep ? n : end;
    right.is_vector = flags & 8;
    right.is_rectified = flags & 2;

    float sum[ITEM_M][ITEM_N];
#pragma unroll
    for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
        for (uint j = 0; j < ITEM_N; j++) sum[i][j] = 0.0f;

    // The next tile travels to registers while the present one is summed. Every slice takes the same steps: all meet at the barriers.
    __local float *tiles = local_memory + slice * BUFFERS * TILE_FLOATS;
    float4 a_next[LEFT_VECTORS], b_next[RIGHT_VECTORS];
    const uint steps = (depth + TILE_K - 1) / TILE_K;
    fetch(&left, &right, slice_item, begin, row0, column0, a_next, b_next);
    keep(tiles, &left, &right, slice_item, a_next, b_next);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = 0; step < steps; step++) {
        __local const float *now = tiles + step % BUFFERS * TILE_FLOATS;
        if (step + 1 < steps) fetch(&left, &right, slice_item, begin + (step + 1) * TILE_K, row0, column0, a_next, b_next);
#pragma unroll 8
        for (uint d = 0; d < TILE_K; d++) {
            float a[ITEM_M], b[ITEM_N];
            READ_RUNS(a, now + d * LEFT_PITCH, ITEM_M, ITEM_ROWS, item_row)
            READ_RUNS(b, now + TILE_K * LEFT_PITCH + d * RIGHT_PITCH, ITEM_N, ITEM_COLUMNS, item_column)
#pragma unroll
            for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
                for (uint j = 0; j < ITEM_N; j++) sum[i][j] = fma(a[i], b[j], sum[i][j]);
        }
        if (BUFFERS == 1) barrier(CLK_LOCAL_MEM_FENCE);
        if (step + 1 < steps) keep(tiles + (step + 1) % BUFFERS * TILE_FLOATS, &left, &right, slice_item, a_next, b_next);
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    // The slices' sums meet in local memory, so that all work-items share the epilogue and neighbours write neighbours.
    __local float *sums = local_memory + slice * TILE_M * TILE_N;
#pragma unroll
    for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
        for (uint j = 0; j < ITEM_N; j++)
            sums[RUN_START(ITEM_M, ITEM_ROWS, i, item_row) * TILE_N + RUN_START(ITEM_N, ITEM_COLUMNS, j, item_column)] = sum[i][j];
    barrier(CLK_LOCAL_MEM_FENCE);
    __global float *output = memory(part[12], ALL_MEMORIES) + offsets[2];
    for (uint element = item; element < TILE_M * TILE_N; element += WGS) {
        const size_t row = row0 + element / TILE_N, column = column0 + element % TILE_N;
        if (row >= m || column >= n) continue;
        float value = local_memory[element];
        for (uint other = 1; other < SLICES; other++) value += local_memory[other * TILE_M * TILE_N + element];
#define LOAD(I) memory(part[16 + 3 * (I)], ALL_MEMORIES)[offsets[3 + (I)] + row * part[17 + 3 * (I)] + column * part[18 + 3 * (I)]]
        switch (part[13]) {
            PROGRAM_CASES
        default: break;
        }
#undef LOAD
        output[row * n + column] = value;
    }
}
