/*
 * Depthwise convolution of some outputs of a row, vectorised over channels: a channels-last image has them side by
 * side.
 *
 * A register tile is a few outputs of one vector of channels. Where windows overlap as they do in networks, a row's
 * inputs pass through it from left to right, each loaded once and multiplied by all taps that meet it. Every sum is one
 * chain of multiply-adds in the order of the kernel's taps, whatever the tile, so that no result depends on it.
 */
#ifndef CONVOY_DEPTHWISE_KERNEL_H
#define CONVOY_DEPTHWISE_KERNEL_H

#include "activation/activation_kernel.h"
#include "depthwise/depthwise_job.h"
#include "isa/vector.h"

/* Outputs of the largest tile: with a row of the kernel's taps, what 16 registers hold. */
enum { DEPTHWISE_PIXELS = 8, DEPTHWISE_TAPS = 5 };

/* Where a tile begins, and the vector of channels it is of: count < LANES where the channels end in its middle. */
typedef struct depthwise_tile {
    const float *x, *weights;
    ptrdiff_t channel, pixel, count;
} depthwise_tile;

ALWAYS_INLINE vec load_channels(const float *p, ptrdiff_t count, const int is_whole) {
    return is_whole ? load(p) : load_partial(p, count);
}

ALWAYS_INLINE void finish_outputs(const convoy_depthwise_job *job, depthwise_tile tile, const vec *sums,
                                  const int pixels, const int is_whole) {
    const vec bias = job->bias != NULL ? load_channels(job->bias + tile.channel, tile.count, is_whole) : (vec){0};
    float *y = job->y + tile.pixel * job->channels + tile.channel;
    UNROLL
    for (int p = 0; p < pixels; p++, y += job->channels) {
        const vec sum = apply_in_tile(job->activation.kind, sums[p] + bias);
        if (is_whole) {
            store(y, sum);
        } else {
            store_partial(y, sum, tile.count);
        }
    }
}

/* Any window, tap by tap. */
ALWAYS_INLINE void convolve_any(const convoy_depthwise_job *job, depthwise_tile tile, const int pixels,
                                const int is_whole) {
    vec sums[DEPTHWISE_PIXELS];
    UNROLL
    for (int p = 0; p < pixels; p++) {
        sums[p] = (vec){0};
    }
    for (ptrdiff_t row = 0; row < job->rows; row++) {
        for (ptrdiff_t tap = 0; tap < job->taps; tap++) {
            const vec weight = load(tile.weights + row * job->weight_row + tap * LANES);
            const float *x = tile.x + row * job->row_stride + tap * job->tap_stride;
            UNROLL
            for (int p = 0; p < pixels; p++, x += job->pixel_stride) {
                sums[p] += load_channels(x, tile.count, is_whole) * weight;
            }
        }
    }
    finish_outputs(job, tile, sums, pixels, is_whole);
}

/* Windows of so many taps, each so many taps behind the one before. */
ALWAYS_INLINE void convolve_sliding(const convoy_depthwise_job *job, depthwise_tile tile, const int taps,
                                    const int stride, const int pixels, const int is_whole) {
    vec sums[DEPTHWISE_PIXELS];
    UNROLL
    for (int p = 0; p < pixels; p++) {
        sums[p] = (vec){0};
    }
    for (ptrdiff_t row = 0; row < job->rows; row++) {
        vec weights[DEPTHWISE_TAPS];
        UNROLL
        for (int tap = 0; tap < taps; tap++) {
            weights[tap] = load(tile.weights + row * job->weight_row + tap * LANES);
        }
        const float *x = tile.x + row * job->row_stride;
        UNROLL_FAR
        for (int i = 0; i < (pixels - 1) * stride + taps; i++, x += job->tap_stride) {
            const vec input = load_channels(x, tile.count, is_whole);
            UNROLL
            for (int tap = 0; tap < taps; tap++) {
                if (i >= tap && (i - tap) % stride == 0 && (i - tap) / stride < pixels) {
                    sums[(i - tap) / stride] += input * weights[tap];
                }
            }
        }
    }
    finish_outputs(job, tile, sums, pixels, is_whole);
}

ALWAYS_INLINE void convolve(const convoy_depthwise_job *job, depthwise_tile tile, const int taps, const int stride,
                            const int pixels, const int is_whole) {
    if (taps == 0) {
        convolve_any(job, tile, pixels, is_whole);
    } else {
        convolve_sliding(job, tile, taps, stride, pixels, is_whole);
    }
}

/* A tile of all channels, one vector after the other. taps: 0 for any window. */
ALWAYS_INLINE void convolve_tile(const convoy_depthwise_job *job, ptrdiff_t pixel, const int taps, const int stride,
                                 const int pixels) {
    depthwise_tile tile = {
        .x = job->x + pixel * job->pixel_stride,
        .weights = job->weights,
        .pixel = pixel,
        .count = LANES,
    };
    for (; tile.channel + LANES <= job->channels; tile.channel += LANES) {
        convolve(job, tile, taps, stride, pixels, 1);
        tile.x += LANES;
        tile.weights += job->weight_vector;
    }
    if (tile.channel < job->channels) {
        tile.count = job->channels - tile.channel;
        convolve(job, tile, taps, stride, pixels, 0);
    }
}

typedef void depthwise_function(const convoy_depthwise_job *job, ptrdiff_t pixel);

#define DEFINE_DEPTHWISE_TILE(taps, stride, pixels)                                                                    \
    static void depthwise_##taps##_##stride##_##pixels(const convoy_depthwise_job *job, ptrdiff_t pixel) {             \
        convolve_tile(job, pixel, taps, stride, pixels);                                                               \
    }

#define DEFINE_DEPTHWISE_TILES(taps, stride)                                                                           \
    DEFINE_DEPTHWISE_TILE(taps, stride, 1)                                                                             \
    DEFINE_DEPTHWISE_TILE(taps, stride, 2)                                                                             \
    DEFINE_DEPTHWISE_TILE(taps, stride, 4)                                                                             \
    DEFINE_DEPTHWISE_TILE(taps, stride, 8)

/* By the logarithm of their outputs. */
#define DEPTHWISE_TILES(taps, stride)                                                                                  \
    {                                                                                                                  \
        depthwise_##taps##_##stride##_1, depthwise_##taps##_##stride##_2, depthwise_##taps##_##stride##_4,             \
            depthwise_##taps##_##stride##_8                                                                            \
    }

enum { DEPTHWISE_SIZES = 4 };

/* The windows that networks have, and last any. */
#define DEPTHWISE_WINDOWS(X) X(3, 1) X(3, 2) X(5, 1) X(5, 2) X(0, 0)

DEPTHWISE_WINDOWS(DEFINE_DEPTHWISE_TILES)

#define DEPTHWISE_ROW(taps, stride) {taps, stride, DEPTHWISE_TILES(taps, stride)},

static const struct depthwise_window {
    ptrdiff_t taps, stride;
    depthwise_function *tiles[DEPTHWISE_SIZES];
} depthwise_windows[] = {DEPTHWISE_WINDOWS(DEPTHWISE_ROW)};

static const struct depthwise_window *depthwise_window_of(const convoy_depthwise_job *job) {
    const struct depthwise_window *window = depthwise_windows;
    while (window->taps != 0 && (window->taps != job->taps || window->stride * job->tap_stride != job->pixel_stride)) {
        window++;
    }
    return window;
}

/* Tiles of the largest size, then one of each smaller that is still needed. */
static void depthwise(const convoy_depthwise_job *job) {
    const struct depthwise_window *window = depthwise_window_of(job);
    ptrdiff_t pixel = 0;
    for (int size = DEPTHWISE_SIZES - 1; pixel < job->pixels; size--) {
        for (; job->pixels - pixel >= (ptrdiff_t)1 << size; pixel += (ptrdiff_t)1 << size) {
            window->tiles[size](job, pixel);
        }
    }
    const convoy_activation_job activation = {
        .x = job->y,
        .y = job->y,
        .rows = job->pixels,
        .row_stride = job->channels,
        .count = job->channels,
        .activation = job->activation,
        .slopes = job->slopes,
    };
    activate_stored(&activation);
}

#endif
