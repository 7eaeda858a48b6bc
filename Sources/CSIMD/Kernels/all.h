// All kernels of one level, for a file that has set HR_LEVEL, HR_HAS_FMA, HR_WIDE, HR_TABLE and HR_NAME.
#include "vector.h"
#include "math.h"
#include "elementwise.h"
#include "reduce.h"
#include "wide.h"
#include "wide_sums.h"
#include "updates.h"
#include "fetch.h"
#include "step.h"
#include "gemm.h"
#include "sparse_rows.h"
#include "sparse_gemm.h"
#include "matmul.h"
#include "blas_matmul.h"
#include "small_matmul.h"
#include "random.h"
#include "rows.h"

const hr_kernels HR_TABLE = {
    .name = HR_NAME,
    .elementwise = elementwise,
    .reduce = reduce,
    .wide_elementwise = wide_elementwise,
    .wide_sum = wide_sum,
    .dot = dot_products,
    .matmul = matmul,
    .blas_matmul = blas_matmul,
    .small_matmul = small_matmul,
    .random = random_numbers,
    .gather = gather,
    .scatter_add = scatter_add,
    .assign_rows = assign_rows,
    .adam = adam,
    .soft_update = soft_update,
};
