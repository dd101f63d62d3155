/* What planning, packing and running Winograd convolution share. */
#ifndef CONVOY_WINOGRAD_H
#define CONVOY_WINOGRAD_H

#include "kernels/winograd_points.h"
#include "plan.h"

static inline bool winograd_pools(const convoy_winograd_state *state) {
    return state->pool.kernel_h != 0;
}

/* Points along an axis of the grid of planes: those of its large tiles, if it has any. */
static inline int32_t winograd_points_of(const convoy_winograd_axis *axis, int32_t pairs) {
    return 2 * pairs + (axis->large_tiles > 0);
}

static inline int64_t winograd_tiles_of(const convoy_winograd_axis *axis) {
    return (int64_t)axis->large_tiles + axis->small_tiles;
}

/* Outputs of its tiles, at most. */
static inline int64_t winograd_most_outputs_of(const convoy_winograd_axis *axis) {
    return (int64_t)axis->outputs + (axis->large_tiles > 0);
}

/* Where a tile's outputs begin along its axis. */
static inline int64_t winograd_begin_of(const convoy_winograd_axis *axis, int64_t tile) {
    return tile * axis->outputs + convoy_min(tile, axis->large_tiles);
}

/*
 * Tiles of a span are numbered so that those of one plane follow each other, by the size of their rows and columns:
 * large and small, large and large, small and large, small and small. A round's spans follow each other.
 */
enum { LARGE_SMALL, LARGE_LARGE, SMALL_LARGE, SMALL_SMALL, WINOGRAD_CLASSES };

typedef struct winograd_numbering {
    int64_t first_image, images;                                         /* of the round */
    int64_t rows[WINOGRAD_CLASSES], columns[WINOGRAD_CLASSES];           /* tiles of an image in each class */
    int64_t first_row[WINOGRAD_CLASSES], first_column[WINOGRAD_CLASSES]; /* of these */
    int64_t begin[WINOGRAD_CLASSES + 1];                                 /* number of the first */
} winograd_numbering;

typedef struct winograd_place {
    int64_t image, row, column; /* the image: of the round */
} winograd_place;

/* A work item's outputs: those of a block of tiles in some channels, and the products they are interpolated from. */
typedef struct winograd_outputs {
    const winograd_numbering *tiles;
    int64_t first_image; /* of the round */
    int64_t first_tile, end_tile;
    int64_t first_channel, channels;
    const float *products;
} winograd_outputs;

/*
 * A filter along one axis, the polynomial of so many taps, at point number `index`, infinity being the last: in double
 * precision, for packing.
 */
double convoy_winograd_evaluate(int32_t pairs, int32_t index, const double *taps, int32_t count);

/* One tile's outputs. */
void convoy_winograd_interpolate(const convoy_call *call, const winograd_outputs *outputs, winograd_place at, float *y,
                                 ptrdiff_t row_stride, ptrdiff_t pixel_stride);

/* The outputs of a span's images, pooled. */
void convoy_winograd_pool(const convoy_call *call, const winograd_outputs *outputs);

/* Rows of an image's outputs that pooling keeps at a time. */
int64_t convoy_winograd_band_rows(const convoy_winograd_state *state);

/* Copies an image's input for a row of tiles, stride by stride pixels to one, zeros outside. */
void convoy_winograd_fold(const convoy_winograd_state *state, const float *image, int64_t first_output_row,
                          int64_t folded_rows, float *to);

#endif
