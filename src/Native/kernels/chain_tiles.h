/*
 * The transforms of a chain's Winograd convolution, along rows only: of one row at a time, whatever lies in a pixel
 * (images in the lanes or channels), so that an image's bits do not tell which it was.
 */
#include "kernels.h"
#include "winograd.h"

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
ALWAYS_INLINE ptrdiff_t begin_of(const convoy_tiles_job *job, ptrdiff_t tile) {
    const ptrdiff_t begin = tile * job->outputs;
    const ptrdiff_t last = job->width - job->outputs;
    return begin < last ? begin : last;
}

ALWAYS_INLINE void evaluate_row(const convoy_tiles_job *job, const convoy_winograd_points *table, const int pairs,
                                const int has_infinity) {
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
            evaluate(table, pairs, has_infinity, inputs, values);
            UNROLL
            for (int p = 0; p < 2 * pairs + has_infinity; p++) {
                store_some(y + p * job->point + i, values[p], job->pixel - i);
            }
        }
    }
}

ALWAYS_INLINE void interpolate_row(const convoy_tiles_job *job, const convoy_winograd_points *table, const int pairs,
                                   const int has_infinity, const int count) {
    for (ptrdiff_t tile = 0; tile < job->tiles; tile++) {
        const float *x = job->x + tile * job->tile;
        float *y = job->y + begin_of(job, tile) * job->pixel;
        for (ptrdiff_t i = 0; i < job->pixel; i += LANES) {
            vec products[WINOGRAD_MOST_POINTS];
            vec outputs[WINOGRAD_MOST_OUTPUTS + 1] = {{0}};
            UNROLL
            for (int p = 0; p < 2 * pairs + has_infinity; p++) {
                products[p] = load_some(x + p * job->point + i, job->pixel - i);
            }
            interpolate_line(table, pairs, has_infinity, products, count, outputs);
            const vec bias = load_some(job->bias + i, job->pixel - i);
            UNROLL
            for (int k = 0; k < count; k++) {
                store_some(y + k * job->pixel + i, outputs[k] + bias, job->pixel - i);
            }
        }
    }
}

#define DEFINE_ROWS(pairs, points, has_infinity)                                                                       \
    static void evaluate_row_##points(const convoy_tiles_job *job) {                                                   \
        evaluate_row(job, &winograd_points_##pairs, pairs, has_infinity);                                              \
    }                                                                                                                  \
    static void interpolate_row_##points(const convoy_tiles_job *job) {                                                \
        if (job->outputs == (points)-4) {                                                                              \
            interpolate_row(job, &winograd_points_##pairs, pairs, has_infinity, (points)-4);                           \
        } else if (job->outputs == (points)-2) {                                                                       \
            interpolate_row(job, &winograd_points_##pairs, pairs, has_infinity, (points)-2);                           \
        } else {                                                                                                       \
            interpolate_row(job, &winograd_points_##pairs, pairs, has_infinity, (int)job->outputs);                    \
        }                                                                                                              \
    }

DEFINE_ROWS(2, 4, 0)
DEFINE_ROWS(2, 5, 1)
DEFINE_ROWS(3, 6, 0)
DEFINE_ROWS(3, 7, 1)
DEFINE_ROWS(4, 8, 0)
DEFINE_ROWS(4, 9, 1)

typedef void row_function(const convoy_tiles_job *job);

static void evaluate_tiles(const convoy_tiles_job *job) {
    static row_function *const functions[] = {evaluate_row_4, evaluate_row_5, evaluate_row_6,
                                              evaluate_row_7, evaluate_row_8, evaluate_row_9};
    functions[job->points - 2 * WINOGRAD_FEWEST_PAIRS](job);
}

static void interpolate_tiles(const convoy_tiles_job *job) {
    static row_function *const functions[] = {interpolate_row_4, interpolate_row_5, interpolate_row_6,
                                              interpolate_row_7, interpolate_row_8, interpolate_row_9};
    functions[job->points - 2 * WINOGRAD_FEWEST_PAIRS](job);
}
