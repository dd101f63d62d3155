/* What a plan of Winograd convolution keeps; winograd.c explains it. */
#ifndef CONVOY_WINOGRAD_STATE_H
#define CONVOY_WINOGRAD_STATE_H

#include "core/arithmetic.h"
#include "gemm/gemm.h"
#include "plan/plan.h"
#include "winograd/winograd_points.h"

/*
 * Micro-batches are of so many images, where they fit, or multiples: work of whole images then divides among a few
 * threads.
 */
enum { CONVOY_MICRO_BATCH_UNIT = 4 };

/* How outputs along one axis are divided: tiles with the point at infinity first, then tiles of one output fewer. */
typedef struct convoy_winograd_axis {
    int32_t taps;        /* of the filter */
    int32_t outputs;     /* of a small tile; a large one has one more */
    int32_t large_tiles; /* 2 * pairs + 1 points each */
    int32_t small_tiles; /* 2 * pairs points each */
} convoy_winograd_axis;

typedef struct convoy_winograd_state {
    convoy_gemm gemm; /* of one plane and one group */
    convoy_winograd_axis rows, columns;
    int32_t pairs; /* of points, along each axis */
    int32_t in_height, in_width, in_channels;
    int32_t out_height, out_width;
    int32_t map_channels, channel_offset; /* of the output, and where this convolution's begin */
    int32_t has_residual;
    int32_t groups;
    int32_t stride;             /* folded into channels where above 1 */
    int32_t channels;           /* of a pixel, after folding */
    int32_t kernel_h, kernel_w; /* before folding */
    int32_t pad_top, pad_left;
    int32_t is_nchw;            /* the input */
    convoy_max_pool pool;       /* of the output; all zero: none */
    int32_t unit_images;        /* micro-batches are multiples of, but for the last */
    int32_t micro_batch_images; /* at most: those whose values the workspace holds at a time */
    int32_t span_images;        /* of a micro-batch, whose tiles are numbered together */
    int32_t block_tiles;        /* of a work item of the GEMMs; those of a span where it pools */
    int64_t value_stride;       /* floats from one tile's values to the next */
    int64_t value_plane;        /* floats from one plane of values to the next */
    int64_t result_plane;       /* floats from one plane of results to the next */
    int64_t folded_width;       /* pixels of a row after folding */
    uint64_t results_offset;    /* scratch: bytes to the results of a block, [plane][tile][panel], */
    uint64_t zeros_offset;      /* to a pixel outside the image, and to the folded rows of the input, */
    uint64_t folded_offset;     /* [row][column][channels], */
    uint64_t band_offset;       /* and to rows of an image's outputs; the rows' indirection is first */
} convoy_winograd_state;

CONVOY_STATE_FITS(convoy_winograd_state);

/* Images, or tiles: [begin, end). */
typedef struct winograd_range {
    int64_t begin, end;
} winograd_range;

static inline bool winograd_pools(const convoy_winograd_state *state) {
    return state->pool.window.kernel_h != 0;
}

/* Points along an axis of the grid of planes: those of its large tiles, if it has any. */
static inline int32_t winograd_points_of(const convoy_winograd_axis *axis, int32_t pairs) {
    return 2 * pairs + (axis->large_tiles > 0);
}

static inline int64_t winograd_tiles_of(const convoy_winograd_axis *axis) {
    return (int64_t)axis->large_tiles + axis->small_tiles;
}

static inline int64_t winograd_tiles_of_image(const convoy_winograd_state *state) {
    return winograd_tiles_of(&state->rows) * winograd_tiles_of(&state->columns);
}

/* Points of all tiles of an image, over both axes: a small tile has fewer than there are planes. */
static inline double winograd_points_of_image(const convoy_winograd_state *state) {
    const double finite = 2.0 * state->pairs;
    return (state->rows.large_tiles * (finite + 1) + state->rows.small_tiles * finite) *
           (state->columns.large_tiles * (finite + 1) + state->columns.small_tiles * finite);
}

/* Outputs of its tiles, at most. */
static inline int64_t winograd_most_outputs_of(const convoy_winograd_axis *axis) {
    return (int64_t)axis->outputs + (axis->large_tiles > 0);
}

/* Where a tile's outputs begin along its axis. */
static inline int64_t winograd_begin_of(const convoy_winograd_axis *axis, int64_t tile) {
    return tile * axis->outputs + convoy_min(tile, axis->large_tiles);
}

#endif
