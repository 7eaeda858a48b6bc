// Random numbers and indexed rows: their arguments.
#pragma once
#include <stdint.h>

typedef enum { HR_UNIFORM, HR_NORMAL, HR_INTEGERS } hr_distribution;

/// output[s, lane] for keys s: element `lane` of (seeds[s], stream, substreams[s], step[0]), as csimd_random.h defines it.
///
/// A unit is HR_RANDOM_LANES lanes of one key: hr_random_units.
typedef struct {
    int distribution;
    uint32_t stream;
    long seed_count;
    long lanes;              ///< Elements for each key, below 2^32.
    const int32_t *seeds;
    const int32_t *substreams; ///< One for each key; NULL for 0 everywhere.
    const int32_t *step;     ///< A single number, not negative.
    const int32_t *bounds;   ///< For integers: one for each key; 0 or less gives 0.
    void *output;            ///< float, or int32_t for integers.
} hr_random;

enum { HR_RANDOM_LANES = 4096 };

static inline long hr_random_units(const hr_random *p) {
    return p->seed_count * ((p->lanes + HR_RANDOM_LANES - 1) / HR_RANDOM_LANES);
}

/// Rows of tables [table_rows, width], one table for each replica, picked by indices [replicas, count]; elements of 4 bytes.
///
/// gather       rows[r, i] = table[r, clamp(index[r, i])]                    unit: one row
/// scatter_add  table[r] = 0; table[r, clamp(index[r, i])] += rows[r, i], i ascending          unit: one replica
/// assign_rows  table[r, index[r, i]] = rows[r, i], i ascending; indices outside are skipped    unit: one replica
typedef struct {
    long replicas, count, table_rows, width;
    const int32_t *indices;       ///< [replicas, count], contiguous.
    float *table;
    long table_replica, table_row; ///< Strides of the table, in elements; the width is contiguous.
    float *rows;
    long rows_replica, rows_row;   ///< Strides of the rows, in elements.
} hr_rows;
