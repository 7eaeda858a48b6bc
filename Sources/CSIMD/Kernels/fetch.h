// fetch.h: memory that is going to be used, brought into the second-level cache while something else is computed.

// Pieces of `length` lines of 64 bytes, `pieces` at a time; from each to the next it is `advance` floats, from every `period`th `jump`.
typedef struct {
    const float *at;
    long pieces, length, advance, jump, period, left;
} fetch;

// `runs` runs of `lines` lines, `step` floats apart, in `times` times. It goes on by a few lines if it is asked more often: to stop would
// be one more branch that comes as a surprise.
HELPER fetch fetch_in(long times, const float *at, long step, long lines, long runs) {
    if (step == lines * LANES) lines *= runs, runs = 1;
    const long each = (lines * runs + times - 1) / times;
    // Whole runs, several at a time.
    if (each > lines) return (fetch){at, (each + lines - 1) / lines, lines, 0, step, 1, 1};
    // One run, which never ends in so many times.
    if (runs == 1) return (fetch){at, 1, each, each * LANES, 0, times + 1, times + 1};
    // A part of a run at a time, of about equal length.
    const long parts = times / runs, length = (lines + parts - 1) / parts, advance = length * LANES;
    return (fetch){at, 1, length, advance, step - (parts - 1) * advance, parts, parts};
}

// Asks for what is due at one time.
HELPER void fetch_pieces(fetch *f) {
    const float *at = f->at;
    long left = f->left;
#pragma clang loop unroll(disable)
    for (long piece = 0; piece < f->pieces; piece++) {
#pragma clang loop unroll(disable)
        for (long i = 0; i < f->length; i++) __builtin_prefetch(at + i * LANES, 0, 2);
        left--;
        at += left == 0 ? f->jump : f->advance;
        left = left == 0 ? f->period : left;
    }
    f->at = at, f->left = left;
}
