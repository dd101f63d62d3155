/*
 * Direct convolution for few input channels. A work-item computes a register tile, TILE_WIDTH pixels of an output row
 * by a vector of TILE_CHANNELS output channels; a kernel row's inputs lie side by side (NHWC, ungrouped, columns not
 * dilated), and what the implicit GEMM looks up is a constant here: how long that run is, and how far its
 * neighbours are. (Zhang et al. 2018, "High performance zero-memory overhead direct convolutions", section 3.) Inputs
 * are already padded. An output is one chain of additions, over the kernel's rows, columns and channels in that order,
 * wherever it lies and whatever the tile.
 *
 * On a CPU a work-item walks along whole rows. On a GPU a work-group first copies the patch of the input that it needs
 * into local memory; lanes side by side compute pixels side by side, and all lanes of a row read the same weights.
 *
 * With POOL > 1 the tile is POOL rows high, and what is stored is the maximum or average of POOL x POOL pixels.
 *
 * Weights are packed by the host as [panel][kernel row][run][PANEL], PANEL = GROUP_CHANNELS * TILE_CHANNELS channels,
 * the last panel filled up with zeros; the bias as [panel][PANEL], and behind it, in the same way, the slopes of an
 * activation that has some.
 */
#ifndef TILE_WIDTH
#define TILE_WIDTH 12 /* pixels of a row a work-item computes at a time, before pooling; a multiple of POOL */
#endif
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 16 /* output channels a work-item computes: 4, 8 or 16 */
#endif
#ifndef GROUP_WIDTH
#define GROUP_WIDTH 1 /* work-items of a work-group along a row */
#endif
#ifndef GROUP_HEIGHT
#define GROUP_HEIGHT 1 /* work-items of a work-group along the rows */
#endif
#ifndef GROUP_CHANNELS
#define GROUP_CHANNELS 1 /* work-items of a work-group along the output channels */
#endif
#ifndef USE_LOCAL
#define USE_LOCAL 0 /* 1: the work-group reads its inputs from a copy in local memory; 0: for work-groups of one */
#endif
#ifndef KERNEL_ROWS
#define KERNEL_ROWS 11 /* rows of the kernel */
#endif
#ifndef KERNEL_ROW_STEP
#define KERNEL_ROW_STEP 1 /* input rows from one kernel row to the next: the dilation */
#endif
#ifndef RUN_LENGTH
#define RUN_LENGTH 33 /* floats of a kernel row: its columns * input channels */
#endif
#ifndef ROW_STRIDE
#define ROW_STRIDE 4 /* input rows from one output row to the next */
#endif
#ifndef COLUMN_FLOATS
#define COLUMN_FLOATS 12 /* floats from one output pixel's input to the next: stride * input channels */
#endif
#ifndef POOL
#define POOL 1 /* height, width and stride of the pooling; 1: none */
#endif
#ifndef POOL_IS_MAX
#define POOL_IS_MAX 0 /* 1: maximum pooling; 0: average pooling */
#endif

#include "channels.cl"

#define PANEL   (GROUP_CHANNELS * TILE_CHANNELS)
#define WINDOWS (TILE_WIDTH / POOL) /* outputs of a tile, along the row */

/* Where the c-th pixel of a tile lies in the row: GROUP_WIDTH tiles are interleaved, window by window. */
#define COLUMN(c) ((c) / POOL * (GROUP_WIDTH * POOL) + (c) % POOL)

typedef struct {
    int rows;       /* output rows, as stored */
    int columns;    /* output columns, as stored */
    int item_rows;  /* output rows of a work-item */
    int input_rows; /* rows of a padded image */
    int row_floats; /* from one row of a padded image to the next */
    int filters;    /* output channels: floats from one output pixel to the next */
    int panels;     /* that cover them */
} direct_convolution_shape;

#if USE_LOCAL
/*
 * The patch in local memory, by row, then by the float's place within COLUMN_FLOATS, then by column: so pixels side by
 * side read words side by side, whatever the stride. An odd number of columns spreads the copying over the banks.
 */
#define PATCH_ROWS       ((GROUP_HEIGHT * POOL - 1) * ROW_STRIDE + (KERNEL_ROWS - 1) * KERNEL_ROW_STEP + 1)
#define PATCH_COLUMNS    ((GROUP_WIDTH * TILE_WIDTH + (RUN_LENGTH - 1) / COLUMN_FLOATS) | 1)
#define PATCH_FLOATS     (PATCH_COLUMNS * COLUMN_FLOATS)
#define PLACE(column, i) ((i) % COLUMN_FLOATS * PATCH_COLUMNS + (i) / COLUMN_FLOATS + (column))
#define INPUT            __local
#else
#define PLACE(column, i) ((column)*COLUMN_FLOATS + (i))
#define INPUT            __global
#endif

/*
 * One tile. "in" is its upper left input; "columns" and "filters" are how many output columns and channels there are
 * from its first one on.
 */
static void compute_tile(INPUT const float *in, const int in_row_floats, __global const float *weights,
                         __global const float *bias, __global float *out, const int columns, const int filters,
                         const direct_convolution_shape *s) {
    channels sums[POOL * TILE_WIDTH];
#pragma unroll
    for (int i = 0; i < POOL * TILE_WIDTH; i++) {
        sums[i] = 0.0f;
    }
    for (int kernel_row = 0; kernel_row < KERNEL_ROWS; kernel_row++) {
        for (int i = 0; i < RUN_LENGTH; i++) {
            const channels filter = LOAD_CHANNELS(weights);
            weights += PANEL;
#pragma unroll
            for (int p = 0; p < POOL; p++) {
                INPUT const float *row = in + (kernel_row * KERNEL_ROW_STEP + p * ROW_STRIDE) * in_row_floats;
#pragma unroll
                for (int c = 0; c < TILE_WIDTH; c++) {
                    sums[p * TILE_WIDTH + c] =
                        fma((channels)row[PLACE(COLUMN(c), i)], filter, sums[p * TILE_WIDTH + c]);
                }
            }
        }
    }
    const channels shift = LOAD_CHANNELS(bias);
    const channels slope = LOAD_SLOPES(bias + s->panels * PANEL);
#pragma unroll
    for (int i = 0; i < POOL * TILE_WIDTH; i++) {
        sums[i] = activate_channels(sums[i] + shift, slope);
    }
#pragma unroll
    for (int window = 0; window < WINDOWS; window++) {
        channels result = sums[window * POOL];
#pragma unroll
        for (int i = 1; i < POOL * POOL; i++) {
            const channels value = sums[i / POOL * TILE_WIDTH + window * POOL + i % POOL];
            result = POOL_IS_MAX ? LARGER(result, value) : result + value;
        }
        if (window * GROUP_WIDTH < columns) {
            store_channels(POOL_IS_MAX ? result : result / (float)(POOL * POOL),
                           out + window * GROUP_WIDTH * s->filters, filters);
        }
    }
}

__kernel __attribute__((reqd_work_group_size(GROUP_WIDTH, GROUP_HEIGHT, GROUP_CHANNELS))) void
direct_convolution(__global const float *restrict x, const int x_offset, __global const float *restrict weights,
                   __global const float *restrict bias, __global float *restrict y, const int y_offset,
                   const direct_convolution_shape shape) {
    const int image = get_group_id(2) / shape.panels;
    const int panel = get_group_id(2) - image * shape.panels;
    const int filter = panel * PANEL + get_local_id(2) * TILE_CHANNELS;
    const int row = get_global_id(1) * shape.item_rows;
    x += x_offset + image * shape.input_rows * shape.row_floats;
    y += y_offset + (size_t)image * shape.rows * shape.columns * shape.filters + filter;
    weights += (size_t)panel * KERNEL_ROWS * RUN_LENGTH * PANEL + get_local_id(2) * TILE_CHANNELS;
    bias += filter;

#if USE_LOCAL
    __local float patch[PATCH_ROWS * PATCH_FLOATS];
    const int first_row = get_group_id(1) * GROUP_HEIGHT * POOL * ROW_STRIDE;
    const int first_float = get_group_id(0) * GROUP_WIDTH * TILE_WIDTH * COLUMN_FLOATS;
    const int item = (get_local_id(2) * GROUP_HEIGHT + get_local_id(1)) * GROUP_WIDTH + get_local_id(0);
    for (int i = item; i < PATCH_ROWS * PATCH_FLOATS; i += GROUP_WIDTH * GROUP_HEIGHT * GROUP_CHANNELS) {
        const int line = i / PATCH_FLOATS;
        const int place = i - line * PATCH_FLOATS;
        const int is_inside = first_row + line < shape.input_rows && first_float + place < shape.row_floats;
        patch[line * PATCH_FLOATS + PLACE(0, place)] =
            is_inside ? x[(first_row + line) * shape.row_floats + first_float + place] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (row < shape.rows) {
        const int column = get_group_id(0) * GROUP_WIDTH * WINDOWS + get_local_id(0);
        compute_tile(patch + get_local_id(1) * POOL * ROW_STRIDE * PATCH_FLOATS + get_local_id(0) * POOL, PATCH_FLOATS,
                     weights, bias, y + (row * shape.columns + column) * shape.filters, shape.columns - column,
                     shape.filters - filter, &shape);
    }
#else
    for (int line = row; line < min(row + shape.item_rows, shape.rows); line++) {
        for (int next = 0; next < shape.columns; next += WINDOWS) {
            /* The last tile of a row begins earlier rather than end beyond it. */
            const int column = min(next, shape.columns - WINDOWS);
            compute_tile(x + line * POOL * ROW_STRIDE * shape.row_floats + column * POOL * COLUMN_FLOATS,
                         shape.row_floats, weights, bias, y + (line * shape.columns + column) * shape.filters, WINDOWS,
                         shape.filters - filter, &shape);
        }
    }
#endif
}
