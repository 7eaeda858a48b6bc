// matmul.h: the units of a batched product, each by gemm.h or, where its rows of A have many zeros, by sparse_gemm.h. They give the same
// bits, but for what sparse_gemm.h says of infinities and of the sign of a zero, so the choice may follow the numbers.
//
// Unit    a block of at most `block_rows` x `block_columns` elements of one C; then the epilogue runs over it while it is in cache.
// Step    a block of gradients never goes to memory: it stays in scratch, the parameters in its place and their moments come into the cache
//         while it is computed, and take their step of Adam from there.
// Zeros   may be those of a gradient's right operand: then the block is computed as the transpose of Bᵀ · Aᵀ, in scratch too.

enum { SAMPLED_LINES = 8, SPARSE_LEAST_ROWS = 8, SPARSE_LEAST_DEPTH = 64 };

// Whether most of A is non-zero, by a few rows (or columns, if these are contiguous) of a block: from about three quarters on, skipping
// the rest takes longer than multiplying by it.
static bool is_dense(const hr_matmul *g, const float *a, long rows) {
    const bool by_rows = g->a_column == 1;
    const long lines = by_rows ? rows : g->k, length = by_rows ? g->k : rows, step = by_rows ? g->a_row : g->a_column;
    long sampled = 0, nonzero = 0;
    for (long line = 0; line < SAMPLED_LINES; line++) {
        const float *from = a + lines * line / SAMPLED_LINES * step;
        for (long i = 0; i + LANES <= length; i += LANES, sampled += LANES) {
            nonzero += __builtin_popcount(nonzero_lanes(load(from + i)));
        }
    }
    return sampled == 0 || nonzero * 10 > sampled * 7;
}

// Whether a block of C goes by sparse_gemm.h.
HELPER bool skips_zeros(const hr_matmul *g, const float *a, long rows, long columns) {
    const bool fits = HR_SKIPS_ZEROS && g->slice_floats > 0 && columns % LANES == 0 && rows >= SPARSE_LEAST_ROWS &&
        g->k >= SPARSE_LEAST_DEPTH && (g->a_column == 1 || g->a_row == 1) && (g->b_column == 1 || g->b_row == 1);
    return fits && !is_dense(g, a, rows);
}

// C block of one matrix: rows [0, rows) and columns [0, columns). `next` is where B of the block after it begins, or NULL.
HELPER void matmul_block(const hr_matmul *g, bool skips, const float *a, const float *b, float *c, long rows, long columns,
                         const float *next, const block_step *step, float *scratch) {
    if (skips) sparse_block(g, a, b, c, rows, columns, next, step, scratch);
    else gemm_block(g, a, b, c, rows, columns, next, step, scratch);
}

// The product of which C is the transpose: Cᵀ = Bᵀ · Aᵀ.
HELPER hr_matmul exchanged(const hr_matmul *g) {
    hr_matmul other = *g;
    other.m = g->n, other.n = g->m;
    other.a_row = g->b_column, other.a_column = g->b_row;
    other.b_row = g->a_column, other.b_column = g->a_row;
    return other;
}

// A block of gradients, which become steps of the parameters in its place.
static void stepping_block(const hr_matmul *g, long matrix, const float *a, const float *b, long place, long rows, long columns,
                           const float *next, float *scratch) {
    const hr_adam_in_place *s = g->step;
    block_step step = {{g->c[matrix] + place, s->first[matrix] + place, s->second[matrix] + place}, 3, g->c_row, false};
    if (s->target != NULL) step.at[step.arrays++] = s->target[matrix] + place;
    float *gradient = scratch + HR_SCRATCH_REGISTERS;
    hr_matmul block = *g, other = exchanged(g);
    block.c_row = columns, other.c_row = rows;
    const bool skips = skips_zeros(&block, a, rows, columns);
    if (!skips && columns % LANES == 0 && skips_zeros(&other, b, columns, rows)) {
        // A weight behind no ReLU, but before one, as in the heads that make weights: the zeros are B's.
        step.is_exchanged = true;
        sparse_block(&other, b, a, gradient + HR_MATMUL_STEP_FLOATS, columns, rows, NULL, &step, scratch);
        pack_transposed(rows, columns, columns, gradient + HR_MATMUL_STEP_FLOATS, rows, gradient);
    } else {
        matmul_block(&block, skips, a, b, gradient, rows, columns, next, &step, scratch);
    }
    take_step(&step, s, gradient, rows, columns);
}

// Where B of a unit begins.
HELPER const float *right_of(const hr_matmul *g, long unit, long column_blocks, long row_blocks) {
    return g->b[unit / column_blocks / row_blocks] + unit % column_blocks * g->block_columns * g->b_column;
}

static void matmul(const void *arguments, long begin, long end) {
    const hr_matmul *g = arguments;
    float *scratch = hr_scratch();
    const block_step no_step = {.arrays = 0};
    const long row_blocks = (g->m + g->block_rows - 1) / g->block_rows;
    const long column_blocks = (g->n + g->block_columns - 1) / g->block_columns;
    for (long unit = begin; unit < end; unit++) {
        const long column = unit % column_blocks * g->block_columns, block = unit / column_blocks;
        const long row = block % row_blocks * g->block_rows, matrix = block / row_blocks;
        const long rows = g->m - row < g->block_rows ? g->m - row : g->block_rows;
        const long columns = g->n - column < g->block_columns ? g->n - column : g->block_columns;
        const float *b = right_of(g, unit, column_blocks, row_blocks);
        const float *following = unit + 1 < end ? right_of(g, unit + 1, column_blocks, row_blocks) : NULL;
        const float *a = g->a[matrix] + row * g->a_row, *next = following == b ? NULL : following;
        if (g->step != NULL) {
            stepping_block(g, matrix, a, b, row * g->c_row + column, rows, columns, next, scratch);
            continue;
        }
        float *c = g->c[matrix] + row * g->c_row + column;
        matmul_block(g, skips_zeros(g, a, rows, columns), a, b, c, rows, columns, next, &no_step, scratch);
        if (g->epilogue != NULL) {
            elementwise_block(g->epilogue, matrix * g->m + row, matrix * g->m + row + rows, column, column + columns);
        }
    }
}
