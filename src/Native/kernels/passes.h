/* Operators that pass once over the data: activation, addition, local response normalisation, bytes to floats. */
#ifndef CONVOY_KERNELS_PASSES_H
#define CONVOY_KERNELS_PASSES_H

#include "convoy.h"
#include "kernels.h"
#include "tanh.h"

#include <math.h>

ALWAYS_INLINE vec apply(vec x, int32_t activation) {
    switch (activation) {
    case CONVOY_ACTIVATION_RELU:
        return relu(x);
    case CONVOY_ACTIVATION_TANH:
        return tanh_of(x);
    default:
        return x;
    }
}

ALWAYS_INLINE void activate_all(const float *x, float *y, ptrdiff_t count, const int32_t activation) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, apply(load(x + i), activation));
    }
    if (i < count) {
        store_partial(y + i, apply(load_partial(x + i, count - i), activation), count - i);
    }
}

/* The activation is told apart before the loops: within them it would keep constants out of registers. */
static void activate(const float *x, float *y, ptrdiff_t count, int32_t activation) {
    switch (activation) {
    case CONVOY_ACTIVATION_RELU:
        activate_all(x, y, count, CONVOY_ACTIVATION_RELU);
        break;
    case CONVOY_ACTIVATION_TANH:
        activate_all(x, y, count, CONVOY_ACTIVATION_TANH);
        break;
    default:
        activate_all(x, y, count, CONVOY_ACTIVATION_NONE);
        break;
    }
}

static void add(const float *a, const float *b, float *y, ptrdiff_t count, int32_t activation) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, apply(load(a + i) + load(b + i), activation));
    }
    if (i < count) {
        const ptrdiff_t rest = count - i;
        store_partial(y + i, apply(load_partial(a + i, rest) + load_partial(b + i, rest), activation), rest);
    }
}

/*
 * Each window is summed anew: a running sum would carry one infinity or NaN into every later channel. The powers that
 * occur in published networks are square roots, which vectorise; others go through powf.
 */
static void lrn(const convoy_lrn_params *params, const float *restrict x, float *restrict squares, float *restrict y) {
    const ptrdiff_t channels = params->channels;
    const ptrdiff_t size = params->before + 1 + params->after;
    for (ptrdiff_t c = 0; c < channels; c++) {
        squares[params->before + c] = x[c] * x[c];
    }
    for (ptrdiff_t c = 0; c < channels; c++) {
        y[c] = 0.0f;
    }
    for (ptrdiff_t j = 0; j < size; j++) {
        for (ptrdiff_t c = 0; c < channels; c++) {
            y[c] += squares[c + j];
        }
    }
    const float scale = params->scale;
    const float k = params->k;
    if (params->beta == 0.75f) {
        for (ptrdiff_t c = 0; c < channels; c++) {
            const float root = sqrtf(k + scale * y[c]);
            y[c] = x[c] / (root * sqrtf(root));
        }
    } else if (params->beta == 0.5f) {
        for (ptrdiff_t c = 0; c < channels; c++) {
            y[c] = x[c] / sqrtf(k + scale * y[c]);
        }
    } else {
        for (ptrdiff_t c = 0; c < channels; c++) {
            y[c] = x[c] / powf(k + scale * y[c], params->beta);
        }
    }
}

static void bytes_to_floats(const uint8_t *restrict x, const float *restrict scale, const float *restrict shift,
                            float *restrict y, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        y[i] = (float)x[i] * scale[i] + shift[i];
    }
}

#endif
