/*
 * A Winograd convolution along rows with the tiles of several rows in the lanes (chain_lane_tiles.c): its input, taken
 * apart and evaluated at the points, and a few channels of it at a time. Every element is made by the same operations in
 * the same order as where images or channels lie in the lanes (chain.h, chain_tiles.h).
 */
#include "kernels.h"
#include "winograd.h"

/* Channels whose weights at a point stay in registers, of windows of so many rows, where rows are pooled by twos. Hardly
 * any other first convolution of one channel gains by tiles. */
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

/* Products of some channels at a point. The weights stay in registers for the whole of a plane, and each row of the
 * input for all windows it is in. */
ALWAYS_INLINE void convolve_point(const convoy_lanes_job *job, const float *x, const float *w, float *y) {
    vec weights[LANE_CHANNELS][LANE_SEGMENTS];
    UNROLL
    for (int c = 0; c < LANE_CHANNELS; c++) {
        UNROLL
        for (int s = 0; s < LANE_SEGMENTS; s++) {
            weights[c][s] = splat(w[s * job->weight_stride + c]);
        }
    }
    const ptrdiff_t phase_floats = job->points * job->plane;
    for (ptrdiff_t i = 0; i < job->count; i += LANES) {
        vec rows[LANE_SEGMENTS + LANE_PHASES - 1];
        UNROLL
        for (int r = 0; r < LANE_SEGMENTS + LANE_PHASES - 1; r++) {
            rows[r] = load(x + r % LANE_PHASES * phase_floats + r / LANE_PHASES * job->pitch + i);
        }
        UNROLL
        for (int c = 0; c < LANE_CHANNELS; c++) {
            UNROLL
            for (int phase = 0; phase < LANE_PHASES; phase++) {
                vec sum = {0};
                UNROLL
                for (int s = 0; s < LANE_SEGMENTS; s++) {
                    sum += weights[c][s] * rows[phase + s];
                }
                store(y + (c * LANE_PHASES + phase) * job->count + i, sum);
            }
        }
    }
}

/* One channel's, of any window and pooling. */
static void convolve_any_point(const convoy_lanes_job *job, const float *x, const float *w, float *y) {
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

ALWAYS_INLINE void convolve_planes(const convoy_lanes_job *job, const convoy_winograd_points *table, const int pairs,
                                   const int has_infinity, const int outputs) {
    const int points = 2 * pairs + has_infinity;
    const ptrdiff_t channel_floats = job->phases * job->count;
    const ptrdiff_t point_floats = job->channels * channel_floats;
    for (int p = 0; p < points; p++) {
        const float *w = job->weights + p * job->segments * job->weight_stride;
        const float *x = job->x + p * job->plane;
        float *y = job->products + p * point_floats;
        ptrdiff_t channel = 0;
        if (job->segments == LANE_SEGMENTS && job->phases == LANE_PHASES) {
            for (; channel + LANE_CHANNELS <= job->channels; channel += LANE_CHANNELS) {
                convolve_point(job, x, w + channel, y + channel * channel_floats);
            }
        }
        for (; channel < job->channels; channel++) {
            convolve_any_point(job, x, w + channel, y + channel * channel_floats);
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
