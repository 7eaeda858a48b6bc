// reduce.h: sums, maxima and minima over the middle axis of [outer, length, inner].
//
// Order   inner == 1: four vectors of 16 partial results walk along the axis, then the vectors and their lanes are combined pairwise.
//         inner > 1: blocks of 64 rows are reduced one after another and their results combined in order.
//         Both depend on `length` alone.

enum { REDUCE_ROWS = 64, REDUCE_VECTORS = HR_REDUCE_COLUMNS / LANES };

HELPER vec combine(int reduction, vec a, vec b) {
    if (reduction == HR_REDUCE_SUM) return a + b;
    return reduction == HR_REDUCE_MAXIMUM ? maximum_vec(a, b) : minimum_vec(a, b);
}

HELPER float neutral(int reduction) {
    if (reduction == HR_REDUCE_SUM) return 0.0f;
    return reduction == HR_REDUCE_MAXIMUM ? -__builtin_inff() : __builtin_inff();
}

// The first `count` elements at a stride; the neutral element after them.
HELPER vec load_reduced(const float *from, long stride, long count, int reduction) {
    if (stride == 1 && count == LANES) return load(from);
    if (stride == 1 && reduction == HR_REDUCE_SUM) return load_first(from, count); // zeros after them
    float buffer[LANES] __attribute__((aligned(64)));
    for (long i = 0; i < LANES; i++) buffer[i] = i < count ? from[i * stride] : neutral(reduction);
    return *(const vec *)buffer;
}

HELPER float combine_lanes(int reduction, vec x) {
    if (reduction == HR_REDUCE_SUM) return sum_of_lanes(x);
    float lanes[LANES] __attribute__((aligned(64)));
    *(vec *)lanes = x;
    float best = lanes[0];
    for (int i = 1; i < LANES; i++) {
        const bool better = reduction == HR_REDUCE_MAXIMUM ? lanes[i] > best : lanes[i] < best;
        if (better || lanes[i] != lanes[i]) best = lanes[i];
        if (best != best) break;
    }
    return best;
}

HELPER float reduce_along(int reduction, const float *input, long length, long stride) {
    vec part[4];
    for (int v = 0; v < 4; v++) part[v] = (vec)neutral(reduction);
    long i = 0;
    for (; i + 4 * LANES <= length; i += 4 * LANES) {
        for (int v = 0; v < 4; v++) part[v] = combine(reduction, part[v], load_reduced(input + (i + v * LANES) * stride, stride, LANES, reduction));
    }
    for (int v = 0; i < length; i += LANES, v++) {
        const long left = length - i < LANES ? length - i : LANES;
        part[v] = combine(reduction, part[v], load_reduced(input + i * stride, stride, left, reduction));
    }
    return combine_lanes(reduction, combine(reduction, combine(reduction, part[0], part[1]), combine(reduction, part[2], part[3])));
}

// `vectors` vectors of columns at once, the last of them with `columns` of 16: rows are read in longer pieces, and the sums do not wait for
// each other.
HELPER void reduce_columns(const int vectors, const int reduction, const float *input, long length, long length_stride, long inner_stride,
                           long columns, float *output) {
    vec total[REDUCE_VECTORS];
    for (int v = 0; v < vectors; v++) total[v] = (vec)neutral(reduction);
    for (long block = 0; block < length; block += REDUCE_ROWS) {
        const long end = block + REDUCE_ROWS < length ? block + REDUCE_ROWS : length;
        vec part[REDUCE_VECTORS];
        for (int v = 0; v < vectors; v++) part[v] = (vec)neutral(reduction);
        for (long r = block; r < end; r++) {
            for (int v = 0; v < vectors; v++) {
                const float *from = input + r * length_stride + v * LANES * inner_stride;
                part[v] = combine(reduction, part[v], load_reduced(from, inner_stride, v + 1 < vectors ? LANES : columns, reduction));
            }
        }
        for (int v = 0; v < vectors; v++) total[v] = combine(reduction, total[v], part[v]);
    }
    for (int v = 0; v < vectors; v++) {
        if (v + 1 < vectors || columns == LANES) store(output + v * LANES, total[v]);
        else store_first(output + v * LANES, total[v], columns);
    }
}

static HR_WIDE void reduce_unit(const hr_reduce *p, const int reduction, long unit) {
    const long blocks = (p->inner + HR_REDUCE_COLUMNS - 1) / HR_REDUCE_COLUMNS;
    const long outer = unit / blocks, column = unit % blocks * HR_REDUCE_COLUMNS;
    const float *input = p->input;
    long index = outer;
    for (int axis = p->outer_rank - 1; axis >= 0; axis--) {
        input += index % p->outer_sizes[axis] * p->outer_strides[axis];
        index /= p->outer_sizes[axis];
    }
    float *output = p->output + outer * p->inner;
    if (p->inner == 1) {
        output[0] = reduce_along(reduction, input, p->length, p->length_stride);
        return;
    }
    const long end = column + HR_REDUCE_COLUMNS < p->inner ? column + HR_REDUCE_COLUMNS : p->inner;
    if (p->inner_stride == 1 && end - column == HR_REDUCE_COLUMNS) {
        reduce_columns(REDUCE_VECTORS, reduction, input + column, p->length, p->length_stride, 1, LANES, output + column);
        return;
    }
    for (long i = column; i < end; i += LANES) {
        const long columns = end - i < LANES ? end - i : LANES;
        reduce_columns(1, reduction, input + i * p->inner_stride, p->length, p->length_stride, p->inner_stride, columns, output + i);
    }
}

static void reduce(const void *arguments, long begin, long end) {
    const hr_reduce *p = arguments;
    for (long unit = begin; unit < end; unit++) reduce_unit(p, p->reduction, unit);
}
