// forms.h: the elementwise programs that end nearly every product of a network, each as one loop that keeps everything in registers.
//
//   add               x0 + x1                      bias
//   add, relu         relu(x0 + x1)                bias and activation
//   add, add          x2 + (x0 + x1)               bias and residual
//   less, select      k < x1 ? x0 : k              back through relu
//   less, select, add x2 + (k < x1 ? x0 : k)       back through relu and residual
//
// They do what elementwise.h does for the same instructions, bit for bit, where each input's rows lie contiguous and evenly spaced.

typedef enum { NO_FORM, FORM_ADD, FORM_ADD_RELU, FORM_ADD_ADD, FORM_STEP, FORM_STEP_ADD } form;

HELPER bool is_instruction(const hr_instruction *i, int opcode, int a, int b, int c) {
    // Unused operands say nothing.
    const bool unary = opcode == HR_RELU, ternary = opcode == HR_SELECT;
    return i->opcode == opcode && i->a == a && (unary || i->b == b) && (!ternary || i->c == c);
}

static form form_of(const hr_elementwise *p) {
    const hr_instruction *i = p->instruction;
    const int count = p->instructions, constant = p->inputs, last = count == 0 ? 0 : i[count - 1].result;
    if (p->outputs != 1 || count == 0 || p->output[0].slot != last) return NO_FORM;
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

#define EACH_OF_FORM(EXPRESSION)                                                                   \
    for (long row = 0; row < rows; row++) {                                                        \
        for (long i = 0; i < width; i += LANES) {                                                  \
            const vec x = load(from[0] + i), y = load(from[1] + i), z = load(from[2] + i);         \
            (void)z;                                                                               \
            store(to + i, EXPRESSION);                                                             \
        }                                                                                          \
        from[0] += step[0], from[1] += step[1], from[2] += step[2], to += to_step;                 \
    }                                                                                              \
    return true

// Runs the block if the program has a form and its operands lie as a form needs them.
static HR_WIDE bool run_form(const hr_elementwise *p, long row_begin, long row_end, long column_begin, long column_end) {
    const form form = form_of(p);
    const long rows = row_end - row_begin, width = column_end - column_begin;
    if (form == NO_FORM || width % LANES != 0 || p->rank < 2) return false;
    // Rows of one matrix are evenly spaced, whatever the axes before them.
    const long matrix = p->sizes[p->rank - 2];
    const bool one_matrix = row_begin / matrix == (row_end - 1) / matrix;
    const float *from[3];
    long step[3];
    const hr_view *views[4] = {&p->input[0], &p->input[1], &p->input[p->inputs - 1], &p->output[0].view};
    float *base[4];
    long steps[4];
    for (int i = 0; i < 4; i++) {
        const hr_view *view = views[i];
        if (view->strides[p->rank - 1] != 1) return false;
        if (one_matrix) steps[i] = view->strides[p->rank - 2];
        else if (!rows_are_uniform(p, view->strides, &steps[i])) return false;
        base[i] = view->base + row_offset(p, view->strides, row_begin) + column_begin;
    }
    for (int i = 0; i < 3; i++) from[i] = base[i], step[i] = steps[i];
    float *to = base[3];
    const long to_step = steps[3];
    const vec k = (vec)(p->constants > 0 ? p->constant[0] : 0);
    switch (form) {
    case FORM_ADD: EACH_OF_FORM(x + y);
    case FORM_ADD_RELU: EACH_OF_FORM(relu_vec(x + y));
    case FORM_ADD_ADD: EACH_OF_FORM(z + (x + y));
    case FORM_STEP: EACH_OF_FORM(choose(k < y, x, k));
    case FORM_STEP_ADD: EACH_OF_FORM(z + choose(k < y, x, k));
    case NO_FORM: return false;
    }
}
