/*
 * The input and output transforms of Winograd convolution, one tile at a time, vectorised over channels: from an input
 * tile to its values at the points, and from the results there to an output tile. tools/winograd-points/generate.py has
 * the algebra.
 *
 * Either is a transform of one dimension applied to the tile's columns, then to its rows. The points come in pairs a,
 * -a, whose values are the sum and the difference of the same two halves; infinity, where a tile has it, comes last.
 */
#ifndef CONVOY_WINOGRAD_KERNEL_H
#define CONVOY_WINOGRAD_KERNEL_H

#include "activation/activation_kernel.h"
#include "winograd/winograd_job.h"
#include "winograd/winograd_points.h"

/* d: the inputs, as many as there are points. v: their values at the points. */
ALWAYS_INLINE void input_transform_line(const convoy_winograd_points *table, const int pairs, int has_infinity,
                                        const vec *d, vec *v) {
    UNROLL
    for (int pair = 0; pair < pairs; pair++) {
        vec even = table->even[pair][0] * d[0];
        vec odd = table->odd[pair][0] * d[1];
        UNROLL
        for (int k = 1; k < pairs; k++) {
            even += table->even[pair][k] * d[2 * k];
            odd += table->odd[pair][k] * d[2 * k + 1];
        }
        v[2 * pair] = even + odd;
        v[2 * pair + 1] = even - odd;
    }
    if (has_infinity) {
        vec last = d[2 * pairs];
        UNROLL
        for (int k = 0; k < pairs; k++) {
            last += table->infinity[k] * d[2 * k];
        }
        v[2 * pairs] = last;
    }
}

/* The half an output of even, or odd, place is made of. */
typedef struct halves {
    vec even[WINOGRAD_MOST_PAIRS];
    vec odd[WINOGRAD_MOST_PAIRS];
} halves;

ALWAYS_INLINE halves split(const int pairs, const vec *results) {
    halves result;
    UNROLL
    for (int pair = 0; pair < pairs; pair++) {
        result.even[pair] = results[2 * pair] + results[2 * pair + 1];
        result.odd[pair] = results[2 * pair] - results[2 * pair + 1];
    }
    return result;
}

ALWAYS_INLINE vec weigh_half(const convoy_winograd_points *table, const int pairs, const vec *half, int k) {
    vec sum = table->powers[k][0] * half[0];
    UNROLL
    for (int pair = 1; pair < pairs; pair++) {
        sum += table->powers[k][pair] * half[pair];
    }
    return sum;
}

/* Outputs 0 to count - 1 of one line; the result at infinity, where there is one, belongs to the last. */
ALWAYS_INLINE void output_transform_line(const convoy_winograd_points *table, const int pairs, int has_infinity,
                                         const vec *results, int count, vec *y) {
    const halves half = split(pairs, results);
    for (int k = 0; k < count; k += 2) {
        y[k] = weigh_half(table, pairs, half.even, k);
        y[k + 1] = weigh_half(table, pairs, half.odd, k + 1); /* there is room for one beyond the last */
    }
    if (has_infinity) {
        y[count - 1] += results[2 * pairs];
    }
}

ALWAYS_INLINE void input_vector(const convoy_winograd_input_tile *tile, const convoy_winograd_points *table,
                                const int pairs, const float *const *pixels, ptrdiff_t channel, float *values) {
    const int rows = tile->points_h;
    const int columns = tile->points_w;
    /* Copied, for the compiler must take it that a store may change what tile points to. */
    const ptrdiff_t plane_stride = tile->plane_stride;
    const ptrdiff_t row_stride = tile->planes_w * plane_stride;
    vec half_way[WINOGRAD_MOST_POINTS][WINOGRAD_MOST_POINTS];
    for (int column = 0; column < columns; column++) {
        vec d[WINOGRAD_MOST_POINTS];
        vec v[WINOGRAD_MOST_POINTS];
        UNROLL
        for (int row = 0; row < 2 * pairs; row++) {
            d[row] = load(pixels[row * columns + column] + channel);
        }
        const int has_infinity = rows > 2 * pairs;
        if (has_infinity) {
            d[2 * pairs] = load(pixels[2 * pairs * columns + column] + channel);
        }
        input_transform_line(table, pairs, has_infinity, d, v);
        UNROLL
        for (int row = 0; row < 2 * pairs; row++) {
            half_way[row][column] = v[row];
        }
        if (has_infinity) {
            half_way[2 * pairs][column] = v[2 * pairs];
        }
    }
    for (int row = 0; row < rows; row++) {
        vec v[WINOGRAD_MOST_POINTS];
        const int has_infinity = columns > 2 * pairs;
        input_transform_line(table, pairs, has_infinity, half_way[row], v);
        float *to = values + row * row_stride;
        UNROLL
        for (int column = 0; column < 2 * pairs; column++) {
            store(to + column * plane_stride, v[column]);
        }
        if (has_infinity) {
            store(to + 2 * pairs * plane_stride, v[2 * pairs]);
        }
    }
}

ALWAYS_INLINE void input_tile(const convoy_winograd_input_tile *tile, const convoy_winograd_points *table,
                              const int pairs) {
    ptrdiff_t channel = 0;
    for (; channel + LANES <= tile->channels; channel += LANES) {
        input_vector(tile, table, pairs, tile->pixels, channel, tile->values + channel);
    }
    if (channel < tile->channels) {
        const ptrdiff_t rest = tile->channels - channel;
        float patch[WINOGRAD_MOST_POINTS * WINOGRAD_MOST_POINTS][LANES];
        const float *pixels[WINOGRAD_MOST_POINTS * WINOGRAD_MOST_POINTS];
        for (int i = 0; i < tile->points_h * tile->points_w; i++) {
            store(patch[i], load_partial(tile->pixels[i] + channel, rest));
            pixels[i] = patch[i];
        }
        input_vector(tile, table, pairs, pixels, 0, tile->values + channel);
    }
}

/* Pixels lie too far apart for the processor to foresee them: fetched while the columns are transformed. */
ALWAYS_INLINE void prefetch_residual(const convoy_winograd_output_tile *tile, ptrdiff_t channel) {
    for (int row = 0; row < tile->rows; row++) {
        const float *from = tile->residual + row * tile->row_stride + channel;
        for (int column = 0; column < tile->columns; column++) {
            __builtin_prefetch(from + column * tile->pixel_stride);
        }
    }
}

ALWAYS_INLINE void output_vector(const convoy_winograd_output_tile *tile, const convoy_winograd_points *table,
                                 const int pairs, ptrdiff_t channel, const int has_residual) {
    const int columns = tile->points_w;
    const ptrdiff_t count = tile->channels - channel;
    if (has_residual) {
        prefetch_residual(tile, channel);
    }
    const float *results = tile->results + channel;
    vec half_way[WINOGRAD_MOST_OUTPUTS][WINOGRAD_MOST_POINTS];
    for (int column = 0; column < columns; column++) {
        vec x[WINOGRAD_MOST_POINTS];
        vec y[WINOGRAD_MOST_OUTPUTS];
        const int has_infinity = tile->points_h > 2 * pairs;
        UNROLL
        for (int row = 0; row < 2 * pairs; row++) {
            x[row] = load(results + (row * tile->planes_w + column) * tile->plane_stride);
        }
        if (has_infinity) {
            x[2 * pairs] = load(results + (2 * pairs * tile->planes_w + column) * tile->plane_stride);
        }
        output_transform_line(table, pairs, has_infinity, x, tile->outputs_h, y);
        for (int row = 0; row < tile->rows; row++) {
            half_way[row][column] = y[row];
        }
    }
    vec bias = {0};
    if (tile->bias != NULL) {
        bias = count >= LANES ? load(tile->bias + channel) : load_partial(tile->bias + channel, count);
    }
    for (int row = 0; row < tile->rows; row++) {
        vec y[WINOGRAD_MOST_OUTPUTS];
        output_transform_line(table, pairs, columns > 2 * pairs, half_way[row], tile->outputs_w, y);
        float *to = tile->y + row * tile->row_stride + channel;
        const float *residual = has_residual ? tile->residual + row * tile->row_stride + channel : NULL;
        for (int column = 0; column < tile->columns; column++, to += tile->pixel_stride) {
            vec sum = y[column] + bias;
            if (has_residual) {
                sum += count >= LANES ? load(residual) : load_partial(residual, count);
                residual += tile->pixel_stride;
            }
            sum = apply_in_tile(tile->activation.kind, sum);
            if (count >= LANES) {
                store(to, sum);
            } else {
                store_partial(to, sum, count);
            }
        }
    }
}

ALWAYS_INLINE void output_tile(const convoy_winograd_output_tile *tile, const convoy_winograd_points *table,
                               const int pairs, const int has_residual) {
    for (ptrdiff_t channel = 0; channel < tile->channels; channel += LANES) {
        output_vector(tile, table, pairs, channel, has_residual);
    }
}

/* A function for each number of pairs, with a residual and without: chosen within the loops, it would cost those
 * without. */
#define DEFINE_OUTPUT_TILE(pairs)                                                                                      \
    static void output_tile_##pairs(const convoy_winograd_output_tile *tile) {                                         \
        output_tile(tile, &winograd_points_##pairs, pairs, 0);                                                         \
    }                                                                                                                  \
    static void output_tile_##pairs##_with_residual(const convoy_winograd_output_tile *tile) {                         \
        output_tile(tile, &winograd_points_##pairs, pairs, 1);                                                         \
    }

DEFINE_OUTPUT_TILE(2)
DEFINE_OUTPUT_TILE(3)
DEFINE_OUTPUT_TILE(4)

static void activate_tile(const convoy_winograd_output_tile *tile) {
    for (int row = 0; row < tile->rows; row++) {
        float *y = tile->y + row * tile->row_stride;
        const convoy_activation_job activation = {
            .x = y,
            .y = y,
            .rows = tile->columns,
            .row_stride = tile->pixel_stride,
            .count = tile->channels,
            .activation = tile->activation,
            .slopes = tile->slopes,
        };
        activate_stored(&activation);
    }
}

static void winograd_input_transform(const convoy_winograd_input_tile *tile) {
    switch (tile->pairs) {
    case 2:
        input_tile(tile, &winograd_points_2, 2);
        break;
    case 3:
        input_tile(tile, &winograd_points_3, 3);
        break;
    case 4:
        input_tile(tile, &winograd_points_4, 4);
        break;
    default:
        UNREACHABLE;
    }
}

static void winograd_output_transform(const convoy_winograd_output_tile *tile) {
    static void (*const functions[WINOGRAD_MOST_PAIRS + 1][2])(const convoy_winograd_output_tile *) = {
        [2] = {output_tile_2, output_tile_2_with_residual},
        [3] = {output_tile_3, output_tile_3_with_residual},
        [4] = {output_tile_4, output_tile_4_with_residual},
    };
    functions[tile->pairs][tile->residual != NULL](tile);
    activate_tile(tile);
}

#endif
