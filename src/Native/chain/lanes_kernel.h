/* From images one after the other to images in the lanes of vectors, or from rows to rows. */
#ifndef CONVOY_LANES_KERNEL_H
#define CONVOY_LANES_KERNEL_H

#include "isa/vector.h"

/* Interleaves the first halves of a and b, or their second halves. */
#if defined(__clang__)
#define INTERLEAVE(a, b, indices) __builtin_shufflevector(a, b, indices)
#else
#define INTERLEAVE(a, b, indices) __builtin_shuffle(a, b, (vec_mask){indices})
#endif
#if LANES == 16
#define LOW  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW  0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define LOW  0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif

/* Row i, lane j becomes row j, lane i: one perfect shuffle of all elements for each bit of a lane's number. */
ALWAYS_INLINE void transpose(vec rows[LANES]) {
    UNROLL
    for (int stage = 1; stage < LANES; stage *= 2) {
        vec shuffled[LANES];
        UNROLL
        for (int i = 0; i < LANES / 2; i++) {
            shuffled[2 * i] = INTERLEAVE(rows[i], rows[i + LANES / 2], LOW);
            shuffled[2 * i + 1] = INTERLEAVE(rows[i], rows[i + LANES / 2], HIGH);
        }
        UNROLL
        for (int i = 0; i < LANES; i++) {
            rows[i] = shuffled[i];
        }
    }
}

/* y[i * stride + lane] = x[lane][i] */
static void images_to_lanes(const float *const *x, float *y, ptrdiff_t stride, ptrdiff_t count) {
    vec rows[LANES];
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        UNROLL
        for (int lane = 0; lane < LANES; lane++) {
            rows[lane] = load(x[lane] + i);
        }
        transpose(rows);
        UNROLL
        for (int lane = 0; lane < LANES; lane++) {
            store(y + (i + lane) * stride, rows[lane]);
        }
    }
    for (; i < count; i++) {
        for (ptrdiff_t lane = 0; lane < LANES; lane++) {
            y[i * stride + lane] = x[lane][i];
        }
    }
}

#endif
