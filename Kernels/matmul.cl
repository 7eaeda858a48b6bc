// matmul.cl: C[b, i, j] = epilogue(Σ_k L(A[b, i, k]) · R(B[b, k, j]), inputs[b, i, j]…) for every matrix b of every part.
//
// Record  0 m  1 n  2 k  3 tiles along n  4 tiles of a matrix  5 flags: 1 L is ReLU, 2 R is ReLU, else the identity
//         6 A's buffer  7 row stride  8 column stride   9 B's buffer  10 row stride  11 column stride   12 C's buffer (row stride n)
//         13 epilogue program (0: none)  14 its inputs  15 position of the offsets: for each matrix A's, B's, C's, each input's
//         16 + 3 i: input i's buffer, row stride, column stride
// Launch  a group for each TILE_M x TILE_N tile; local (WGS), WGS = TILE_M / ITEM_M * TILE_N / ITEM_N.
// Needs   (TILE_M + TILE_N + 2) * TILE_K * 4 bytes of local memory; any m, n, k >= 1; any strides.
// Maths   every element is one chain of fused multiply-adds over k = 0, 1, …: it depends on its row and its column alone.
// Checks  OpCase.matmul at 1, 3, 31, 33, 257.
#ifndef TILE_M
#define TILE_M 64     // rows of C in a tile: 16, 32, 64, 128
#endif
#ifndef TILE_N
#define TILE_N 64     // columns of C in a tile
#endif
#ifndef TILE_K
#define TILE_K 16     // depth that is loaded at a time: 8, 16, 32
#endif
#ifndef ITEM_M
#define ITEM_M 4      // rows of a work-item
#endif
#ifndef ITEM_N
#define ITEM_N 4      // columns of a work-item
#endif
#define WGS ((TILE_M / ITEM_M) * (TILE_N / ITEM_N))
#include "common.cl"

__kernel __attribute__((reqd_work_group_size(WGS, 1, 1)))
void matmul(MEMORIES, __global const uint *table, uint parts, uint part_count) {
    __local float left_tile[TILE_K][TILE_M + 1];
    __local float right_tile[TILE_K][TILE_N + 1];
    const uint group = get_group_id(0), item = get_local_id(0);
    const uint entry = part_of_group(table, parts, part_count, group);
    __global const uint *part = table + table[entry + 1];
    const uint m = part[0], n = part[1], k = part[2], flags = part[5], inputs = part[14];
    const uint unit = group - table[entry], tile = unit % part[4];
    __global const uint *offsets = table + part[15] + unit / part[4] * (3 + inputs);
    const uint row0 = tile / part[3] * TILE_M, column0 = tile % part[3] * TILE_N;
    __global const float *left = memory(part[6], ALL_MEMORIES) + offsets[0];
    __global const float *right = memory(part[9], ALL_MEMORIES) + offsets[1];
    const size_t left_row = part[7], left_column = part[8], right_row = part[10], right_column = part[11];

    const uint item_row = item / (TILE_N / ITEM_N), item_column = item % (TILE_N / ITEM_N);
    float sum[ITEM_M][ITEM_N];
    for (uint i = 0; i < ITEM_M; i++)
        for (uint j = 0; j < ITEM_N; j++) sum[i][j] = 0.0f;

    for (uint k0 = 0; k0 < k; k0 += TILE_K) {
        // Neighbouring work-items load neighbouring addresses, whichever axis is contiguous.
        for (uint i = item; i < TILE_M * TILE_K; i += WGS) {
            const uint depth = left_column == 1 ? i % TILE_K : i / TILE_M, row = left_column == 1 ? i / TILE_K : i % TILE_M;
            float x = 0.0f;
            if (row0 + row < m && k0 + depth < k) x = left[(row0 + row) * left_row + (k0 + depth) * left_column];
            left_tile[depth][row] = flags & 1 ? f_relu(x) : x;
        }
        for (uint i = item; i < TILE_N * TILE_K; i += WGS) {
            const uint depth = right_column == 1 ? i / TILE_N : i % TILE_K, column = right_column == 1 ? i % TILE_N : i / TILE_K;
            float x = 0.0f;
            if (column0 + column < n && k0 + depth < k) x = right[(k0 + depth) * right_row + (column0 + column) * right_column];
            right_tile[depth][column] = flags & 2 ? f_relu(x) : x;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint depth = 0; depth < TILE_K; depth++) {
            float a[ITEM_M], b[ITEM_N];
            for (uint i = 0; i < ITEM_M; i++) a[i] = left_tile[depth][item_row + i * (TILE_M / ITEM_M)];
            for (uint j = 0; j < ITEM_N; j++) b[j] = right_tile[depth][item_column + j * (TILE_N / ITEM_N)];
            for (uint i = 0; i < ITEM_M; i++)
                for (uint j = 0; j < ITEM_N; j++) sum[i][j] = fma(a[i], b[j], sum[i][j]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    __global float *output = memory(part[12], ALL_MEMORIES) + offsets[2];
    for (uint i = 0; i < ITEM_M; i++) {
        for (uint j = 0; j < ITEM_N; j++) {
            const size_t row = row0 + item_row + i * (TILE_M / ITEM_M), column = column0 + item_column + j * (TILE_N / ITEM_N);
            if (row >= m || column >= n) continue;
            float value = sum[i][j];
#define LOAD(I) memory(part[16 + 3 * (I)], ALL_MEMORIES)[offsets[3 + (I)] + row * part[17 + 3 * (I)] + column * part[18 + 3 * (I)]]
            switch (part[13]) {
                PROGRAM_CASES
            default: break;
            }
#undef LOAD
            output[row * n + column] = value;
        }
    }
}
