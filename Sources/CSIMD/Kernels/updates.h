// updates.h: Adam and soft update, each one pass over memory. Arithmetic as written in csimd_updates.h, without contraction beyond
// the multiply-adds shown, the same for whole vectors and for the last elements of a segment.

HELPER void adam_step(const hr_adam_rule *p, vec g, vec *parameter, vec *first, vec *second, float rate, float correction) {
    const vec m = multiply_add((vec)p->beta1, *first, p->complement1 * g);
    const vec v = multiply_add((vec)p->beta2, *second, (p->complement2 * g) * g);
    *first = m;
    *second = v;
    *parameter = *parameter - (rate * m) / multiply_add(sqrt_vec(v), (vec)correction, (vec)p->epsilon);
}

// `count` parameters that follow each other.
HELPER void adam_run(const hr_adam_rule *p, const float *gradient, float *parameters, float *firsts, float *seconds, long count) {
    const float rate = p->scale[0], correction = p->scale[1];
    long i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec parameter = load(parameters + i), first = load(firsts + i), second = load(seconds + i);
        adam_step(p, load(gradient + i), &parameter, &first, &second, rate, correction);
        store(parameters + i, parameter);
        store(firsts + i, first);
        store(seconds + i, second);
    }
    if (i < count) {
        const long left = count - i;
        vec parameter = load_first(parameters + i, left), first = load_first(firsts + i, left), second = load_first(seconds + i, left);
        adam_step(p, load_first(gradient + i, left), &parameter, &first, &second, rate, correction);
        store_first(parameters + i, parameter, left);
        store_first(firsts + i, first, left);
        store_first(seconds + i, second, left);
    }
}

// `count` targets that follow each other, and their sources.
HELPER void soft_run(float rate, const float *sources, float *targets, long count) {
    long i = 0;
    for (; i + LANES <= count; i += LANES) {
        const vec target = load(targets + i);
        store(targets + i, multiply_add((vec)rate, load(sources + i) - target, target));
    }
    if (i < count) {
        const vec target = load_first(targets + i, count - i);
        store_first(targets + i, multiply_add((vec)rate, load_first(sources + i, count - i) - target, target), count - i);
    }
}

// The segment that holds a unit: the last that begins at or before it.
#define FIND_SEGMENT(SEGMENTS, COUNT, UNIT, INDEX)                                                                               \
    do {                                                                                                                         \
        long low = 0, high = (COUNT) - 1;                                                                                        \
        while (low < high) {                                                                                                     \
            const long middle = (low + high + 1) / 2;                                                                            \
            if ((SEGMENTS)[middle].first_unit <= (UNIT)) low = middle;                                                           \
            else high = middle - 1;                                                                                              \
        }                                                                                                                        \
        INDEX = low;                                                                                                             \
    } while (0)

static HR_WIDE void adam(const void *arguments, long begin, long end) {
    const hr_adam *p = arguments;
    for (long unit = begin; unit < end; unit++) {
        long index;
        FIND_SEGMENT(p->segments, p->segment_count, unit, index);
        const hr_adam_segment *s = &p->segments[index];
        const long from = (unit - s->first_unit) * HR_UPDATE_ELEMENTS;
        const long to = from + HR_UPDATE_ELEMENTS < s->count ? from + HR_UPDATE_ELEMENTS : s->count;
        adam_run(&p->rule, s->gradient + from, s->parameter + from, s->first + from, s->second + from, to - from);
    }
}

static HR_WIDE void soft_update(const void *arguments, long begin, long end) {
    const hr_soft_update *p = arguments;
    for (long unit = begin; unit < end; unit++) {
        long index;
        FIND_SEGMENT(p->segments, p->segment_count, unit, index);
        const hr_soft_segment *s = &p->segments[index];
        const long from = (unit - s->first_unit) * HR_UPDATE_ELEMENTS;
        const long to = from + HR_UPDATE_ELEMENTS < s->count ? from + HR_UPDATE_ELEMENTS : s->count;
        soft_run(p->rate, s->source + from, s->target + from, to - from);
    }
}
