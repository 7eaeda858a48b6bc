// gemm.h: C[M, N] = A[M, K] · B[K, N] for each of many matrices, float32, any strides of A and B.
//
// Order   every element is one chain of fused multiply-adds over k = 0, 1, …, K-1 that begins at 0. So its value depends neither on
//         how the work is cut, nor on M and N, nor on its place in the tile.
// Tile    TILE_ROWS x TILE_VECTORS vectors of 16 in registers: 24 accumulators of 32 registers with AVX-512, 12 of 16 with AVX and SSE.
// Panel   DEPTH x 64 floats of B, packed contiguously into scratch; the first row tile packs while it computes.
// Early   large weights are read once, in long strides: while a panel is multiplied, the next one is fetched into the second-level cache; or,
//         of a block of gradients, the parameters that take a step next.

enum {
#if HR_LEVEL == 4
    TILE_ROWS = 6,
    TILE_VECTORS = 4,
#elif HR_LEVEL == 3
    TILE_ROWS = 6,
    TILE_VECTORS = 1,
#else
    TILE_ROWS = 3,
    TILE_VECTORS = 1,
#endif
    TILE_COLUMNS = TILE_VECTORS * LANES,
    DEPTH = 512, // rows of a packed panel: 128 KiB, a fraction of any second-level cache
    PREFETCH_ROWS = 24,
    FAR_ROWS = 512,    // floats between rows of C from which on it is fetched before it is written
    FETCH_PERIOD = 16, // steps of k for each 64 floats of the next panel fetched early
    EARLY_RUNS = DEPTH / FETCH_PERIOD,
};

// PLAIN multiplies, PACKING packs B meanwhile, FETCHING fetches what the next panel or the step needs meanwhile.
enum { PLAIN, PACKING, FETCHING };

// What a tile fetches early: `lines` lines at each of `runs`, one run every `period` steps of k.
typedef struct {
    const float *run[EARLY_RUNS];
    long runs, lines, period;
} early;

// One tile: c[i, j] (+)= Σ_k a[i * a_row + k * a_column] · b[k * b_row + j].
HELPER void gemm_tile(const int rows, const int vectors, const int kind, long depth, const float *restrict a, long a_row,
                      long a_column, const float *restrict b, long b_row, float *restrict packed, float *restrict c, long c_row,
                      bool accumulate, long columns, const early *next) {
    vec sum[TILE_ROWS][TILE_VECTORS];
    const bool whole = columns == vectors * LANES, packing = kind == PACKING;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            if (!accumulate) sum[i][v] = 0;
            else if (whole || v + 1 < vectors) sum[i][v] = load(c + i * c_row + v * LANES);
            else sum[i][v] = load_first(c + i * c_row + v * LANES, columns - v * LANES);
        }
    }
    // Large products (weight gradients above all) are written to memory that no cache holds: ask for it while there is something to do.
    if (!accumulate && c_row >= FAR_ROWS) {
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) __builtin_prefetch(c + i * c_row + v * LANES, 1);
        }
    }
    const float *row[TILE_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) row[i] = a + i * a_row;
    const float *const *run = kind == FETCHING ? next->run : NULL, *const *last = kind == FETCHING ? run + next->runs : NULL;
    const long lines = kind == FETCHING ? next->lines : 0, period = kind == FETCHING ? next->period : 0;
    long at = 0, due = 0;
    for (long k = 0; k < depth; k++) {
        if (kind == FETCHING && k == due) {
            for (long line = 0; line < lines; line++) __builtin_prefetch(*run + line * LANES, 0, 2);
            due = ++run == last ? -1 : due + period;
        }
        vec value[TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            if (packing && !whole && v + 1 == vectors) value[v] = load_first(b + v * LANES, columns - v * LANES);
            else value[v] = load(b + v * LANES);
            if (packing) {
                store(packed + v * LANES, value[v]);
                __builtin_prefetch(b + PREFETCH_ROWS * b_row + v * LANES);
            }
        }
        b += b_row;
        if (packing) packed += vectors * LANES;
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            vec factor = (vec)(row[i][at]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sum[i][v] = multiply_add(factor, value[v], sum[i][v]);
        }
        at += a_column;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            if (whole || v + 1 < vectors) store(c + i * c_row + v * LANES, sum[i][v]);
            else store_first(c + i * c_row + v * LANES, sum[i][v], columns - v * LANES);
        }
    }
}

typedef void (*gemm_tile_function)(long depth, const float *a, long a_row, long a_column, const float *b, long b_row, float *packed,
                                   float *c, long c_row, bool accumulate, long columns, const early *next);

#define GEMM_TILE(R, V, P)                                                                                                       \
    static HR_WIDE void gemm_tile_##R##_##V##_##P(long depth, const float *a, long a_row, long a_column, const float *b, long b_row, \
                                          float *packed, float *c, long c_row, bool accumulate, long columns, const early *next) {      \
        gemm_tile(R, V, P, depth, a, a_row, a_column, b, b_row, packed, c, c_row, accumulate, columns, next);                    \
    }
#if HR_LEVEL == 0
#define GEMM_TILES(V, P) GEMM_TILE(1, V, P) GEMM_TILE(2, V, P) GEMM_TILE(3, V, P)
#define GEMM_ROW(V, P) {gemm_tile_1_##V##_##P, gemm_tile_2_##V##_##P, gemm_tile_3_##V##_##P}
#else
#define GEMM_TILES(V, P)                                                                                                         \
    GEMM_TILE(1, V, P) GEMM_TILE(2, V, P) GEMM_TILE(3, V, P) GEMM_TILE(4, V, P) GEMM_TILE(5, V, P) GEMM_TILE(6, V, P)
#define GEMM_ROW(V, P)                                                                                                           \
    {gemm_tile_1_##V##_##P, gemm_tile_2_##V##_##P, gemm_tile_3_##V##_##P, gemm_tile_4_##V##_##P, gemm_tile_5_##V##_##P, gemm_tile_6_##V##_##P}
#endif
GEMM_TILES(1, 0) GEMM_TILES(1, 1) GEMM_TILES(1, 2)
#if HR_LEVEL == 4
GEMM_TILES(2, 0) GEMM_TILES(2, 1) GEMM_TILES(2, 2)
GEMM_TILES(3, 0) GEMM_TILES(3, 1) GEMM_TILES(3, 2)
GEMM_TILES(4, 0) GEMM_TILES(4, 1) GEMM_TILES(4, 2)
#endif

// By kind, vectors - 1, rows - 1.
static const gemm_tile_function gemm_tiles[3][TILE_VECTORS][TILE_ROWS] = {
#if HR_LEVEL == 4
    {GEMM_ROW(1, 0), GEMM_ROW(2, 0), GEMM_ROW(3, 0), GEMM_ROW(4, 0)},
    {GEMM_ROW(1, 1), GEMM_ROW(2, 1), GEMM_ROW(3, 1), GEMM_ROW(4, 1)},
    {GEMM_ROW(1, 2), GEMM_ROW(2, 2), GEMM_ROW(3, 2), GEMM_ROW(4, 2)},
#else
    {GEMM_ROW(1, 0)},
    {GEMM_ROW(1, 1)},
    {GEMM_ROW(1, 2)},
#endif
};

// 16 rows of 16 floats, exchanged: four rounds of interleaving.
HELPER void transpose_16(vec *r) {
#define LOW_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
    vec t[LANES];
#pragma clang loop unroll(full)
    for (int round = 0; round < 4; round++) {
        // A perfect shuffle of the 256 elements' index bits: after four rounds row and column bits have changed places.
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            t[2 * i] = __builtin_shufflevector(r[i], r[i + 8], LOW_PAIRS);
            t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 8], HIGH_PAIRS);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) r[i] = t[i];
    }
#undef LOW_PAIRS
#undef HIGH_PAIRS
}

// packed[k * width + j] = b[j * b_column + k] for k < depth, j < columns; zeros up to `width`.
static HR_WIDE void pack_transposed(long depth, long columns, long width, const float *restrict b, long b_column, float *restrict packed) {
    for (long j = 0; j < width; j += LANES) {
        long filled = columns - j < LANES ? columns - j : LANES;
        long k = 0;
        for (; k + LANES <= depth; k += LANES) {
            vec r[LANES];
            if (filled == LANES) {
#pragma clang loop unroll(full)
                for (int i = 0; i < LANES; i++) r[i] = load(b + (j + i) * b_column + k);
            } else {
                for (int i = 0; i < LANES; i++) r[i] = i < filled ? load(b + (j + i) * b_column + k) : (vec)0;
            }
            transpose_16(r);
#pragma clang loop unroll(full)
            for (int i = 0; i < LANES; i++) store(packed + (k + i) * width + j, r[i]);
        }
        for (; k < depth; k++) {
            for (long i = 0; i < LANES; i++) packed[k * width + j + i] = i < filled ? b[(j + i) * b_column + k] : 0;
        }
    }
}

// What plain tile number `tile` of a panel fetches of the next one, of which B begins at `from`: all tiles together, all of it.
HELPER void share_of_panel(early *e, const hr_matmul *g, const float *from, long tile, long depth) {
    const long groups = depth / FETCH_PERIOD;
    // A left operand whose columns are contiguous keeps the second-level cache busy enough: fetching made such products a third slower.
    if (from == NULL || g->a_column != 1 || (tile + 1) * groups > depth) return;
    // If columns are contiguous: 32 of them, 64 floats of each.
    const long step = g->b_column == 1 ? g->b_row : g->b_column;
    const float *first = from + (g->b_column == 1 ? tile * groups * step : tile / 2 * 64 + tile % 2 * 32 * step);
    for (e->runs = 0; e->runs < groups; e->runs++) e->run[e->runs] = first + e->runs * step;
    e->lines = 4;
    e->period = FETCH_PERIOD;
}

// What a tile of a block that takes a step fetches: parameters, moments and targets in its place.
HELPER void share_of_step(early *e, const block_step *s, long row, long rows, long column, long columns, long depth) {
    long runs = 0;
    for (long t = 0; t < s->arrays; t++) {
        for (long i = row; i < row + rows; i++) e->run[runs++] = s->at[t] + i * s->row + column;
    }
    e->runs = runs;
    e->lines = (columns + LANES - 1) / LANES;
    e->period = depth < runs ? 1 : depth / runs;
}

// C block of one matrix: rows [0, rows) and columns [column, column + columns) with columns <= TILE_COLUMNS. `next` is where B of the next
// panel begins, or NULL.
static void gemm_panel(const hr_matmul *g, const float *a, const float *b, float *c, long rows, long column, long columns,
                       const float *next, const block_step *step, float *scratch) {
    const long vectors = (columns + LANES - 1) / LANES, width = vectors * LANES;
    const gemm_tile_function *plain = gemm_tiles[PLAIN][vectors - 1], *packing = gemm_tiles[PACKING][vectors - 1];
    const gemm_tile_function *fetching = gemm_tiles[FETCHING][vectors - 1];
    for (long k = 0; k < g->k || k == 0; k += DEPTH) {
        const long depth = g->k - k < DEPTH ? g->k - k : DEPTH;
        const float *a_block = a + k * g->a_column, *b_block = b + k * g->b_row;
        const bool accumulate = k > 0;
        const bool steps = !accumulate && step->arrays > 0;
        const float *fetched = k + DEPTH < g->k ? b_block + DEPTH * g->b_row : next;
        long i = 0, tile = 0;
        if (g->b_column != 1) {
            pack_transposed(depth, columns, width, b_block, g->b_column, scratch);
        } else if (rows <= TILE_ROWS && columns == width) {
            // Nothing would reuse a packed panel.
            if (steps) fetch_step(step, rows, column, columns);
            plain[rows - 1](depth, a_block, g->a_row, g->a_column, b_block, g->b_row, NULL, c, g->c_row, accumulate, columns, NULL);
            continue;
        } else {
            i = rows < TILE_ROWS ? rows : TILE_ROWS;
            if (steps) fetch_step(step, i, column, columns);
            packing[i - 1](depth, a_block, g->a_row, g->a_column, b_block, g->b_row, scratch, c, g->c_row, accumulate, columns, NULL);
        }
        for (; i < rows; i += TILE_ROWS, tile++) {
            const long left = rows - i < TILE_ROWS ? rows - i : TILE_ROWS;
            early share;
            share.runs = 0;
            if (steps) share_of_step(&share, step, i, left, column, columns, depth);
            else share_of_panel(&share, g, fetched, tile, depth);
            const gemm_tile_function function = (share.runs == 0 ? plain : fetching)[left - 1];
            function(depth, a_block + i * g->a_row, g->a_row, g->a_column, scratch, width, NULL, c + i * g->c_row, g->c_row, accumulate,
                     columns, &share);
        }
    }
}

// A block, as matmul.h defines it.
static void gemm_block(const hr_matmul *g, const float *a, const float *b, float *c, long rows, long columns, const float *next,
                       const block_step *step, float *scratch) {
    for (long j = 0; j < columns; j += TILE_COLUMNS) {
        const long width = columns - j < TILE_COLUMNS ? columns - j : TILE_COLUMNS;
        gemm_panel(g, a, b + j * g->b_column, c + j, rows, j, width, j + TILE_COLUMNS == g->block_columns ? next : NULL, step, scratch);
    }
}
