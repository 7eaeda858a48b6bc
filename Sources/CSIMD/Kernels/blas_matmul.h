// blas_matmul.h: the products of hr_matmul through a BLAS library's sgemm, for CPUs on which it beats gemm.h.
//
// Unit    one matrix and block_columns columns of C; then the epilogue runs over the block. A library may round differently for
//         another block size, so block_columns follows from the shape of one matrix alone, and results depend on no thread count.

enum { BLAS_ROW_MAJOR = 101, BLAS_NO_TRANSPOSE = 111, BLAS_TRANSPOSE = 112 };

static void blas_matmul(const void *arguments, long begin, long end) {
    const hr_blas_matmul *p = arguments;
    const hr_matmul *g = &p->product;
    const long blocks = (g->n + p->block_columns - 1) / p->block_columns;
    const bool a_is_stored = g->a_column == 1, b_is_stored = g->b_column == 1;
    for (long unit = begin; unit < end; unit++) {
        const long matrix = unit / blocks, column = unit % blocks * p->block_columns;
        const long columns = g->n - column < p->block_columns ? g->n - column : p->block_columns;
        p->sgemm(BLAS_ROW_MAJOR, a_is_stored ? BLAS_NO_TRANSPOSE : BLAS_TRANSPOSE, b_is_stored ? BLAS_NO_TRANSPOSE : BLAS_TRANSPOSE,
                 (int)g->m, (int)columns, (int)g->k, 1.0f, g->a[matrix], (int)(a_is_stored ? g->a_row : g->a_column),
                 g->b[matrix] + column * g->b_column, (int)(b_is_stored ? g->b_row : g->b_column), 0.0f, g->c[matrix] + column,
                 (int)g->c_row);
        if (g->epilogue != NULL) {
            elementwise_block(g->epilogue, matrix * g->m, (matrix + 1) * g->m, column, column + columns);
        }
    }
}
