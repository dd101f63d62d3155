/* Instance normalisation of some pixels: what they add to the sums, and their results. */
#ifndef CONVOY_INSTANCE_NORM_KERNEL_H
#define CONVOY_INSTANCE_NORM_KERNEL_H

#include "passes/instance_norm_job.h"

static void instance_norm_sums(const convoy_instance_norm_job *job) {
    const ptrdiff_t channels = job->channels;
    const float *restrict origins = job->origins;
    double *restrict sums = job->sums;
    double *restrict squares = job->sums + channels;
    for (ptrdiff_t c = 0; c < channels; c++) {
        sums[c] = 0.0;
        squares[c] = 0.0;
    }
    for (ptrdiff_t pixel = 0; pixel < job->pixels; pixel++) {
        const float *restrict x = job->x + pixel * channels;
        for (ptrdiff_t c = 0; c < channels; c++) {
            const double value = (double)x[c] - (double)origins[c];
            sums[c] += value;
            squares[c] += value * value;
        }
    }
}

static void instance_norm_results(const convoy_instance_norm_job *job) {
    const ptrdiff_t channels = job->channels;
    const float *restrict origins = job->origins;
    const float *restrict means = job->means;
    const float *restrict gains = job->gains;
    const float *restrict bias = job->bias;
    for (ptrdiff_t pixel = 0; pixel < job->pixels; pixel++) {
        const float *restrict x = job->x + pixel * channels;
        float *restrict y = job->y + pixel * channels;
        for (ptrdiff_t c = 0; c < channels; c++) {
            y[c] = (x[c] - origins[c] - means[c]) * gains[c] + bias[c];
        }
    }
}

#endif
