/* Local response normalisation of one pixel. */
#ifndef CONVOY_LRN_KERNEL_H
#define CONVOY_LRN_KERNEL_H

#include "isa/vector.h"
#include "passes/lrn_job.h"

#include <math.h>

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

#endif
