// elementwise.h: interprets a straight-line program over chunks of HR_CHUNK elements that stay in the first-level cache.
//
// Chunk   rows x width elements. If the width is a multiple of 16, operands with contiguous columns are read and written where they lie,
//         row by row; otherwise rows are joined into one, and operands that are not contiguous across rows are copied.
// Slots   what cannot be read in place is gathered into the slot's own chunk of scratch.
// Tail    the last elements of a joined row that fill no vector go through a padded one with the same arithmetic, so that an
//         element's value does not depend on its place.
// Alias   only the last instruction may write an output in place: every input element it could overwrite has been read by then.

typedef struct {
    const float *whole; // where whole vectors are read, row after row
    const float *tail;  // where the padded last vector of a joined row is read
    long step;          // elements from row to row
} operand;

typedef struct {
    const hr_elementwise *program;
    operand at[HR_MAX_SLOTS];
    float *own[HR_MAX_SLOTS]; // the slot's chunk of scratch
    float *pads;              // one vector for each input read in place
} machine;

// The extent of a chunk: rows x width in the domain, executed as `runs` runs of `length` elements.
typedef struct {
    long row, rows, column, width;
    long runs, length;
} extent;

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

// Copies rows of contiguous columns. Rows of a chunk are short: a call of memcpy for each would cost more than the copy. Not inlined, so
// that its few variables stay in registers.
static HR_WIDE __attribute__((noinline)) void copy_rows(float *restrict to, long to_step, const float *restrict from, long from_step,
                                                        long rows, long width) {
    if (width == 4 * LANES) {
        for (; rows > 0; rows--, to += to_step, from += from_step) {
            const vec a = load(from), b = load(from + LANES), c = load(from + 2 * LANES), d = load(from + 3 * LANES);
            store(to, a), store(to + LANES, b), store(to + 2 * LANES, c), store(to + 3 * LANES, d);
        }
        return;
    }
    for (; rows > 0; rows--, to += to_step, from += from_step) {
        long i = 0;
        for (; i + LANES <= width; i += LANES) store(to + i, load(from + i));
        for (; i < width; i++) to[i] = from[i];
    }
}

HELPER void copy_row(float *to, const float *from, long stride, long count) {
    if (stride == 1) copy_rows(to, 0, from, 0, 1, count);
    else if (stride == 0) for (long i = 0; i < count; i++) to[i] = *from;
    else for (long i = 0; i < count; i++) to[i] = from[i * stride];
}

// Whether a view shows the chunk as runs of contiguous elements at a uniform step.
HELPER bool is_direct(const hr_elementwise *p, const long *strides, const extent *e, long *step) {
    if (strides[p->rank - 1] != 1 && e->width != 1) return false;
    if (e->rows == 1) { *step = 0; return true; }
    return rows_are_uniform(p, strides, step) && (e->runs == e->rows || *step == e->width);
}

// Makes input `slot` readable for a chunk.
static HR_WIDE void bind_input(machine *m, int slot, const extent *e) {
    const hr_elementwise *p = m->program;
    const hr_view *view = &p->input[slot];
    const long inner = view->strides[p->rank - 1], body = e->length / LANES * LANES;
    operand *at = &m->at[slot];
    long step;
    if (is_direct(p, view->strides, e, &step)) {
        const float *from = view->base + row_offset(p, view->strides, e->row) + e->column * inner;
        *at = (operand){from, m->pads + slot * LANES, step};
        if (body != e->length) store(m->pads + slot * LANES, load_first(from + body, e->length - body));
        return;
    }
    float *to = m->own[slot];
    if (rows_are_uniform(p, view->strides, &step) && inner == 1) {
        copy_rows(to, e->width, view->base + e->row * step + e->column, step, e->rows, e->width);
    } else {
        for (long i = 0; i < e->rows; i++) {
            const long offset = row_offset(p, view->strides, e->row + i) + e->column * inner;
            copy_row(to + i * e->width, view->base + offset, inner, e->width);
        }
    }
    *at = (operand){to, to + body, e->width};
}

// Writes `width` elements of a joined row, the chunk's elements `first` and up, to consecutive columns.
HELPER void write_row(float *to, long stride, const operand *at, long body, long first, long width) {
    const long vectors = first + width <= body ? width : (first < body ? body - first : 0);
    if (stride == 1) copy_rows(to, 0, at->whole + first, 0, 1, vectors);
    else for (long j = 0; j < vectors; j++) to[j * stride] = at->whole[first + j];
    for (long j = vectors; j < width; j++) to[j * stride] = at->tail[first + j - body];
}

static HR_WIDE void write_output(machine *m, const hr_output *output, const extent *e) {
    const hr_elementwise *p = m->program;
    const long *strides = output->view.strides, inner = strides[p->rank - 1];
    const operand *at = &m->at[output->slot];
    float *base = output->view.base + e->column * inner;
    if (e->runs == 1) {
        const long body = e->length / LANES * LANES;
        for (long i = 0; i < e->rows; i++) write_row(base + row_offset(p, strides, e->row + i), inner, at, body, i * e->width, e->width);
        return;
    }
    for (long i = 0; i < e->rows; i++) {
        float *to = base + row_offset(p, strides, e->row + i);
        const float *from = at->whole + i * at->step;
        if (inner == 1) copy_rows(to, 0, from, 0, 1, e->width);
        else for (long j = 0; j < e->width; j++) to[j * inner] = from[j];
    }
}

#include "forms.h"

#define EACH(EXPRESSION)                                                                                                         \
    do {                                                                                                                         \
        for (long run = 0; run < runs; run++) {                                                                                  \
            for (long i = 0; i < body; i += LANES) {                                                                             \
                const vec x = load(a + i), y = load(b + i), z = load(c + i);                                                     \
                (void)x, (void)y, (void)z;                                                                                       \
                store(to + i, EXPRESSION);                                                                                       \
            }                                                                                                                    \
            a += a_step, b += b_step, c += c_step, to += to_step;                                                                \
        }                                                                                                                        \
        if (partial) {                                                                                                           \
            const vec x = load(a_tail), y = load(b_tail), z = load(c_tail);                                                      \
            (void)x, (void)y, (void)z;                                                                                           \
            store(to_tail, EXPRESSION);                                                                                          \
        }                                                                                                                        \
    } while (0);                                                                                                                 \
    break

// One instruction over a chunk; `to` receives whole vectors, `to_tail` the padded last one of a joined row.
static HR_WIDE __attribute__((noinline)) void execute(machine *m, const hr_instruction *instruction, long runs, long length, float *to,
                                                      long to_step, float *to_tail) {
    const long body = length / LANES * LANES;
    const bool partial = body != length;
    const operand *x_at = &m->at[instruction->a], *y_at = &m->at[instruction->b], *z_at = &m->at[instruction->c];
    const float *a = x_at->whole, *b = y_at->whole, *c = z_at->whole;
    const float *a_tail = x_at->tail, *b_tail = y_at->tail, *c_tail = z_at->tail;
    const long a_step = x_at->step, b_step = y_at->step, c_step = z_at->step;
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

// The output that the last instruction makes and that can be written where it lies, or NULL.
static const hr_output *output_in_place(const machine *m, const extent *e, long *step) {
    const hr_elementwise *p = m->program;
    if (p->instructions == 0) return NULL;
    for (int i = 0; i < p->outputs; i++) {
        const hr_output *output = &p->output[i];
        if (output->slot == p->instruction[p->instructions - 1].result && is_direct(p, output->view.strides, e, step)) return output;
    }
    return NULL;
}

static void run_chunk(machine *m, const extent *e) {
    const hr_elementwise *p = m->program;
    const long body = e->length / LANES * LANES;
    long step;
    const hr_output *in_place = output_in_place(m, e, &step);
    const int computed = p->instructions - (in_place != NULL);
    for (int i = 0; i < computed; i++) {
        const int slot = p->instruction[i].result;
        float *to = m->own[slot];
        execute(m, &p->instruction[i], e->runs, e->length, to, e->length, to + body);
        m->at[slot] = (operand){to, to + body, e->length};
    }
    if (in_place != NULL) {
        const hr_instruction *last = &p->instruction[computed];
        float pad[LANES] __attribute__((aligned(64)));
        const long *strides = in_place->view.strides;
        float *to = in_place->view.base + row_offset(p, strides, e->row) + e->column * strides[p->rank - 1];
        execute(m, last, e->runs, e->length, to, step, pad);
        for (long i = body; i < e->length; i++) to[i] = pad[i - body];
        m->at[last->result] = (operand){to, pad, step};
        for (int i = 0; i < p->outputs; i++) {
            if (&p->output[i] != in_place) write_output(m, &p->output[i], e);
        }
    } else {
        for (int i = 0; i < p->outputs; i++) write_output(m, &p->output[i], e);
    }
}

// Runs the program over rows [row_begin, row_end) and columns [column_begin, column_end) of its domain.
static void elementwise_block(const hr_elementwise *p, long row_begin, long row_end, long column_begin, long column_end) {
    if (run_form(p, row_begin, row_end, column_begin, column_end)) return;
    machine m;
    m.program = p;
    float *scratch = hr_scratch() + HR_SCRATCH_REGISTERS;
    const int slots = p->inputs + p->constants + p->temporaries;
    for (int i = 0; i < slots; i++) m.own[i] = scratch + (long)i * HR_CHUNK;
    m.pads = scratch + (long)HR_MAX_SLOTS * HR_CHUNK;
    const long longest = column_end - column_begin < HR_CHUNK ? column_end - column_begin : HR_CHUNK;
    const bool joined = longest % LANES != 0;
    const long area = (row_end - row_begin) * longest, kept = joined ? (area < HR_CHUNK ? area : HR_CHUNK) : longest;
    for (int i = 0; i < p->constants; i++) {
        const int slot = p->inputs + i;
        for (long j = 0; j < kept; j += LANES) store(m.own[slot] + j, (vec)p->constant[i]);
        // Every row reads the same vectors, every tail the first.
        m.at[slot] = (operand){m.own[slot], m.own[slot], 0};
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
            extent e = {.row = row, .rows = row_end - row < group ? row_end - row : group, .column = column, .width = width};
            const bool joins = width % LANES != 0 || e.rows == 1;
            e.runs = joins ? 1 : e.rows;
            e.length = joins ? e.rows * width : width;
            for (int i = 0; i < p->inputs; i++) {
                if (!same_rows[i] || bound != e.rows) bind_input(&m, i, &e);
            }
            bound = e.rows;
            run_chunk(&m, &e);
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
