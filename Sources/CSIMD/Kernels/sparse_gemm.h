// sparse_gemm.h: C[M, N] = A[M, K] · B[K, N] for each of many matrices, float32; zeros of A cost nothing.
//
// Why     ReLU makes about half of an activation zero, and of the gradient that comes back through it, in no pattern. gemm.h multiplies
//         by these zeros.
// Row     a row of C, up to SPARSE_VECTORS vectors, stays in registers. A bit mask of the row of A says which rows of B to add multiples
//         of: one load from first-level cache for each multiply-add, which is all that a core can load. gemm.h shares a load among six
//         rows, so it is the faster one (by a sixth) where nothing is zero, and this one (by a third) where half is.
// Order   as in gemm.h, a chain of fused multiply-adds over k = 0, 1, … for each element, so the bits are the same. But a zero times an
//         infinity or a NaN adds nothing, and a product that underflows to -0 keeps its sign if only zeros follow, where gemm.h gives +0.
// Slice   the rows of B that stay in first-level cache while all rows of a unit go by: a few dozen, at most 64, the bits of a mask.
//         It is packed contiguously into scratch, unless all of B lies so.

enum { HR_SKIPS_ZEROS = HR_LEVEL >= 3 }; // with few registers gemm.h is faster

// packed[k * width + j] = b[k * b_row + j] for k < depth, j < width.
static HR_WIDE void pack_straight(long depth, long width, const float *restrict b, long b_row, float *restrict packed) {
    for (long k = 0; k < depth; k++) {
        for (long j = 0; j < width; j += LANES) store(packed + k * width + j, load(b + k * b_row + j));
    }
}

// `depth` rows of B, from `from` on, while `rows` rows go by.
HELPER fetch fetch_of(const hr_matmul *g, const float *from, long depth, long width, long rows) {
    if (g->b_column == 1) return fetch_in(rows, from, g->b_row, width / LANES, depth);
    return fetch_in(rows, from, g->b_column, (depth + LANES - 1) / LANES, width);
}

// Rows of B in a slice; slices are of about the same depth.
HELPER long slice_depth(const hr_matmul *g, long width) {
    // A packed group of rows takes less cache than rows that lie apart: a weight's gradient over 100 states goes in three slices, not four.
    long depth = g->slice_floats / width * (g->a_column == 1 ? 8 : 9) / 8;
    if (depth > MASK_BITS) depth = MASK_BITS;
    if (depth < LANES) depth = LANES;
    const long slices = (g->k + depth - 1) / depth;
    return (g->k + slices - 1) / slices;
}

// Rows [0, rows) and columns [column, column + width) of a block; `next` is where B of the columns after them begins, or NULL.
static void sparse_panel(const hr_matmul *g, const float *a, const float *b, float *c, long rows, long column, long width,
                         const float *next, const block_step *step, float *scratch) {
    const long slice = slice_depth(g, width), slices = (g->k + slice - 1) / slice;
    const bool straight = g->b_column == 1;
    const bool in_place = straight && g->b_row == width && (uintptr_t)b % sizeof(vec) == 0;
    for (long k = 0; k < g->k; k += slice) {
        const long depth = g->k - k < slice ? g->k - k : slice;
        const float *from = b + k * g->b_row, *source = in_place ? from : scratch;
        if (!in_place && straight) pack_straight(depth, width, from, g->b_row, scratch);
        else if (!in_place) pack_transposed(depth, width, width, from, g->b_column, scratch);
        const float *fetched = k + depth < g->k ? from + depth * g->b_row : next;
        slice_pass pass = {
            .a = a + k * g->a_column, .slice = source, .c = c, .a_row = g->a_row, .a_column = g->a_column, .c_row = g->c_row,
            .rows = rows, .depth = depth, .width = width, .accumulates = k > 0,
        };
        if (fetched != NULL) pass.fetched[pass.fetches++] = fetch_of(g, fetched, depth, width, rows);
        // The arrays of a step are shared out to the slices.
        for (long t = step->arrays * (k / slice) / slices; t < step->arrays * (k / slice + 1) / slices; t++) {
            pass.fetched[pass.fetches++] = fetch_of_step(step, t, column, width, rows);
        }
        run_pass(&pass);
    }
}

// A block, as matmul.h defines it; columns are a multiple of LANES.
static void sparse_block(const hr_matmul *g, const float *a, const float *b, float *c, long rows, long columns, const float *next,
                         const block_step *step, float *scratch) {
    const long most = SPARSE_VECTORS * LANES;
    for (long j = 0; j < columns; j += most) {
        const long width = columns - j < most ? columns - j : most;
        sparse_panel(g, a, b + j * g->b_column, c + j, rows, j, width, j + most == g->block_columns ? next : NULL, step, scratch);
    }
}
