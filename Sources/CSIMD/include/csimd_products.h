// Matrix products: their arguments.
#pragma once
#include "csimd_elementwise.h"

enum { HR_GEMM_COLUMNS = 64 };

/// C[m, n] = A[m, k] · B[k, n] for `matrices` triples: A(i, k) = a[i * a_row + k * a_column], B(k, j) = b[k * b_row + j * b_column],
/// C(i, j) = c[i * c_row + j]. A transposed operand is one with its strides exchanged.
///
/// Either a's or b's strides may be any; fast are b_column == 1 (rows of B contiguous) and b_row == 1 (columns of B contiguous).
typedef struct {
    long matrices;
    long m, n, k;
    const float *const *a;
    const float *const *b;
    float *const *c;
    long a_row, a_column, b_row, b_column, c_row;
    long block_rows;  ///< Rows of C in a unit, a function of m, n and k alone.
    /// Run over each block of C when it is complete, or NULL. Its domain is [matrices * m, n].
    const hr_elementwise *epilogue;
} hr_matmul;

/// Units of the gemm kernel: blocks of block_rows x HR_GEMM_COLUMNS of every C.
static inline long hr_gemm_units(const hr_matmul *p) {
    return p->matrices * ((p->m + p->block_rows - 1) / p->block_rows) * ((p->n + HR_GEMM_COLUMNS - 1) / HR_GEMM_COLUMNS);
}

/// Units of the small_matmul kernel: blocks of block_rows rows of every C.
static inline long hr_small_matmul_units(const hr_matmul *p) {
    return p->matrices * ((p->m + p->block_rows - 1) / p->block_rows);
}
