/* The input and output transforms of a work item, and what lies around them. */
#ifndef CONVOY_WINOGRAD_TRANSFORMS_H
#define CONVOY_WINOGRAD_TRANSFORMS_H

#include "winograd/tiling.h"

/* Copies an image's input for a row of tiles, stride by stride pixels to one, zeros outside. */
void convoy_winograd_fold(const convoy_winograd_state *state, const float *image, int64_t first_output_row,
                          int64_t folded_rows, float *to);

/* The input transform of the call's rows of tiles, of a micro-batch. */
void convoy_winograd_input_transform(const convoy_call *call, winograd_range images);

/* A work item's outputs: those of a block of tiles in some channels, and the GEMM's results they are made from. */
typedef struct winograd_outputs {
    const winograd_numbering *tiles;
    int64_t first_image; /* of the micro-batch */
    int64_t first_tile, end_tile;
    int64_t first_channel, channels;
    const float *results;
} winograd_outputs;

/* Where a tile's outputs go: its first, and the strides; and what is added to them, which lies alike, or NULL. */
typedef struct winograd_target {
    const float *residual;
    float *y;
    ptrdiff_t row_stride, pixel_stride;
} winograd_target;

/* One tile's output transform. */
void convoy_winograd_output_transform(const convoy_call *call, const winograd_outputs *outputs, winograd_place at,
                                      winograd_target to);

/* That of all tiles, straight into the output. */
void convoy_winograd_write_outputs(const convoy_call *call, const winograd_outputs *outputs);

/* That of a span's images, pooled. */
void convoy_winograd_pool_outputs(const convoy_call *call, const winograd_outputs *outputs);

/* Rows of an image's outputs that pooling keeps at a time. */
int64_t convoy_winograd_band_rows(const convoy_winograd_state *state);

#endif
