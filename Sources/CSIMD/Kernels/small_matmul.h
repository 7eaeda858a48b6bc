// small_matmul.h: products with an axis of 1 or a few, where packing panels would cost more than the product.
//
// Rows      B's rows contiguous (b_column == 1): C[i, :] is one chain of multiply-adds over k of rows of B, as in gemm.h: the same bits.
// Dots      A's rows and B's columns contiguous (a_column == 1, b_row == 1): four vectors of 16 partial sums along k, combined pairwise.
// Other     the chain, element by element.
// Unit      `block_rows` rows of one C; the epilogue runs over a few of them at a time, while they are in the first-level cache.

enum { EPILOGUE_ELEMENTS = 4096 };

// c[0 ..< columns] = Σ_k a[k * a_column] b[k * b_row + (0 ..< columns)], columns <= vectors * 16, the last vector possibly partial.
HELPER void chain_row(const int vectors, const bool whole, long depth, const float *a, long a_column, const float *b, long b_row, float *c,
                      long columns) {
    vec sum[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = 0;
    for (long k = 0; k < depth; k++) {
        const vec factor = (vec)(a[k * a_column]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const float *from = b + k * b_row + v * LANES;
            sum[v] = multiply_add(factor, whole || v + 1 < vectors ? load(from) : load_first(from, columns - v * LANES), sum[v]);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        if (whole || v + 1 < vectors) store(c + v * LANES, sum[v]);
        else store_first(c + v * LANES, sum[v], columns - v * LANES);
    }
}

HELPER float dot(long depth, const float *a, const float *b) {
    vec part[4] = {0, 0, 0, 0};
    long k = 0;
    for (; k + 4 * LANES <= depth; k += 4 * LANES) {
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) part[v] = multiply_add(load(a + k + v * LANES), load(b + k + v * LANES), part[v]);
    }
    for (int v = 0; k < depth; k += LANES, v++) {
        const long left = depth - k;
        if (left >= LANES) part[v] = multiply_add(load(a + k), load(b + k), part[v]);
        else part[v] = multiply_add(load_first(a + k, left), load_first(b + k, left), part[v]);
    }
    return sum_of_lanes((part[0] + part[1]) + (part[2] + part[3]));
}

HELPER float chain_element(long depth, const float *a, long a_column, const float *b, long b_row) {
    float sum = 0;
    for (long k = 0; k < depth; k++) {
#if HR_HAS_FMA
        sum = __builtin_fmaf(a[k * a_column], b[k * b_row], sum);
#else
        sum = a[k * a_column] * b[k * b_row] + sum;
#endif
    }
    return sum;
}

static HR_WIDE void small_row(const hr_matmul *p, const float *a, const float *b, float *c) {
    if (p->b_column == 1) {
        long j = 0;
        for (; j + 4 * LANES <= p->n; j += 4 * LANES) chain_row(4, true, p->k, a, p->a_column, b + j, p->b_row, c + j, 4 * LANES);
        for (; j + LANES <= p->n; j += LANES) chain_row(1, true, p->k, a, p->a_column, b + j, p->b_row, c + j, LANES);
        if (j < p->n) chain_row(1, false, p->k, a, p->a_column, b + j, p->b_row, c + j, p->n - j);
    } else if (p->a_column == 1 && p->b_row == 1) {
        for (long j = 0; j < p->n; j++) c[j] = dot(p->k, a, b + j * p->b_column);
    } else {
        for (long j = 0; j < p->n; j++) c[j] = chain_element(p->k, a, p->a_column, b + j * p->b_column, p->b_row);
    }
}

static void small_matmul(const void *arguments, long begin, long end) {
    const hr_matmul *p = arguments;
    const long row_blocks = (p->m + p->block_rows - 1) / p->block_rows;
    const long few = p->n < EPILOGUE_ELEMENTS ? EPILOGUE_ELEMENTS / p->n : 1;
    for (long unit = begin; unit < end; unit++) {
        const long matrix = unit / row_blocks, row = unit % row_blocks * p->block_rows;
        const long row_end = row + p->block_rows < p->m ? row + p->block_rows : p->m;
        for (long first = row, last; first < row_end; first = last) {
            last = first + few < row_end ? first + few : row_end;
            for (long i = first; i < last; i++) {
                small_row(p, p->a[matrix] + i * p->a_row, p->b[matrix], p->c[matrix] + i * p->c_row);
            }
            if (p->epilogue != NULL) elementwise_block(p->epilogue, matrix * p->m + first, matrix * p->m + last, 0, p->n);
        }
    }
}
