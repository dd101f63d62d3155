/*
 * The numbering of tiles: those of a span follow each other so that the ones that have a value at a plane do, by the
 * size of their rows and columns: large and small, large and large, small and large, small and small. A micro-batch's
 * spans follow each other.
 */
#ifndef CONVOY_WINOGRAD_TILING_H
#define CONVOY_WINOGRAD_TILING_H

#include "winograd/winograd_state.h"

enum { LARGE_SMALL, LARGE_LARGE, SMALL_LARGE, SMALL_SMALL, WINOGRAD_CLASSES };

typedef struct winograd_numbering {
    int64_t first_image, images;                                         /* of the micro-batch */
    int64_t rows[WINOGRAD_CLASSES], columns[WINOGRAD_CLASSES];           /* tiles of an image in each class */
    int64_t first_row[WINOGRAD_CLASSES], first_column[WINOGRAD_CLASSES]; /* of these */
    int64_t begin[WINOGRAD_CLASSES + 1];                                 /* number of the first */
} winograd_numbering;

typedef struct winograd_place {
    int64_t image, row, column; /* the image: of the micro-batch */
} winograd_place;

/* The numbers of the span that an image is in, of a micro-batch of so many. */
winograd_numbering convoy_winograd_number_tiles(const convoy_winograd_state *state, int64_t images, int64_t image);

int64_t convoy_winograd_number_of(const convoy_winograd_state *state, const winograd_numbering *tiles,
                                  winograd_place at);

winograd_place convoy_winograd_place_of(const winograd_numbering *tiles, int64_t number);

/* The tiles of a block that have a value at the plane. */
winograd_range convoy_winograd_tiles_of_plane(const winograd_numbering *tiles, bool row_at_infinity,
                                              bool column_at_infinity, winograd_range block);

static inline int32_t winograd_points_of_tile(const convoy_winograd_axis *axis, int32_t pairs, int64_t tile) {
    return 2 * pairs + (tile < axis->large_tiles);
}

static inline int32_t winograd_outputs_of_tile(const convoy_winograd_axis *axis, int64_t tile) {
    return axis->outputs + (tile < axis->large_tiles);
}

#endif
