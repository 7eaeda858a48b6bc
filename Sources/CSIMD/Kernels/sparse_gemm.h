// sparse_gemm.h: C[M, N] = A[M, K] · B[K, N] for each of many matrices, float32; zeros of A cost nothing.
//
// Why     ReLU makes about half of an activation zero, and of the gradient that comes back through it, in no pattern. gemm.h multiplies
//         by these zeros.
// Row     a row of C, up to SPARSE_VECTORS vectors, stays in registers. A bit mask of the row of A says which rows of B to add multiples
//         of: one load from first-level cache for each multiply-add, which is all that a core can load. gemm.h shares a load among six
//         rows, so it is the faster one (by a sixth) where nothing is zero, and this one (by a third) where half is.
// Order   as in gemm.h, a chain of fused multiply-adds over k = 0, 1, … for each element, so the bits are the same. But a zero times an
//         infinity or a NaN adds nothing.
// Slice   the rows of B that stay in first-level cache while all rows of a unit go by: a few dozen, at most 64, the bits of a mask.
//         It is packed contiguously into scratch, unless all of B lies so.

enum {
#if HR_LEVEL == 4
    SPARSE_VECTORS = 16,
#else
    SPARSE_VECTORS = 4,
#endif
    HR_SKIPS_ZEROS = HR_LEVEL >= 3, // with few registers gemm.h is faster
    MASK_BITS = 64,
};

// One row: c[j] (+)= Σ a[k * a_step] · b[k * width + j] over the bits k of `nonzero`, width = vectors * LANES.
HELPER void sparse_row(const int vectors, const long a_step, uint64_t nonzero, const float *restrict a, const float *restrict b,
                       float *restrict c, bool accumulate) {
    vec sum[SPARSE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = accumulate ? load(c + v * LANES) : (vec)0;
#pragma clang loop unroll(disable)
    while (nonzero != 0) {
        const long k = __builtin_ctzll(nonzero);
        nonzero &= nonzero - 1;
        const vec factor = (vec)(a[k * a_step]);
        const float *row = b + k * (vectors * LANES);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[v] = multiply_add(factor, load(row + v * LANES), sum[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) store(c + v * LANES, sum[v]);
}

typedef void (*sparse_row_function)(uint64_t nonzero, const float *a, const float *b, float *c, bool accumulate);

#define SPARSE_ROW(V, S)                                                                                                 \
    static HR_WIDE void sparse_row_##V##_##S(uint64_t nonzero, const float *a, const float *b, float *c, bool accumulate) { \
        sparse_row(V, S, nonzero, a, b, c, accumulate);                                                                  \
    }
#define SPARSE_ROWS(V) SPARSE_ROW(V, 1) SPARSE_ROW(V, 16)
SPARSE_ROWS(1) SPARSE_ROWS(2) SPARSE_ROWS(3) SPARSE_ROWS(4)
#if HR_LEVEL == 4
SPARSE_ROWS(5) SPARSE_ROWS(6) SPARSE_ROWS(7) SPARSE_ROWS(8) SPARSE_ROWS(9) SPARSE_ROWS(10)
SPARSE_ROWS(11) SPARSE_ROWS(12) SPARSE_ROWS(13) SPARSE_ROWS(14) SPARSE_ROWS(15) SPARSE_ROWS(16)
#endif

// By whether the left operand is packed, and vectors - 1.
#define SPARSE_FOUR(S, A, B, C, D) sparse_row_##A##_##S, sparse_row_##B##_##S, sparse_row_##C##_##S, sparse_row_##D##_##S
static const sparse_row_function sparse_rows[2][SPARSE_VECTORS] = {
#if HR_LEVEL == 4
    {SPARSE_FOUR(1, 1, 2, 3, 4), SPARSE_FOUR(1, 5, 6, 7, 8), SPARSE_FOUR(1, 9, 10, 11, 12), SPARSE_FOUR(1, 13, 14, 15, 16)},
    {SPARSE_FOUR(16, 1, 2, 3, 4), SPARSE_FOUR(16, 5, 6, 7, 8), SPARSE_FOUR(16, 9, 10, 11, 12), SPARSE_FOUR(16, 13, 14, 15, 16)},
#else
    {SPARSE_FOUR(1, 1, 2, 3, 4)},
    {SPARSE_FOUR(16, 1, 2, 3, 4)},
#endif
};

typedef bool bits16 __attribute__((ext_vector_type(16)));

HELPER uint16_t nonzero_lanes(vec x) { return __builtin_bit_cast(uint16_t, __builtin_convertvector(x != 0, bits16)); }

// Bit k is set if a[k] is not zero, k < count <= 64; reads nothing beyond.
HELPER uint64_t nonzero_bits(const float *a, long count) {
    uint64_t bits = 0;
    for (long k = 0; k < count; k += LANES) {
        const vec values = count - k < LANES ? load_first(a + k, count - k) : load(a + k);
        bits |= (uint64_t)nonzero_lanes(values) << k;
    }
    return bits;
}

// Sixteen rows of a slice of A whose columns are contiguous.
typedef struct {
    float values[MASK_BITS * LANES] __attribute__((aligned(64))); // A(i, k) at k * LANES + i
    uint64_t nonzero[LANES];
} packed_rows;

static HR_WIDE void pack_rows(packed_rows *to, const float *restrict a, long a_column, long depth, long rows) {
    uvec low = 0, high = 0;
    for (long k = 0; k < depth; k++) {
        const vec values = rows < LANES ? load_first(a + k * a_column, rows) : load(a + k * a_column);
        store(to->values + k * LANES, values);
        const uvec bit = (uvec)(values != 0) & (uvec)(1u << (k % 32));
        if (k < 32) low |= bit;
        else high |= bit;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) to->nonzero[i] = (uint64_t)high[i] << 32 | low[i];
}

// packed[k * width + j] = b[k * b_row + j] for k < depth, j < width.
static HR_WIDE void pack_straight(long depth, long width, const float *restrict b, long b_row, float *restrict packed) {
    for (long k = 0; k < depth; k++) {
        for (long j = 0; j < width; j += LANES) store(packed + k * width + j, load(b + k * b_row + j));
    }
}

// `depth` rows of B, from `from` on, while `rows` rows go by.
HELPER fetch fetch_of(const hr_matmul *g, const float *from, long depth, long width, long rows) {
    fetch f = g->b_column == 1 ? (fetch){from, g->b_row, depth, width / LANES} : (fetch){from, g->b_column, width, depth / LANES};
    f.at_once = (f.runs + rows - 1) / rows;
    f.period = f.runs < rows ? rows / f.runs : 1;
    return f;
}

// What is fetched while a slice is multiplied: the next slice of B, and arrays [from, to) of a step at columns from `column` on.
typedef struct {
    fetch next;
    const block_step *step;
    long from, to, column;
} slice_fetch;

HELPER void fetch_at_row(slice_fetch *f, long row, long width) {
    fetch_runs(&f->next, row);
    fetch_step(f->step, f->from, f->to, row, 1, f->column, width);
}

// A slice of `depth` rows of B for all rows of a block.
static void sparse_slice(const hr_matmul *g, const float *a, const float *slice, float *c, long rows, long width, long depth,
                         bool accumulate, slice_fetch *ahead) {
    const long vectors = width / LANES;
    const bool writes_far = !accumulate && g->c_row >= FAR_ROWS;
    if (g->a_column == 1) {
        const sparse_row_function function = sparse_rows[0][vectors - 1];
        uint64_t nonzero = nonzero_bits(a, depth);
        for (long i = 0; i < rows; i++, a += g->a_row, c += g->c_row) {
            // A row's loop ends unforeseen; the mask after it had better be there by then.
            const uint64_t following = i + 1 < rows ? nonzero_bits(a + g->a_row, depth) : 0;
            function(nonzero, a, slice, c, accumulate);
            nonzero = following;
            fetch_at_row(ahead, i, width);
        }
        return;
    }
    const sparse_row_function function = sparse_rows[1][vectors - 1];
    packed_rows group;
    for (long i = 0; i < rows; i += LANES) {
        const long count = rows - i < LANES ? rows - i : LANES;
        pack_rows(&group, a + i, g->a_column, depth, count);
        for (long r = 0; r < count; r++, c += g->c_row) {
            if (writes_far && r + 1 < count) {
                for (long v = 0; v < vectors; v++) __builtin_prefetch(c + g->c_row + v * LANES, 1);
            }
            function(group.nonzero[r], group.values + r, slice, c, accumulate);
            fetch_at_row(ahead, i + r, width);
        }
    }
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
        slice_fetch ahead = {.next = {.period = 1}, .step = step, .column = column};
        if (fetched != NULL) ahead.next = fetch_of(g, fetched, depth, width, rows);
        ahead.from = step->arrays * (k / slice) / slices;
        ahead.to = step->arrays * (k / slice + 1) / slices;
        sparse_slice(g, a + k * g->a_column, source, c, rows, width, depth, k > 0, &ahead);
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
