/* Pooling of one window, vectorised over channels: a channels-last image has them side by side. */
#ifndef CONVOY_POOL_KERNEL_H
#define CONVOY_POOL_KERNEL_H

#include "isa/vector.h"
#include "passes/pool_job.h"

/* Vectors of channels reduced together, so that several chains of additions are under way at once. */
enum { POOL_VECTORS = 4 };

ALWAYS_INLINE vec combine(vec so_far, vec x, const int is_max) {
    return is_max ? maximum(so_far, x) : so_far + x;
}

/* A quarter is as exact as a division by four, and takes a tenth of the time; other divisors have no such factor. */
ALWAYS_INLINE vec divide(vec sum, float divisor) {
    uint32_t bits;
    memcpy(&bits, &divisor, sizeof bits);
    const int is_power_of_two = (bits & 0x7fffff) == 0;
    return is_power_of_two ? sum * (1.0f / divisor) : sum / divisor;
}

ALWAYS_INLINE void pool_vectors(const convoy_pool_window *window, ptrdiff_t channel, const int vectors,
                                const int is_max) {
    vec results[POOL_VECTORS];
    UNROLL
    for (int v = 0; v < vectors; v++) {
        results[v] = splat(is_max ? -__builtin_inff() : 0.0f);
    }
    for (ptrdiff_t row = 0; row < window->rows; row++) {
        const float *x = window->x + row * window->row_stride + channel;
        for (ptrdiff_t column = 0; column < window->columns; column++, x += window->column_stride) {
            UNROLL
            for (int v = 0; v < vectors; v++) {
                results[v] = combine(results[v], load(x + v * LANES), is_max);
            }
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        store(window->y + channel + v * LANES, is_max ? results[v] : divide(results[v], window->divisor));
    }
}

ALWAYS_INLINE void pool_rest(const convoy_pool_window *window, ptrdiff_t channel, const int is_max) {
    const ptrdiff_t count = window->channels - channel;
    vec result = splat(is_max ? -__builtin_inff() : 0.0f);
    for (ptrdiff_t row = 0; row < window->rows; row++) {
        const float *x = window->x + row * window->row_stride + channel;
        for (ptrdiff_t column = 0; column < window->columns; column++, x += window->column_stride) {
            result = combine(result, load_partial(x, count), is_max);
        }
    }
    store_partial(window->y + channel, is_max ? result : divide(result, window->divisor), count);
}

ALWAYS_INLINE void pool(const convoy_pool_window *window, const int is_max) {
    ptrdiff_t channel = 0;
    for (; channel + POOL_VECTORS * LANES <= window->channels; channel += POOL_VECTORS * LANES) {
        pool_vectors(window, channel, POOL_VECTORS, is_max);
    }
    for (; channel + 2 * LANES <= window->channels; channel += 2 * LANES) {
        pool_vectors(window, channel, 2, is_max);
    }
    if (channel + LANES <= window->channels) {
        pool_vectors(window, channel, 1, is_max);
        channel += LANES;
    }
    if (channel < window->channels) {
        pool_rest(window, channel, is_max);
    }
}

static void pool_max(const convoy_pool_window *window) {
    pool(window, 1);
}

static void pool_average(const convoy_pool_window *window) {
    pool(window, 0);
}

#endif
