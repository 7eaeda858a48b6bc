// step.h: a step of Adam for the parameters in the place of a block of gradients, then a soft update of their targets. All that it changes
// comes into the second-level cache while the block is computed; the step follows when all of the block is known. (Row by row, as
// gradients become known, was slower: what waits for quotients and roots holds up the multiplications of the next row.)

enum { STEP_ARRAYS = 4 };

// Parameters, first and second moments, and targets of a block: element (i, j) at `at[…] + i * row + j`. `arrays` is 3, with targets 4,
// and 0 for a block without a step. `is_exchanged`: the block is being computed with rows and columns exchanged.
typedef struct {
    float *at[STEP_ARRAYS];
    long arrays, row;
    bool is_exchanged;
} block_step;

// Fetches rows [0, rows) and columns [column, column + columns) of all arrays.
HELPER void fetch_step(const block_step *s, long rows, long column, long columns) {
#pragma clang loop unroll(disable)
    for (long t = 0; t < s->arrays; t++) {
        for (long i = 0; i < rows; i++) {
#pragma clang loop unroll(disable)
            for (long j = column; j < column + columns; j += LANES) __builtin_prefetch(s->at[t] + i * s->row + j, 0, 2);
        }
    }
}

// Array t in the place of columns [column, column + width) of the block as it is computed, while its `rows` rows go by.
HELPER fetch fetch_of_step(const block_step *s, long t, long column, long width, long rows) {
    if (s->is_exchanged) return fetch_in(rows, s->at[t] + column * s->row, s->row, (rows + LANES - 1) / LANES, width);
    return fetch_in(rows, s->at[t] + column, s->row, width / LANES, rows);
}

// The step of a block whose gradients lie contiguously.
static HR_WIDE void take_step(const block_step *s, const hr_adam_in_place *p, const float *gradient, long rows, long columns) {
    if (columns == s->row && columns % LANES != 0) columns *= rows, rows = 1; // as one run: narrow rows fill few vectors
    for (long i = 0; i < rows; i++) {
        const long at = i * s->row;
        adam_run(&p->rule, gradient + i * columns, s->at[0] + at, s->at[1] + at, s->at[2] + at, columns);
        if (s->arrays == 4) soft_run(p->target_rate, s->at[0] + at, s->at[3] + at, columns);
    }
}
