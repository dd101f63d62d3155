/* What planning, packing and running Winograd convolution share. */
#ifndef CONVOY_WINOGRAD_H
#define CONVOY_WINOGRAD_H

#include "kernels/winograd_points.h"
#include "plan.h"

/* Points along an axis of the grid of planes: those of its large tiles, if it has any. */
static inline int32_t winograd_points_of(const convoy_winograd_axis *axis, int32_t pairs) {
    return 2 * pairs + (axis->large_tiles > 0);
}

static inline int64_t winograd_tiles_of(const convoy_winograd_axis *axis) {
    return (int64_t)axis->large_tiles + axis->small_tiles;
}

/* Where a tile's outputs begin along its axis. */
static inline int64_t winograd_begin_of(const convoy_winograd_axis *axis, int64_t tile) {
    return tile * axis->outputs + convoy_min(tile, axis->large_tiles);
}

/* Copies an image's input for a row of tiles, stride by stride pixels to one, zeros outside. */
void convoy_winograd_fold(const convoy_winograd_state *state, const float *image, int64_t first_output_row,
                          int64_t folded_rows, float *to);

#endif
