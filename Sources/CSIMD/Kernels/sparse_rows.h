// sparse_rows.h: rows of C through one slice of B, for sparse_gemm.h.
//
// Between    the loop over a row's non-zeros ends where no branch predictor foresees it, and what stands between two rows is on the way
//            while nothing multiplies. So masks are made a row ahead, and what is fetched is fetched without further branches.
// Held       where a slice is no deeper than 32, a row of A stays in two registers, and a factor is an element of them: a broadcast from
//            memory is a load like each of B's, one in seventeen.

enum {
#if HR_LEVEL == 4
    SPARSE_VECTORS = 16,
    HELD_DEPTH = 2 * LANES,
#else
    SPARSE_VECTORS = 4,
    HELD_DEPTH = 0,
#endif
    MASK_BITS = 64,
};

// What rows of a block have in common while a slice of B goes by, and what is fetched meanwhile: the next slice, and arrays of a step.
// The slice is packed: its rows lie one after the other.
typedef struct {
    const float *a, *slice;
    float *c;
    long a_row, a_column, c_row, rows, depth, width;
    bool accumulates;
    fetch fetched[1 + STEP_ARRAYS];
    long fetches;
} slice_pass;

HELPER void fetch_at_row(slice_pass *p) {
#pragma clang loop unroll(disable)
    for (long i = 0; i < p->fetches; i++) fetch_pieces(&p->fetched[i]);
}

typedef bool bits16 __attribute__((ext_vector_type(16)));

HELPER uint16_t nonzero_lanes(vec x) { return __builtin_bit_cast(uint16_t, __builtin_convertvector(x != 0, bits16)); }

// A row of A in a slice: which elements are not zero and, where it is held, all of them.
typedef struct {
    uint64_t nonzero;
    vec low, high;
} left_row;

// Elements [0, depth) of a row, depth <= 64; reads nothing beyond.
HELPER left_row left_row_at(const float *a, long depth, const bool is_held) {
    left_row row = {.nonzero = 0};
#if HR_LEVEL == 4
    if (is_held) {
        const uint32_t lanes = (uint32_t)((1ull << depth) - 1);
        row.low = (vec)_mm512_maskz_loadu_ps((__mmask16)lanes, a);
        row.high = (vec)_mm512_maskz_loadu_ps((__mmask16)(lanes >> LANES), a + LANES);
        row.nonzero = nonzero_lanes(row.low) | (uint64_t)nonzero_lanes(row.high) << LANES;
        __asm__("" : "+r"(row.nonzero)); // or the compiler makes the mask where it is used
        return row;
    }
#endif
    for (long k = 0; k < depth; k += LANES) {
        const vec values = depth - k < LANES ? load_first(a + k, depth - k) : load(a + k);
        row.nonzero |= (uint64_t)nonzero_lanes(values) << k;
    }
    return row;
}

// Element k of a held row, in all lanes.
HELPER vec held_element(const left_row *row, long k) {
#if HR_LEVEL == 4
    return (vec)_mm512_permutex2var_ps((__m512)row->low, _mm512_set1_epi32((int)k), (__m512)row->high);
#else
    return row->low;
#endif
}

// One row: c[j] (+)= Σ a(k) · b[k * width + j] over the non-zeros k, width = vectors * LANES; a(k) is a[k * a_step] unless it is held.
HELPER void sparse_row(const int vectors, const bool is_held, const left_row *left, const float *restrict a, const long a_step,
                       const float *restrict b, float *restrict c, bool accumulates) {
    vec sum[SPARSE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = accumulates ? load(c + v * LANES) : (vec)0;
    uint64_t nonzero = left->nonzero;
#pragma clang loop unroll(disable)
    while (nonzero != 0) {
        const long k = __builtin_ctzll(nonzero);
        nonzero &= nonzero - 1;
        const vec factor = is_held ? held_element(left, k) : (vec)(a[k * a_step]);
        const float *row = b + k * (vectors * LANES);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[v] = multiply_add(factor, load(row + v * LANES), sum[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) store(c + v * LANES, sum[v]);
}

// The row of C after `c`, or `c` itself if that is the last. The first slice only writes it, so nothing else would bring it into the cache.
HELPER float *next_row_of_c(const int vectors, const slice_pass *p, float *c, bool is_last) {
    float *next = is_last ? c : c + p->c_row;
    if (!p->accumulates) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) __builtin_prefetch(next + v * LANES, 1);
    }
    return next;
}

// Rows of A contiguous.
HELPER void pass_over_rows(const int vectors, const bool is_held, slice_pass *p) {
    const float *a = p->a;
    float *c = p->c;
    left_row following = left_row_at(a, p->depth, is_held);
    for (long i = 0; i < p->rows; i++) {
        const bool is_last = i + 1 == p->rows;
        const left_row row = following;
        const float *a_next = is_last ? a : a + p->a_row;
        float *c_next = next_row_of_c(vectors, p, c, is_last);
        following = left_row_at(a_next, p->depth, is_held);
        if (is_held) {
            // Of the next slice. Loads a row apart are no stream that the processor would follow by itself.
            for (int v = 0; v < HELD_DEPTH / LANES; v++) __builtin_prefetch(a + p->depth + v * LANES, 0, 2);
        }
        sparse_row(vectors, is_held, &row, a, 1, p->slice, c, p->accumulates);
        fetch_at_row(p);
        a = a_next, c = c_next;
    }
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
        __builtin_prefetch(a + k * a_column + LANES, 0, 2); // the next sixteen rows
        store(to->values + k * LANES, values);
        const uvec bit = (uvec)(values != 0) & (uvec)(1u << (k % 32));
        if (k < 32) low |= bit;
        else high |= bit;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) to->nonzero[i] = (uint64_t)high[i] << 32 | low[i];
}

// Columns of A contiguous: groups of rows are packed.
HELPER void pass_over_columns(const int vectors, slice_pass *p) {
    float *c = p->c;
    packed_rows group;
    for (long i = 0; i < p->rows; i++) {
        if (i % LANES == 0) pack_rows(&group, p->a + i, p->a_column, p->depth, p->rows - i < LANES ? p->rows - i : LANES);
        float *c_next = next_row_of_c(vectors, p, c, i + 1 == p->rows);
        fetch_at_row(p);
        const left_row row = {.nonzero = group.nonzero[i % LANES]};
        sparse_row(vectors, false, &row, group.values + i % LANES, LANES, p->slice, c, p->accumulates);
        c = c_next;
    }
}

typedef void (*slice_function)(slice_pass *pass);

#define SPARSE_PASSES(V)                                                                         \
    static HR_WIDE void pass_held_##V(slice_pass *p) { pass_over_rows(V, HELD_DEPTH > 0, p); }   \
    static HR_WIDE void pass_rows_##V(slice_pass *p) { pass_over_rows(V, false, p); }            \
    static HR_WIDE void pass_columns_##V(slice_pass *p) { pass_over_columns(V, p); }
SPARSE_PASSES(1) SPARSE_PASSES(2) SPARSE_PASSES(3) SPARSE_PASSES(4)
#if HR_LEVEL == 4
SPARSE_PASSES(5) SPARSE_PASSES(6) SPARSE_PASSES(7) SPARSE_PASSES(8) SPARSE_PASSES(9) SPARSE_PASSES(10)
SPARSE_PASSES(11) SPARSE_PASSES(12) SPARSE_PASSES(13) SPARSE_PASSES(14) SPARSE_PASSES(15) SPARSE_PASSES(16)
#endif

enum { HELD, ROWS, COLUMNS };

// By what A looks like, and vectors - 1.
#define FOUR_PASSES(KIND, A, B, C, D) pass_##KIND##_##A, pass_##KIND##_##B, pass_##KIND##_##C, pass_##KIND##_##D
#if HR_LEVEL == 4
#define ALL_PASSES(KIND)                                                                                         \
    {FOUR_PASSES(KIND, 1, 2, 3, 4), FOUR_PASSES(KIND, 5, 6, 7, 8), FOUR_PASSES(KIND, 9, 10, 11, 12),             \
     FOUR_PASSES(KIND, 13, 14, 15, 16)}
#else
#define ALL_PASSES(KIND) {FOUR_PASSES(KIND, 1, 2, 3, 4)}
#endif
static const slice_function sparse_passes[3][SPARSE_VECTORS] = {ALL_PASSES(held), ALL_PASSES(rows), ALL_PASSES(columns)};

// All rows of a block through a slice of B.
HELPER void run_pass(slice_pass *p) {
    const int kind = p->a_column != 1 ? COLUMNS : p->depth <= HELD_DEPTH ? HELD : ROWS;
    sparse_passes[kind][p->width / LANES - 1](p);
}
