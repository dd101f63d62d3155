/* What the micro-kernel of activations is given. */
#ifndef CONVOY_ACTIVATION_JOB_H
#define CONVOY_ACTIVATION_JOB_H

#include "convoy.h"

/* Where convoy_activations.h has an activation computed. */
typedef enum convoy_activation_place {
    CONVOY_ACTIVATION_IN_TILE,
    CONVOY_ACTIVATION_AS_PASS,
    CONVOY_ACTIVATION_BY_CHANNEL
} convoy_activation_place;

/* y = activation(x); y may be x. */
typedef struct convoy_activation_job {
    const float *x;
    float *y;
    ptrdiff_t rows;
    ptrdiff_t row_stride; /* floats from a row to the next, of both */
    ptrdiff_t count;      /* floats of a row */
    convoy_activation_desc activation;
    const float *slopes; /* of a row's floats, where the activation reads them */
} convoy_activation_job;

#endif
