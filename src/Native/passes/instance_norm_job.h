/* What the micro-kernels of instance normalisation are given. */
#ifndef CONVOY_INSTANCE_NORM_JOB_H
#define CONVOY_INSTANCE_NORM_JOB_H

#include <stddef.h>

/* Neighbouring pixels of an image. Numbers are taken relative to the channels' origins. */
typedef struct convoy_instance_norm_job {
    const float *x;
    ptrdiff_t pixels;
    ptrdiff_t channels;
    const float *origins; /* of each channel: its number in the image's first pixel */
    double *sums;         /* of the numbers of each channel, then of their squares */
    const float *means;   /* y = (x - origin - mean) * gain + bias */
    const float *gains;
    const float *bias;
    float *y;
} convoy_instance_norm_job;

#endif
