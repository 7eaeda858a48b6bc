// step.h: a step of Adam for the parameters in the place of a block of gradients. Parameters and moments come into the second-level cache
// while the block is computed; the step follows when all of it is known. (Row by row, as gradients become known, was slower: what waits for
// quotients and roots holds up the multiplications of the next row.)

// Parameters, first and second moments of a block: element (i, j) at `at[…] + i * row + j`; `arrays` is 3, or 0 for a block without a step.
typedef struct {
    float *at[3];
    long arrays, row;
} block_step;

// Fetches rows [row, row + rows) and columns [column, column + columns) of arrays [from, to).
HELPER void fetch_step(const block_step *s, long from, long to, long row, long rows, long column, long columns) {
    for (long t = from; t < to; t++) {
        for (long i = row; i < row + rows; i++) {
            for (long j = column; j < column + columns; j += LANES) __builtin_prefetch(s->at[t] + i * s->row + j, 0, 2);
        }
    }
}

// The step of a block whose gradients lie contiguously.
static HR_WIDE void take_step(const block_step *s, const hr_adam_rule *rule, const float *gradient, long rows, long columns) {
    if (s->row == columns) {
        adam_run(rule, gradient, s->at[0], s->at[1], s->at[2], rows * columns);
        return;
    }
    for (long i = 0; i < rows; i++) {
        const long at = i * s->row;
        adam_run(rule, gradient + i * columns, s->at[0] + at, s->at[1] + at, s->at[2] + at, columns);
    }
}
