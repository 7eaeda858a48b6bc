// fetch.h: memory that is going to be used, brought into the second-level cache while something else is computed.

// Memory that is going to be read, brought into the second-level cache while rows go by: `runs` runs of `lines` lines, `at_once` of them
// at every `period`th row.
typedef struct {
    const float *run;
    long step, runs, lines, at_once, period;
} fetch;

HELPER void fetch_runs(fetch *f, long row) {
    if (row % f->period != 0) return;
    for (long count = f->at_once < f->runs ? f->at_once : f->runs; count > 0; count--) {
        for (long line = 0; line < f->lines; line++) __builtin_prefetch(f->run + line * LANES, 0, 2);
        f->run += f->step;
        f->runs--;
    }
}
