/* What the micro-kernels of pooling are given. */
#ifndef CONVOY_POOL_JOB_H
#define CONVOY_POOL_JOB_H

#include <stddef.h>

/* A pooling window inside the image, and where its result goes. */
typedef struct convoy_pool_window {
    const float *x;          /* its first element */
    ptrdiff_t row_stride;    /* floats from an element to the one below it, */
    ptrdiff_t column_stride; /* and to the one on its right */
    ptrdiff_t rows;
    ptrdiff_t columns;
    ptrdiff_t channels;
    float divisor; /* averages only */
    float *y;
} convoy_pool_window;

typedef void convoy_pool_function(const convoy_pool_window *window);

#endif
