/*
 * Winograd convolution on a core: the GEMMs of all planes for a block of tiles and a panel of filters, whose results
 * stay in the second-level cache until the output transform, which follows in the same kernel, has read them. On a GPU,
 * whose work-groups have no such memory, convolution.cl and winograd.cl do the same one after the other, with the
 * results in global memory. winograd.cl explains tiles, planes and transforms.
 *
 * Weights are packed by the host as [group][panel][plane][reduction][PANEL], so that a work-group reads them from
 * beginning to end. Results lie as [tile][plane][PANEL]. An output's order of additions is that of convolution.cl.
 */
#ifndef TILE_ROWS
#define TILE_ROWS 8 /* tiles multiplied at a time */
#endif
#ifndef VECTORS
#define VECTORS 2 /* vectors of TILE_CHANNELS filters in a panel: TILE_ROWS times as many sums fill the registers */
#endif
#ifndef BLOCK_TILES
#define BLOCK_TILES 24 /* tiles in a block, at most; a multiple of TILE_ROWS */
#endif
#ifndef BLOCK
#define BLOCK 96 /* reduction steps in a partial sum */
#endif

#define RESULTS                __local
#define LOAD_RESULTS(p, count) LOAD_CHANNELS(p)

#include "winograd_tiles.cl"

#define PANEL        (VECTORS * TILE_CHANNELS)
#define PLANES       (POINTS_HEIGHT * POINTS_WIDTH)
#define TILE_RESULTS (PLANES * PANEL + 16) /* tiles a power of two apart would fall into the same sets of a cache */

/* Tiles: [begin, end) of a block. */
typedef struct {
    int begin;
    int end;
} tile_range;

/* Those of a block that have values at the plane: small tiles have none at infinity. */
static tile_range tiles_of(const winograd_shape *s, const int plane, const tile_range block) {
    const int large_small = s->images * s->large_rows * s->small_columns;
    const int large_large = large_small + s->images * s->large_rows * s->large_columns;
    const int small_large = large_large + s->images * s->small_rows * s->large_columns;
    const int is_large_row = plane / POINTS_WIDTH == FINITE;
    const int is_large_column = plane % POINTS_WIDTH == FINITE;
    const int begin = is_large_column ? large_small : 0;
    const int end = is_large_row ? large_large : is_large_column ? small_large : block.end;
    const tile_range present = {max(begin, block.begin), min(end, block.end)};
    return present;
}

/* TILE_ROWS tiles, the last repeated, with one panel at one plane: x is the first tile's channels, `left` how many
 * tiles there are. */
static void multiply(__global const float *x, const int stride, const int left, __global const float *w,
                     const int depth, __local float *results) {
    __global const float *rows[TILE_ROWS];
#pragma unroll
    for (int r = 0; r < TILE_ROWS; r++) {
        rows[r] = x + (size_t)min(r, left - 1) * stride;
    }
    for (int begin = 0; begin < depth; begin += BLOCK) {
        const int end = min(begin + BLOCK, depth);
        channels sums[TILE_ROWS][VECTORS];
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++) {
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                sums[r][v] = 0.0f;
            }
        }
        for (int i = begin; i < end; i++) {
            channels filters[VECTORS];
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                filters[v] = LOAD_CHANNELS(w + v * TILE_CHANNELS);
            }
            w += PANEL;
#pragma unroll
            for (int r = 0; r < TILE_ROWS; r++) {
#pragma unroll
                for (int v = 0; v < VECTORS; v++) {
                    sums[r][v] = fma((channels)rows[r][i], filters[v], sums[r][v]);
                }
            }
        }
#pragma unroll
        for (int r = 0; r < TILE_ROWS; r++) {
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                __local float *to = results + r * TILE_RESULTS + v * TILE_CHANNELS;
                STORE_TO_LOCAL(begin == 0 ? sums[r][v] : LOAD_CHANNELS(to) + sums[r][v], to);
            }
        }
    }
}

/* One work-item: a block of tiles and a panel of a group. Slopes lie behind the bias. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
winograd_multiply(__global const float *restrict transformed, const int transformed_offset,
                  __global const float *restrict weights, __global const float *restrict bias,
                  __global float *restrict y, const int y_offset, const winograd_shape shape, const int groups,
                  const int group_channels, const int block_tiles) {
    __local float results[(BLOCK_TILES + TILE_ROWS - 1) * TILE_RESULTS];
    const int panel = get_global_id(1);
    const int group = get_global_id(2);
    const int group_filters = shape.channels / groups;
    const int first_filter = panel * PANEL;
    const int stride = groups * group_channels;
    const int tiles =
        shape.images * (shape.large_rows + shape.small_rows) * (shape.large_columns + shape.small_columns);
    const int first = get_global_id(0) * block_tiles;
    const tile_range block = {first, min(first + block_tiles, tiles)};
    transformed += transformed_offset + group * group_channels;
    weights += ((size_t)group * get_global_size(1) + panel) * PLANES * group_channels * PANEL;
    for (int plane = 0; plane < PLANES; plane++) {
        const tile_range present = tiles_of(&shape, plane, block);
        for (int tile = present.begin; tile < present.end; tile += TILE_ROWS) {
            multiply(transformed + (size_t)plane * shape.plane_floats + (size_t)tile * stride, stride,
                     present.end - tile, weights + (size_t)plane * group_channels * PANEL, group_channels,
                     results + (tile - block.begin) * TILE_RESULTS + plane * PANEL);
        }
    }

    bias += group * group_filters + first_filter;
    y += y_offset + group * group_filters + first_filter;
    for (int number = block.begin; number < block.end; number++) {
        const winograd_tile tile = tile_of(&shape, number);
        for (int c = 0; c < min(PANEL, group_filters - first_filter); c += TILE_CHANNELS) {
            const int count = group_filters - first_filter - c;
            const channels shift = load_channels(bias + c, count);
            const channels slope = HAS_SLOPES ? load_channels(bias + shape.channels + c, count) : (channels)0.0f;
            write_outputs(&shape, tile, results + (number - block.begin) * TILE_RESULTS + c, PANEL, shift, slope,
                          y + place_of(&shape, tile) + c, count);
        }
    }
}
