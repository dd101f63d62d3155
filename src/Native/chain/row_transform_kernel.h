/*
 * The input and output transforms of a chain's Winograd convolution, along rows only: of one row at a time, whatever
 * lies in a pixel (images in the lanes or channels), so that an image's bits do not show which it was.
 */
#ifndef CONVOY_ROW_TRANSFORM_KERNEL_H
#define CONVOY_ROW_TRANSFORM_KERNEL_H

#include "chain/chain_job.h"
#include "winograd/winograd_kernel.h"

#include <assert.h>

ALWAYS_INLINE vec load_some(const float *x, ptrdiff_t count) {
    return count >= LANES ? load(x) : load_partial(x, count);
}

ALWAYS_INLINE void store_some(float *y, vec v, ptrdiff_t count) {
    if (count >= LANES) {
        store(y, v);
    } else {
        store_partial(y, v, count);
    }
}

/* Where a tile's outputs, and its inputs, begin: the last tile ends where the row does. */
ALWAYS_INLINE ptrdiff_t begin_of(const convoy_row_transform_job *job, ptrdiff_t tile) {
    const ptrdiff_t begin = tile * job->outputs;
    const ptrdiff_t last = job->width - job->outputs;
    return begin < last ? begin : last;
}

ALWAYS_INLINE void row_input_transform_of(const convoy_row_transform_job *job, const convoy_winograd_points *table,
                                          const int pairs, const int has_infinity) {
    for (ptrdiff_t tile = 0; tile < job->tiles; tile++) {
        const float *x = job->x + begin_of(job, tile) * job->pixel;
        float *y = job->y + tile * job->tile;
        for (ptrdiff_t i = 0; i < job->pixel; i += LANES) {
            vec inputs[WINOGRAD_MOST_POINTS];
            vec values[WINOGRAD_MOST_POINTS];
            UNROLL
            for (int p = 0; p < 2 * pairs + has_infinity; p++) {
                inputs[p] = load_some(x + p * job->pixel + i, job->pixel - i);
            }
            input_transform_line(table, pairs, has_infinity, inputs, values);
            UNROLL
            for (int p = 0; p < 2 * pairs + has_infinity; p++) {
                store_some(y + p * job->point + i, values[p], job->pixel - i);
            }
        }
    }
}

ALWAYS_INLINE void row_output_transform_of(const convoy_row_transform_job *job, const convoy_winograd_points *table,
                                           const int pairs, const int has_infinity, const int count) {
    for (ptrdiff_t tile = 0; tile < job->tiles; tile++) {
        const float *x = job->x + tile * job->tile;
        float *y = job->y + begin_of(job, tile) * job->pixel;
        for (ptrdiff_t i = 0; i < job->pixel; i += LANES) {
            vec results[WINOGRAD_MOST_POINTS];
            vec outputs[WINOGRAD_MOST_OUTPUTS + 1] = {{0}};
            UNROLL
            for (int p = 0; p < 2 * pairs + has_infinity; p++) {
                results[p] = load_some(x + p * job->point + i, job->pixel - i);
            }
            output_transform_line(table, pairs, has_infinity, results, count, outputs);
            const vec bias = load_some(job->bias + i, job->pixel - i);
            UNROLL
            for (int k = 0; k < count; k++) {
                store_some(y + k * job->pixel + i, outputs[k] + bias, job->pixel - i);
            }
        }
    }
}

#define DEFINE_ROWS(pairs, points, has_infinity)                                                                       \
    static void row_input_transform_of_##points(const convoy_row_transform_job *job) {                                 \
        row_input_transform_of(job, &winograd_points_##pairs, pairs, has_infinity);                                    \
    }                                                                                                                  \
    static void row_output_transform_of_##points(const convoy_row_transform_job *job) {                                \
        if (job->outputs == (points)-4) {                                                                              \
            row_output_transform_of(job, &winograd_points_##pairs, pairs, has_infinity, (points)-4);                   \
        } else if (job->outputs == (points)-2) {                                                                       \
            row_output_transform_of(job, &winograd_points_##pairs, pairs, has_infinity, (points)-2);                   \
        } else {                                                                                                       \
            row_output_transform_of(job, &winograd_points_##pairs, pairs, has_infinity, (int)job->outputs);            \
        }                                                                                                              \
    }

DEFINE_ROWS(2, 4, 0)
DEFINE_ROWS(2, 5, 1)
DEFINE_ROWS(3, 6, 0)
DEFINE_ROWS(3, 7, 1)
DEFINE_ROWS(4, 8, 0)
DEFINE_ROWS(4, 9, 1)

/* With infinity, and without. */
enum { NUMBERS_OF_POINTS = 2 * (WINOGRAD_MOST_PAIRS - WINOGRAD_FEWEST_PAIRS + 1) };

typedef void row_function(const convoy_row_transform_job *job);

#define DEFINE_ROW_TRANSFORM(way)                                                                                      \
    static void row_##way##_transform(const convoy_row_transform_job *job) {                                           \
        static row_function *const functions[] = {row_##way##_transform_of_4, row_##way##_transform_of_5,              \
                                                  row_##way##_transform_of_6, row_##way##_transform_of_7,              \
                                                  row_##way##_transform_of_8, row_##way##_transform_of_9};             \
        static_assert(sizeof functions / sizeof functions[0] == NUMBERS_OF_POINTS, "a number of points without one");  \
        functions[job->points - 2 * WINOGRAD_FEWEST_PAIRS](job);                                                       \
    }

DEFINE_ROW_TRANSFORM(input)
DEFINE_ROW_TRANSFORM(output)

#endif
