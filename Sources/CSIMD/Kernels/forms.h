// forms.h: the elementwise programs that end nearly every product of a network, each as one loop that keeps everything in
// registers.
//
//   nothing           x0                           copy, also of rows that fill no vector
//   add               x0 + x1                      bias
//   add, relu         relu(x0 + x1)                bias and activation
//   add, add          x2 + (x0 + x1)               bias and residual
//   less, select      k < x1 ? x0 : k              back through relu
//   less, select, add x2 + (k < x1 ? x0 : k)       back through relu and residual
//
// They do what elementwise.h does for the same instructions, bit for bit, where each input's rows lie contiguous and evenly spaced.

typedef enum { NO_FORM, FORM_COPY, FORM_ADD, FORM_ADD_RELU, FORM_ADD_ADD, FORM_STEP, FORM_STEP_ADD } form;

HELPER bool is_instruction(const hr_instruction *i, int opcode, int a, int b, int c) {
    // Unused operands say nothing.
    const bool unary = opcode == HR_RELU, ternary = opcode == HR_SELECT;
    return i->opcode == opcode && i->a == a && (unary || i->b == b) && (!ternary || i->c == c);
}

static form form_of(const hr_elementwise *p) {
    const hr_instruction *i = p->instruction;
    const int count = p->instructions, constant = p->inputs;
    if (p->outputs != 1 || p->output[0].slot != (count == 0 ? 0 : i[count - 1].result)) return NO_FORM;
    if (count == 0) return p->inputs == 1 ? FORM_COPY : NO_FORM;
    if (p->inputs == 2 && p->constants == 0 && is_instruction(&i[0], HR_ADD, 0, 1, 0)) {
        if (count == 1) return FORM_ADD;
        if (count == 2 && is_instruction(&i[1], HR_RELU, i[0].result, 0, 0)) return FORM_ADD_RELU;
    }
    if (p->inputs == 3 && p->constants == 0 && count == 2 && is_instruction(&i[0], HR_ADD, 0, 1, 0) &&
        is_instruction(&i[1], HR_ADD, 2, i[0].result, 0)) return FORM_ADD_ADD;
    if (p->constants == 1 && count >= 2 && is_instruction(&i[0], HR_LESS, constant, 1, 0) &&
        is_instruction(&i[1], HR_SELECT, i[0].result, 0, constant)) {
        if (p->inputs == 2 && count == 2) return FORM_STEP;
        if (p->inputs == 3 && count == 3 && is_instruction(&i[2], HR_ADD, 2, i[1].result, 0)) return FORM_STEP_ADD;
    }
    return NO_FORM;
}

// Rows of operands and how far apart they lie.
typedef struct {
    const float *from[3];
    long step[3];
    float *to;
    long to_step, rows, width;
} form_rows;

#define EACH_OF_FORM(EXPRESSION)                                                                                   \
    for (long row = 0; row < r.rows; row++) {                                                                      \
        for (long i = 0; i < r.width; i += LANES) {                                                                \
            const vec x = load(r.from[0] + i), y = load(r.from[1] + i), z = load(r.from[2] + i);                   \
            (void)y, (void)z;                                                                                      \
            store(r.to + i, EXPRESSION);                                                                           \
        }                                                                                                          \
        r.from[0] += r.step[0], r.from[1] += r.step[1], r.from[2] += r.step[2], r.to += r.to_step;                 \
    }                                                                                                              \
    return

static HR_WIDE void run_form_rows(form form, form_rows r, vec k) {
    switch (form) {
    case FORM_COPY: copy_rows(r.to, r.to_step, r.from[0], r.step[0], r.rows, r.width); return;
    case FORM_ADD: EACH_OF_FORM(x + y);
    case FORM_ADD_RELU: EACH_OF_FORM(relu_vec(x + y));
    case FORM_ADD_ADD: EACH_OF_FORM(z + (x + y));
    case FORM_STEP: EACH_OF_FORM(choose(k < y, x, k));
    case FORM_STEP_ADD: EACH_OF_FORM(z + choose(k < y, x, k));
    case NO_FORM: return;
    }
}

// Runs a block of the program's domain, if the program has a form and its operands lie as a form needs them.
static bool run_form(const hr_elementwise *p, long row_begin, long row_end, long column_begin, long column_end) {
    const form form = form_of(p);
    const long width = column_end - column_begin;
    if (form == NO_FORM || p->rank < 2 || (form != FORM_COPY && width % LANES != 0)) return false;
    const hr_view *views[3];
    for (int i = 0; i < 3; i++) views[i] = &p->input[i < p->inputs ? i : p->inputs - 1];
    const hr_view *output = &p->output[0].view;
    for (int i = 0; i < 3; i++) {
        if (views[i]->strides[p->rank - 1] != 1) return false;
    }
    if (output->strides[p->rank - 1] != 1) return false;
    const vec k = (vec)(p->constants > 0 ? p->constant[0] : 0);
    // Rows of one matrix are evenly spaced, whatever the axes before them.
    const long matrix = p->sizes[p->rank - 2];
    for (long row = row_begin, end; row < row_end; row = end) {
        end = (row / matrix + 1) * matrix;
        if (end > row_end) end = row_end;
        form_rows rows = {.rows = end - row, .width = width, .to_step = output->strides[p->rank - 2]};
        for (int i = 0; i < 3; i++) {
            rows.from[i] = views[i]->base + row_offset(p, views[i]->strides, row) + column_begin;
            rows.step[i] = views[i]->strides[p->rank - 2];
        }
        rows.to = output->base + row_offset(p, output->strides, row) + column_begin;
        run_form_rows(form, rows, k);
    }
    return true;
}
