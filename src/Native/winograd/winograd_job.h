/* What the micro-kernels of Winograd's transforms are given: one tile. Its points along an axis are 2 * pairs, or one
 * more. */
#ifndef CONVOY_WINOGRAD_JOB_H
#define CONVOY_WINOGRAD_JOB_H

#include "convoy.h"

#include <stddef.h>
#include <stdint.h>

typedef struct convoy_winograd_input_tile {
    const float *const *pixels; /* [points_h][points_w]: channel 0 of each */
    ptrdiff_t channels;
    int32_t pairs;
    int32_t points_h, points_w;
    int32_t planes_w;       /* planes from one row of points to the next */
    float *values;          /* the tile's row of the first plane, with room for whole vectors */
    ptrdiff_t plane_stride; /* floats */
} convoy_winograd_input_tile;

typedef struct convoy_winograd_output_tile {
    const float *results; /* at the points: the tile's row of the first plane, of whole vectors */
    ptrdiff_t plane_stride;
    int32_t pairs;
    int32_t points_h, points_w;
    int32_t planes_w;
    int32_t outputs_h, outputs_w; /* of the tile */
    int32_t rows, columns;        /* of these, inside the image */
    ptrdiff_t channels;
    const float *bias;   /* [channels], or NULL */
    const float *slopes; /* [channels], where the activation reads them */
    convoy_activation_desc activation;
    const float *residual; /* added to y, and as it lies; NULL: nothing */
    float *y;
    ptrdiff_t row_stride, pixel_stride;
} convoy_winograd_output_tile;

#endif
