// elementwise.h: interprets a straight-line program over chunks of HR_CHUNK elements that stay in the first-level cache.
//
// Slots   inputs that are contiguous over a chunk are read in place; others are gathered into the slot's own chunk of scratch.
// Tail    the last n mod 16 elements of a chunk go through a padded vector with the same arithmetic, so that an element's value does
//         not depend on its place.
// Alias   only the last instruction may write an output in place: every input element it could overwrite has been read by then.

typedef struct {
    const hr_elementwise *program;
    float *own[HR_MAX_SLOTS];         // the slot's chunk of scratch
    const float *whole[HR_MAX_SLOTS]; // where the whole vectors of the present chunk are read
    const float *tail[HR_MAX_SLOTS];  // where its padded last vector is read
    float *out;                       // where the present instruction writes whole vectors
    float *out_tail;
    float *pads;                      // one vector for each input read in place
} machine;

// Offset of a row in a view: rows count through all axes but the last.
HELPER long row_offset(const hr_elementwise *p, const long *strides, long row) {
    long offset = 0;
    for (int axis = p->rank - 2; axis > 0; axis--) {
        offset += row % p->sizes[axis] * strides[axis];
        row /= p->sizes[axis];
    }
    return p->rank > 1 ? offset + row * strides[0] : 0;
}

// Whether consecutive rows lie `step` elements apart in the whole domain.
HELPER bool rows_are_uniform(const hr_elementwise *p, const long *strides, long *step) {
    if (p->rank == 1) { *step = 0; return true; }
    *step = strides[p->rank - 2];
    for (int axis = p->rank - 3; axis >= 0; axis--) {
        if (p->sizes[axis] != 1 && strides[axis] != strides[axis + 1] * p->sizes[axis + 1]) return false;
    }
    return true;
}

static void copy_row(float *to, const float *from, long stride, long count) {
    if (stride == 1) __builtin_memcpy(to, from, (size_t)count * sizeof(float));
    else if (stride == 0) for (long i = 0; i < count; i++) to[i] = *from;
    else for (long i = 0; i < count; i++) to[i] = from[i * stride];
}

// Makes input `slot` readable for `rows` rows of `width` columns that begin at (row, column).
static void bind_input(machine *m, int slot, long row, long rows, long column, long width) {
    const hr_elementwise *p = m->program;
    const hr_view *view = &p->input[slot];
    const long inner = view->strides[p->rank - 1], count = rows * width, body = count / LANES * LANES;
    long step;
    const bool uniform = rows_are_uniform(p, view->strides, &step);
    if (inner == 1 && (rows == 1 || (uniform && step == width))) {
        const float *from = view->base + row_offset(p, view->strides, row) + column;
        m->whole[slot] = from;
        m->tail[slot] = m->pads + slot * LANES;
        if (body != count) store(m->pads + slot * LANES, load_first(from + body, count - body));
        return;
    }
    float *to = m->own[slot];
    for (long i = 0; i < rows; i++) {
        const long offset = uniform ? (row + i) * step : row_offset(p, view->strides, row + i);
        copy_row(to + i * width, view->base + offset + column * inner, inner, width);
    }
    m->whole[slot] = to;
    m->tail[slot] = to + body;
}

// Writes `width` elements of a slot, the chunk's elements `first` and up, to consecutive columns.
HELPER void write_row(float *to, long stride, const float *whole, const float *tail, long body, long first, long width) {
    const long vectors = first + width <= body ? width : (first < body ? body - first : 0);
    if (stride == 1) __builtin_memcpy(to, whole + first, (size_t)vectors * sizeof(float));
    else for (long j = 0; j < vectors; j++) to[j * stride] = whole[first + j];
    for (long j = vectors; j < width; j++) to[j * stride] = tail[first + j - body];
}

static void write_output(machine *m, const hr_output *output, long row, long rows, long column, long width) {
    const hr_elementwise *p = m->program;
    const long *strides = output->view.strides, inner = strides[p->rank - 1], body = rows * width / LANES * LANES;
    const float *whole = m->whole[output->slot], *tail = m->tail[output->slot];
    long step;
    const bool uniform = rows_are_uniform(p, strides, &step);
    if (uniform && inner == 1 && step == width) {
        width *= rows;
        rows = 1;
    }
    for (long i = 0; i < rows; i++) {
        const long offset = uniform ? (row + i) * step : row_offset(p, strides, row + i);
        write_row(output->view.base + offset + column * inner, inner, whole, tail, body, i * width, width);
    }
}

#define EACH(EXPRESSION)                                                                                                         \
    do {                                                                                                                         \
        for (long i = 0; i < body; i += LANES) {                                                                                 \
            const vec x = load(a + i), y = load(b + i), z = load(c + i);                                                         \
            (void)x, (void)y, (void)z;                                                                                           \
            store(out + i, EXPRESSION);                                                                                          \
        }                                                                                                                        \
        if (partial) {                                                                                                           \
            const vec x = load(a_tail), y = load(b_tail), z = load(c_tail);                                                      \
            (void)x, (void)y, (void)z;                                                                                           \
            store(out_tail, EXPRESSION);                                                                                         \
        }                                                                                                                        \
    } while (0);                                                                                                                 \
    break

static HR_WIDE void execute(machine *m, const hr_instruction *instruction, long count) {
    const long body = count / LANES * LANES;
    const bool partial = body != count;
    const float *a = m->whole[instruction->a], *b = m->whole[instruction->b], *c = m->whole[instruction->c];
    const float *a_tail = m->tail[instruction->a], *b_tail = m->tail[instruction->b], *c_tail = m->tail[instruction->c];
    float *out = m->out, *out_tail = m->out_tail;
    switch ((hr_opcode)instruction->opcode) {
    case HR_NEGATE: EACH(-x);
    case HR_EXP: EACH(exp_vec(x));
    case HR_LOG: EACH(log_vec(x));
    case HR_SQRT: EACH(sqrt_vec(x));
    case HR_RECIPROCAL_SQRT: EACH(1.0f / sqrt_vec(x));
    case HR_RECIPROCAL: EACH(1.0f / x);
    case HR_TANH: EACH(tanh_vec(x));
    case HR_SIGMOID: EACH(sigmoid_vec(x));
    case HR_SOFTPLUS: EACH(softplus_vec(x));
    case HR_ABS: EACH(abs_vec(x));
    case HR_SIGN: EACH(sign_vec(x));
    case HR_RELU: EACH(relu_vec(x));
    case HR_FLOOR: EACH(floor_vec(x));
    case HR_SQUARE: EACH(x * x);
    case HR_IS_FINITE: EACH(is_finite_vec(x));
    case HR_ADD: EACH(x + y);
    case HR_SUBTRACT: EACH(x - y);
    case HR_MULTIPLY: EACH(x * y);
    case HR_DIVIDE: EACH(x / y);
    case HR_MAXIMUM: EACH(maximum_vec(x, y));
    case HR_MINIMUM: EACH(minimum_vec(x, y));
    case HR_LESS: EACH(as_mask(x < y));
    case HR_LESS_OR_EQUAL: EACH(as_mask(x <= y));
    case HR_EQUAL: EACH(as_mask(x == y));
    case HR_SELECT: EACH(choose(x != 0.0f, y, z));
    }
}

// The output that the last instruction makes and that is contiguous over the chunk, or NULL.
static const hr_output *output_in_place(const machine *m, long rows, long width) {
    const hr_elementwise *p = m->program;
    if (p->instructions == 0) return NULL;
    for (int i = 0; i < p->outputs; i++) {
        const hr_output *output = &p->output[i];
        long step;
        if (output->slot == p->instruction[p->instructions - 1].result && output->view.strides[p->rank - 1] == 1
            && (rows == 1 || (rows_are_uniform(p, output->view.strides, &step) && step == width))) return output;
    }
    return NULL;
}

static void run_chunk(machine *m, long row, long rows, long column, long width) {
    const hr_elementwise *p = m->program;
    const long count = rows * width, body = count / LANES * LANES;
    const hr_output *in_place = output_in_place(m, rows, width);
    float pad[LANES] __attribute__((aligned(64)));
    for (int i = 0; i < p->instructions; i++) {
        const hr_instruction *instruction = &p->instruction[i];
        const int slot = instruction->result;
        m->out = m->own[slot];
        m->out_tail = m->own[slot] + body;
        if (in_place != NULL && i + 1 == p->instructions) {
            m->out = in_place->view.base + row_offset(p, in_place->view.strides, row) + column;
            m->out_tail = pad;
        }
        execute(m, instruction, count);
        m->whole[slot] = m->out;
        m->tail[slot] = m->out_tail;
    }
    if (in_place != NULL) {
        for (long i = body; i < count; i++) m->out[i] = pad[i - body];
    }
    for (int i = 0; i < p->outputs; i++) {
        if (&p->output[i] != in_place) write_output(m, &p->output[i], row, rows, column, width);
    }
}

// Runs the program over rows [row_begin, row_end) and columns [column_begin, column_end) of its domain.
static void elementwise_block(const hr_elementwise *p, long row_begin, long row_end, long column_begin, long column_end) {
    machine m = {.program = p};
    float *scratch = hr_scratch() + HR_SCRATCH_REGISTERS;
    const int slots = p->inputs + p->constants + p->temporaries;
    for (int i = 0; i < slots; i++) m.own[i] = scratch + (long)i * HR_CHUNK;
    m.pads = scratch + (long)HR_MAX_SLOTS * HR_CHUNK;
    const long area = (row_end - row_begin) * (column_end - column_begin);
    const long filled = area < HR_CHUNK ? (area + LANES - 1) / LANES * LANES : HR_CHUNK;
    for (int i = 0; i < p->constants; i++) {
        const int slot = p->inputs + i;
        for (long j = 0; j < filled; j += LANES) store(m.own[slot] + j, (vec)p->constant[i]);
        m.whole[slot] = m.tail[slot] = m.own[slot];
    }
    // An input that is the same in every row is bound once for each piece of columns.
    bool same_rows[HR_MAX_SLOTS];
    for (int i = 0; i < p->inputs; i++) {
        long step;
        same_rows[i] = rows_are_uniform(p, p->input[i].strides, &step) && step == 0;
    }
    for (long column = column_begin; column < column_end; column += HR_CHUNK) {
        const long width = column_end - column < HR_CHUNK ? column_end - column : HR_CHUNK;
        const long group = HR_CHUNK / width;
        long bound = 0;
        for (long row = row_begin; row < row_end; row += group) {
            const long rows = row_end - row < group ? row_end - row : group;
            for (int i = 0; i < p->inputs; i++) {
                if (!same_rows[i] || bound != rows) bind_input(&m, i, row, rows, column, width);
            }
            bound = rows;
            run_chunk(&m, row, rows, column, width);
        }
    }
}

static void elementwise(const void *arguments, long begin, long end) {
    const hr_elementwise *p = arguments;
    const long column_blocks = (p->columns + p->block_columns - 1) / p->block_columns;
    for (long unit = begin; unit < end; unit++) {
        const long row = unit / column_blocks * p->block_rows, column = unit % column_blocks * p->block_columns;
        const long row_end = row + p->block_rows < p->rows ? row + p->block_rows : p->rows;
        const long column_end = column + p->block_columns < p->columns ? column + p->block_columns : p->columns;
        elementwise_block(p, row, row_end, column, column_end);
    }
}
