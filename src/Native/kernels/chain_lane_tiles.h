/*
 * A Winograd convolution along rows with the tiles of several rows in the lanes (chain_lane_tiles.c): its input, taken
 * apart and evaluated at the points, and a few channels of it at a time. Every element is made by the same operations in
 * the same order as where images or channels lie in the lanes (chain.h, chain_tiles.h).
 */
#include "kernels.h"
#include "winograd.h"

/* Channels whose weights at a point stay in registers, and the rows of windows, and of phases, for which they do. */
enum { LANE_CHANNELS = TILE_ROWS == 8 ? 2 : 1, LANE_SEGMENTS = 5, LANE_PHASES = 2 };

ALWAYS_INLINE void split_phases(const float *restrict x, float *restrict y, const ptrdiff_t phases, ptrdiff_t plane,
                                ptrdiff_t count) {
    for (ptrdiff_t phase = 0; phase < phases; phase++) {
        for (ptrdiff_t i = 0; i < count; i++) {
            y[phase * plane + i] = x[i * phases + phase];
        }
    }
}

static void split_lanes(const float *x, float *y, ptrdiff_t phases, ptrdiff_t plane, ptrdiff_t count) {
    if (phases == 4) {
        split_phases(x, y, 4, plane, count);
    } else {
        split_phases(x, y, phases, plane, count);
    }
}

ALWAYS_INLINE void evaluate_planes(const convoy_lanes_input *job, const convoy_winograd_points *table, const int pairs,
                                   const int has_infinity) {
    const float *x[WINOGRAD_MOST_POINTS];
    UNROLL
    for (int p = 0; p < 2 * pairs + has_infinity; p++) {
        x[p] = job->x + p % job->outputs * job->plane + p / job->outputs;
    }
    for (ptrdiff_t i = 0; i < job->plane; i += LANES) {
        vec inputs[WINOGRAD_MOST_POINTS];
        vec values[WINOGRAD_MOST_POINTS];
        UNROLL
        for (int p = 0; p < 2 * pairs + has_infinity; p++) {
            inputs[p] = load(x[p] + i);
        }
        evaluate(table, pairs, has_infinity, inputs, values);
        UNROLL
        for (int p = 0; p < 2 * pairs + has_infinity; p++) {
            store(job->y + p * job->plane + i, values[p]);
        }
    }
}

/* Products at a point. What is constant where this is inlined stays in registers: the weights for the whole of a plane,
 * and each row of the input for all windows it is in. */
ALWAYS_INLINE void convolve_point(const convoy_lanes_job *job, const float *x, const float *w, float *y,
                                  const int channels, const int phases, const int segments) {
    vec weights[LANE_CHANNELS][LANE_SEGMENTS];
    UNROLL
    for (int c = 0; c < channels; c++) {
        UNROLL
        for (int s = 0; s < segments; s++) {
            weights[c][s] = splat(w[s * job->weight_stride + c]);
        }
    }
    const ptrdiff_t phase_floats = job->points * job->plane;
    for (ptrdiff_t i = 0; i < job->count; i += LANES) {
        vec rows[LANE_SEGMENTS + LANE_PHASES - 1];
        UNROLL
        for (int r = 0; r < segments + phases - 1; r++) {
            rows[r] = load(x + r % phases * phase_floats + r / phases * job->pitch + i);
        }
        UNROLL
        for (int c = 0; c < channels; c++) {
            UNROLL
            for (int phase = 0; phase < phases; phase++) {
                vec sum = {0};
                UNROLL
                for (int s = 0; s < segments; s++) {
                    sum += weights[c][s] * rows[phase + s];
                }
                store(y + (c * phases + phase) * job->count + i, sum);
            }
        }
    }
}

/* The same for any window and pooling. */
static void convolve_point_slowly(const convoy_lanes_job *job, const float *x, const float *w, float *y) {
    const ptrdiff_t phase_floats = job->points * job->plane;
    for (int32_t phase = 0; phase < job->phases; phase++) {
        for (ptrdiff_t i = 0; i < job->count; i += LANES, y += LANES) {
            vec sum = {0};
            for (int32_t s = 0; s < job->segments; s++) {
                const int32_t row = phase + s;
                sum += w[s * job->weight_stride] *
                       load(x + row % job->phases * phase_floats + row / job->phases * job->pitch + i);
            }
            store(y, sum);
        }
    }
}

/* Some channels at a point; answers how many. */
ALWAYS_INLINE int convolve_some(const convoy_lanes_job *job, const float *x, const float *w, float *y, ptrdiff_t left) {
    const int channels = left < LANE_CHANNELS ? 1 : LANE_CHANNELS;
    if (job->segments == 5 && job->phases == 2 && channels == LANE_CHANNELS) {
        convolve_point(job, x, w, y, LANE_CHANNELS, 2, 5);
    } else if (job->segments == 3 && job->phases == 2 && channels == LANE_CHANNELS) {
        convolve_point(job, x, w, y, LANE_CHANNELS, 2, 3);
    } else {
        convolve_point_slowly(job, x, w, y);
        return 1;
    }
    return channels;
}

ALWAYS_INLINE void convolve_planes(const convoy_lanes_job *job, const convoy_winograd_points *table, const int pairs,
                                   const int has_infinity, const int outputs) {
    const int points = 2 * pairs + has_infinity;
    const ptrdiff_t channel_floats = job->phases * job->count;
    const ptrdiff_t point_floats = job->channels * channel_floats;
    for (int p = 0; p < points; p++) {
        const float *w = job->weights + p * job->segments * job->weight_stride;
        for (ptrdiff_t c = 0; c < job->channels;) {
            c += convolve_some(job, job->x + p * job->plane, w + c,
                               job->products + p * point_floats + c * channel_floats, job->channels - c);
        }
    }
    for (ptrdiff_t c = 0; c < job->channels; c++) {
        const vec bias = splat(job->bias != NULL ? job->bias[c] : 0.0f);
        for (int32_t phase = 0; phase < job->phases; phase++) {
            const float *x = job->products + c * channel_floats + phase * job->count;
            float *y = job->y + (c * job->phases + phase) * outputs * job->count;
            for (ptrdiff_t i = 0; i < job->count; i += LANES) {
                vec products[WINOGRAD_MOST_POINTS];
                vec results[WINOGRAD_MOST_OUTPUTS + 1];
                UNROLL
                for (int p = 0; p < points; p++) {
                    products[p] = load(x + p * point_floats + i);
                }
                interpolate_line(table, pairs, has_infinity, products, outputs, results);
                UNROLL
                for (int k = 0; k < outputs; k++) {
                    store(y + k * job->count + i, results[k] + bias);
                }
            }
        }
    }
}

#define DEFINE_LANES(pairs, points, has_infinity)                                                                      \
    static void evaluate_lanes_##points(const convoy_lanes_input *input) {                                             \
        evaluate_planes(input, &winograd_points_##pairs, pairs, has_infinity);                                         \
    }                                                                                                                  \
    static void convolve_lanes_##points(const convoy_lanes_job *job) {                                                 \
        if (job->outputs == (points)-4) {                                                                              \
            convolve_planes(job, &winograd_points_##pairs, pairs, has_infinity, (points)-4);                           \
        } else {                                                                                                       \
            convolve_planes(job, &winograd_points_##pairs, pairs, has_infinity, (int)job->outputs);                    \
        }                                                                                                              \
    }

DEFINE_LANES(2, 4, 0)
DEFINE_LANES(2, 5, 1)
DEFINE_LANES(3, 6, 0)
DEFINE_LANES(3, 7, 1)
DEFINE_LANES(4, 8, 0)
DEFINE_LANES(4, 9, 1)

static void evaluate_lanes(const convoy_lanes_input *input) {
    static void (*const functions[])(const convoy_lanes_input *) = {
        evaluate_lanes_4, evaluate_lanes_5, evaluate_lanes_6, evaluate_lanes_7, evaluate_lanes_8, evaluate_lanes_9};
    functions[input->points - 2 * WINOGRAD_FEWEST_PAIRS](input);
}

static void convolve_lanes(const convoy_lanes_job *job) {
    static void (*const functions[])(const convoy_lanes_job *) = {convolve_lanes_4, convolve_lanes_5, convolve_lanes_6,
                                                                  convolve_lanes_7, convolve_lanes_8, convolve_lanes_9};
    functions[job->points - 2 * WINOGRAD_FEWEST_PAIRS](job);
}
