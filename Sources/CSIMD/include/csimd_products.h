// Matrix products: their arguments.
#pragma once
#include "csimd_elementwise.h"
#include "csimd_updates.h"

/// Columns in which wide products are cut: blocks have a multiple of them, and what is over.
enum { HR_MATMUL_COLUMNS = 64 };

/// Elements of a block of C that each thread keeps to itself.
enum { HR_MATMUL_STEP_FLOATS = 64 * 1024 };

/// C[m, n] = A[m, k] · B[k, n] for `matrices` triples: A(i, k) = a[i * a_row + k * a_column], B(k, j) = b[k * b_row + j * b_column],
/// C(i, j) = c[i * c_row + j]. A transposed operand is one with its strides exchanged.
///
/// Either a's or b's strides may be any; fast are b_column == 1 (rows of B contiguous) and b_row == 1 (columns of B contiguous).
/// Zeros of A, and with a step those of B, are skipped where there are many: so a zero times an infinity or a NaN may add nothing,
/// and an element whose products are zeros or underflow may be -0 instead of +0.
typedef struct {
    long matrices;
    long m, n, k;
    const float *const *a;
    const float *const *b;
    float *const *c;
    long a_row, a_column, b_row, b_column, c_row;
    long block_rows, block_columns;  ///< Rows and columns of C in a unit.
    long slice_floats;  ///< Floats of B that fit in the first-level cache beside rows of A and C; 0 to multiply by all zeros.
    /// Run over each block of C when it is complete, or NULL. Its domain is [matrices * m, n].
    const hr_elementwise *epilogue;
    /// If not NULL, C holds parameters, which take a step of Adam with the product as their gradient, and there is no epilogue. A block has
    /// at most HR_MATMUL_STEP_FLOATS elements. Not for small_matmul.
    const hr_adam_in_place *step;
} hr_matmul;

/// Units of the matmul kernel: blocks of block_rows x block_columns of every C.
static inline long hr_matmul_units(const hr_matmul *p) {
    return p->matrices * ((p->m + p->block_rows - 1) / p->block_rows) * ((p->n + p->block_columns - 1) / p->block_columns);
}

/// Units of the small_matmul kernel: blocks of block_rows rows of every C.
static inline long hr_small_matmul_units(const hr_matmul *p) {
    return p->matrices * ((p->m + p->block_rows - 1) / p->block_rows);
}

/// cblas_sgemm of a BLAS library with 32-bit integers.
typedef void (*hr_sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                         const float *b, int ldb, float beta, float *c, int ldc);

/// A product through a library. Of each operand's two strides one is 1; block_rows is not used.
typedef struct {
    hr_matmul product;
    hr_sgemm sgemm;
    long block_columns;  ///< Columns of C in a unit, a function of m, n and k alone.
} hr_blas_matmul;

/// Units of the blas_matmul kernel: blocks of block_columns columns of every C.
static inline long hr_blas_matmul_units(const hr_blas_matmul *p) {
    return p->product.matrices * ((p->product.n + p->block_columns - 1) / p->block_columns);
}
