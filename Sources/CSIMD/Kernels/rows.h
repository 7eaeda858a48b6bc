// rows.h: rows of tables by index. gather copies out, assign_rows copies in, scatter_add adds in ascending order of i.

enum { EARLY_UNITS = 16 }; // how long before it is copied a row is asked for: rows of a replay lie anywhere in memory

HELPER long clamped(long index, long count) { return index < 0 ? 0 : index >= count ? count - 1 : index; }

// The row of its table that unit `unit` gathers.
HELPER const float *gathered_row(const hr_rows *p, long unit) {
    return p->table + unit / p->count * p->table_replica + clamped(p->indices[unit], p->table_rows) * p->table_row;
}

static void gather(const void *arguments, long begin, long end) {
    const hr_rows *p = arguments;
    for (long unit = begin; unit < end; unit++) {
        if (unit + EARLY_UNITS < end) {
            const float *later = gathered_row(p, unit + EARLY_UNITS);
            for (long j = 0; j < p->width; j += LANES) __builtin_prefetch(later + j);
        }
        __builtin_memcpy(p->rows + unit / p->count * p->rows_replica + unit % p->count * p->rows_row, gathered_row(p, unit),
                         (size_t)p->width * sizeof(float));
    }
}

static void assign_rows(const void *arguments, long begin, long end) {
    const hr_rows *p = arguments;
    for (long replica = begin; replica < end; replica++) {
        for (long i = 0; i < p->count; i++) {
            const long index = p->indices[replica * p->count + i];
            if (index < 0 || index >= p->table_rows) continue;
            __builtin_memcpy(p->table + replica * p->table_replica + index * p->table_row, p->rows + replica * p->rows_replica + i * p->rows_row,
                             (size_t)p->width * sizeof(float));
        }
    }
}

static HR_WIDE void scatter_add(const void *arguments, long begin, long end) {
    const hr_rows *p = arguments;
    for (long replica = begin; replica < end; replica++) {
        float *table = p->table + replica * p->table_replica;
        for (long row = 0; row < p->table_rows; row++) __builtin_memset(table + row * p->table_row, 0, (size_t)p->width * sizeof(float));
        for (long i = 0; i < p->count; i++) {
            const long index = clamped(p->indices[replica * p->count + i], p->table_rows);
            float *to = table + index * p->table_row;
            const float *from = p->rows + replica * p->rows_replica + i * p->rows_row;
            long j = 0;
            for (; j + LANES <= p->width; j += LANES) store(to + j, load(to + j) + load(from + j));
            for (; j < p->width; j++) to[j] += from[j];
        }
    }
}
