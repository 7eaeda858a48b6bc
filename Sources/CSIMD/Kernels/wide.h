// wide.h: elementwise programs with registers of double over operands of any type: index arithmetic, step lengths, casts.
//
// Chunk   WIDE_CHUNK consecutive elements of the row-major domain; every register is an array of them in the thread's scratch.
// Loops   plain ones, which the compiler makes vectors of: these programs work on small tensors.
// Alias   an instruction may write the register that it reads, element by element.

enum { WIDE_CHUNK = 256 };

#define EACH_WIDE _Pragma("clang loop vectorize(assume_safety)") for (long i = 0; i < count; i++)

// Where a row of the domain begins in a view; rows count through all axes but the last.
HELPER long wide_row_offset(const hr_wide_elementwise *p, const long *strides, long row) {
    long offset = 0;
    for (int axis = p->rank - 2; axis >= 0; axis--) {
        offset += row % p->sizes[axis] * strides[axis];
        row /= p->sizes[axis];
    }
    return offset;
}

// A float or double as an int32, towards zero. What has no int32 gives INT32_MIN, as the instruction of x86 does.
HELPER int32_t int32_of(double x) { return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : INT32_MIN; }

HELPER double wide_maximum(double a, double b) { return a > b || a != a ? a : b; } // NaN of either side wins
HELPER double wide_minimum(double a, double b) { return a < b || a != a ? a : b; }
HELPER double wide_is_finite(double x) { return x - x == 0.0 ? 1.0 : 0.0; }

#define LOAD_WIDE(TYPE)                                                                                            \
    do {                                                                                                           \
        const TYPE *from = (const TYPE *)view->base + offset;                                                      \
        if (stride == 1) EACH_WIDE to[i] = (double)from[i];                                                        \
        else EACH_WIDE to[i] = (double)from[i * stride];                                                           \
    } while (0)

HELPER void load_wide(double *restrict to, const hr_wide_view *view, long offset, long stride, long count) {
    switch (view->element) {
    case HR_FLOAT32: LOAD_WIDE(float); return;
    case HR_INT32: LOAD_WIDE(int32_t); return;
    case HR_FLOAT64: LOAD_WIDE(double); return;
    }
}

HELPER void store_wide(const hr_wide_view *view, long offset, long stride, const double *restrict from, long count) {
    switch (view->element) {
    case HR_FLOAT32: {
        float *to = (float *)view->base + offset;
        EACH_WIDE to[i * stride] = (float)from[i];
        return;
    }
    case HR_INT32: {
        int32_t *to = (int32_t *)view->base + offset;
        EACH_WIDE to[i * stride] = int32_of(from[i]);
        return;
    }
    case HR_FLOAT64: {
        double *to = (double *)view->base + offset;
        EACH_WIDE to[i * stride] = from[i];
        return;
    }
    }
}

// Calls `BODY` for the runs of a chunk that lie in one row each: `run` elements of the chunk from `done` on, at column `column` of `row`.
#define EACH_RUN(BODY)                                                                                             \
    do {                                                                                                           \
        const long columns = p->sizes[p->rank - 1];                                                                \
        long row = first / columns, column = first % columns;                                                      \
        for (long done = 0, run; done < count; done += run, row++, column = 0) {                                   \
            run = columns - column < count - done ? columns - column : count - done;                               \
            BODY;                                                                                                  \
        }                                                                                                          \
    } while (0)

#define WIDE(EXPRESSION)                                                                                           \
    EACH_WIDE {                                                                                                    \
        const double x = a[i], y = b[i], z = c[i];                                                                 \
        (void)x, (void)y, (void)z;                                                                                 \
        to[i] = EXPRESSION;                                                                                        \
    }                                                                                                              \
    break

static HR_WIDE __attribute__((noinline)) void execute_wide(int opcode, const double *a, const double *b, const double *c, double *to,
                                                           long count) {
    switch ((hr_opcode)opcode) {
    case HR_NEGATE: WIDE(-x);
    case HR_SQRT: WIDE(__builtin_elementwise_sqrt(x));
    case HR_RECIPROCAL_SQRT: WIDE(1.0 / __builtin_elementwise_sqrt(x));
    case HR_RECIPROCAL: WIDE(1.0 / x);
    case HR_ABS: WIDE(__builtin_elementwise_abs(x));
    case HR_SIGN: WIDE(x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x);
    case HR_RELU: WIDE(x <= 0.0 ? 0.0 : x);
    case HR_FLOOR: WIDE(__builtin_elementwise_floor(x));
    case HR_SQUARE: WIDE(x * x);
    case HR_IS_FINITE: WIDE(wide_is_finite(x));
    case HR_ADD: WIDE(x + y);
    case HR_SUBTRACT: WIDE(x - y);
    case HR_MULTIPLY: WIDE(x * y);
    case HR_DIVIDE: WIDE(x / y);
    case HR_MAXIMUM: WIDE(wide_maximum(x, y));
    case HR_MINIMUM: WIDE(wide_minimum(x, y));
    case HR_LESS: WIDE(x < y ? 1.0 : 0.0);
    case HR_LESS_OR_EQUAL: WIDE(x <= y ? 1.0 : 0.0);
    case HR_EQUAL: WIDE(x == y ? 1.0 : 0.0);
    case HR_SELECT: WIDE(x != 0.0 ? y : z);
    // Approximated in float alone; whoever makes programs does not ask for them.
    case HR_EXP: case HR_LOG: case HR_TANH: case HR_SIGMOID: case HR_SOFTPLUS: __builtin_trap();
    }
}

static HR_WIDE void wide_chunk(const hr_wide_elementwise *p, double *const *slot, long first, long count) {
    for (int i = 0; i < p->inputs; i++) {
        const hr_wide_view *view = &p->input[i];
        const long stride = view->strides[p->rank - 1];
        EACH_RUN(load_wide(slot[i] + done, view, wide_row_offset(p, view->strides, row) + column * stride, stride, run));
    }
    for (int i = 0; i < p->instructions; i++) {
        const hr_instruction *instruction = &p->instruction[i];
        const double *a = slot[instruction->a], *b = slot[instruction->b], *c = slot[instruction->c];
        execute_wide(instruction->opcode, a, b, c, slot[instruction->result], count);
    }
    const long stride = p->output.strides[p->rank - 1];
    const double *result = slot[p->output_slot];
    EACH_RUN(store_wide(&p->output, wide_row_offset(p, p->output.strides, row) + column * stride, stride, result + done, run));
}

static void wide_elementwise(const void *arguments, long begin, long end) {
    const hr_wide_elementwise *p = arguments;
    double *registers = (double *)(hr_scratch() + HR_SCRATCH_REGISTERS), *slot[HR_MAX_SLOTS];
    for (int i = 0; i < p->inputs + p->constants + p->temporaries; i++) slot[i] = registers + (long)i * WIDE_CHUNK;
    for (int i = 0; i < p->constants; i++) {
        for (long j = 0; j < WIDE_CHUNK; j++) slot[p->inputs + i][j] = p->constant[i];
    }
    const long last = end * p->block < p->count ? end * p->block : p->count;
    for (long first = begin * p->block; first < last; first += WIDE_CHUNK) {
        wide_chunk(p, slot, first, last - first < WIDE_CHUNK ? last - first : WIDE_CHUNK);
    }
}
