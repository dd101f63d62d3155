/* What the micro-kernel of depthwise convolution is given. */
#ifndef CONVOY_DEPTHWISE_JOB_H
#define CONVOY_DEPTHWISE_JOB_H

#include "convoy.h"

#include <stddef.h>

/* Outputs of a row, side by side, whose windows have the same taps inside the image: one by one at its edges. */
typedef struct convoy_depthwise_job {
    const float *x;          /* the first output's first tap inside the image */
    ptrdiff_t row_stride;    /* floats from a row of taps to the next, */
    ptrdiff_t tap_stride;    /* from a tap to the next, */
    ptrdiff_t pixel_stride;  /* and from an output's window to the next one's */
    ptrdiff_t rows, taps;    /* inside the image: rows of the window, and taps of each */
    const float *weights;    /* of the first such tap, [vectors of channels][kernel_h][kernel_w][lanes] */
    ptrdiff_t weight_row;    /* floats from a row of the kernel to the next, */
    ptrdiff_t weight_vector; /* and from a vector of channels to the next */
    const float *bias;       /* [channels], or NULL */
    const float *slopes;     /* [channels], where the activation reads them */
    float *y;                /* [pixels][channels] */
    ptrdiff_t pixels;
    ptrdiff_t channels;
    convoy_activation_desc activation;
} convoy_depthwise_job;

#endif
