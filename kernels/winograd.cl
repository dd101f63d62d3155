/*
 * Winograd convolution (Lavin and Gray 2016, "Fast algorithms for convolutional neural networks"): the input transform,
 * of tiles of the input to planes, one for each point, and the output transform, of what the GEMMs of convolution.cl
 * make of these planes to tiles of the output. tools/winograd-points/generate.py has the algebra.
 *
 * Either is a transform of one dimension applied to a tile's columns, then to its rows. The points come in pairs a, -a,
 * for which the input transform is the sum and the difference of the same two halves. An axis is cut into large tiles,
 * which use the point at infinity too and have one output more, and behind them small ones, which do not.
 *
 * A plane holds [tile][channel]. Tiles are numbered so that those which share a plane follow each other, by the size of
 * their rows and columns: large and small, large and large, small and large, small and small.
 */
#define RESULTS                __global
#define LOAD_RESULTS(p, count) load_channels(p, count)

#include "winograd_tiles.cl"

/* d: as many inputs as there are points. v: their transform to the points. */
static void input_transform(const channels *d, const int is_large, channels *v) {
#pragma unroll
    for (int pair = 0; pair < PAIRS; pair++) {
        channels even = even_of[pair][0] * d[0];
        channels odd = odd_of[pair][0] * d[1];
#pragma unroll
        for (int k = 1; k < PAIRS; k++) {
            even = fma((channels)even_of[pair][k], d[2 * k], even);
            odd = fma((channels)odd_of[pair][k], d[2 * k + 1], odd);
        }
        v[2 * pair] = even + odd;
        v[2 * pair + 1] = even - odd;
    }
    if (is_large) {
        channels last = d[FINITE];
#pragma unroll
        for (int k = 0; k < PAIRS; k++) {
            last = fma((channels)infinity_of[k], d[2 * k], last);
        }
        v[FINITE] = last;
    }
}

#if IS_CPU
/* The tile at a place in the order of images, rows and columns, and its number. */
static winograd_tile tile_at(const winograd_shape *s, const int place) {
    const int rows = s->large_rows + s->small_rows;
    const int columns = s->large_columns + s->small_columns;
    const int line = place / columns;
    const int image = line / rows;
    const winograd_tile tile = {image, line - image * rows, place - line * columns};
    return tile;
}

static int number_of(const winograd_shape *s, const winograd_tile tile) {
    const int is_small_row = tile.row >= s->large_rows;
    const int is_small_column = tile.column >= s->large_columns;
    const int rows = is_small_row ? s->small_rows : s->large_rows;
    const int columns = is_small_column ? s->small_columns : s->large_columns;
    const int row = tile.row - (is_small_row ? s->large_rows : 0);
    const int column = tile.column - (is_small_column ? s->large_columns : 0);
    const int of_large_rows = s->images * s->large_rows * (s->large_columns + s->small_columns);
    const int before = is_small_row
                           ? of_large_rows + (is_small_column ? s->images * s->small_rows * s->large_columns : 0)
                       : is_small_column ? 0
                                         : s->images * s->large_rows * s->small_columns;
    return before + (tile.image * rows + row) * columns + column;
}
#endif

/* One work-item: a piece of a tile's channels. Zeros surround the image. */
__kernel void winograd_input(__global const float *restrict x, const int x_offset, __global float *restrict transformed,
                             const int transformed_offset, const winograd_shape shape, const int piece) {
#if IS_CPU
    const winograd_tile tile = tile_at(&shape, get_global_id(1)); /* neighbours share inputs, in the caches */
    const int number = number_of(&shape, tile);
#else
    const int number = get_global_id(1);
    const winograd_tile tile = tile_of(&shape, number);
#endif
    const int is_large_row = LARGE_ROWS && tile.row < shape.large_rows;
    const int is_large_column = LARGE_COLUMNS && tile.column < shape.large_columns;
    const int top = begin_of(tile.row, OUTPUTS_HEIGHT, shape.large_rows) - shape.top;
    const int left = begin_of(tile.column, OUTPUTS_WIDTH, shape.large_columns) - shape.left;
    const int points_height = FINITE + is_large_row;
    const int row_floats = shape.width * shape.channels;
    const int are_rows_inside = top >= 0 && top + points_height <= shape.height;
    const int points_width = FINITE + is_large_column;
    const int begin = get_global_id(0) * piece;
    const int end = END_OF_PIECE(begin, piece, shape.channels);
    x += x_offset + (size_t)tile.image * shape.height * shape.width * shape.channels;
    transformed += transformed_offset + (size_t)number * shape.channels;
    for (int c = begin; c < end; c += TILE_CHANNELS) {
        channels half_way[POINTS_HEIGHT][FINITE + 1];
        UNROLL_FOR_LANES
        for (int column = 0; column < POINTS_WIDTH; column++) {
            if (column >= points_width) {
                continue; /* not break, which compilers do not unroll */
            }
            channels d[FINITE + 1];
            channels v[FINITE + 1];
            const int in_column = left + column;
            const int is_column_inside = in_column >= 0 && in_column < shape.width;
            __global const float *from = x + (top * shape.width + in_column) * shape.channels + c;
            if (IS_CPU && is_column_inside && are_rows_inside && end - c >= TILE_CHANNELS) {
#pragma unroll
                for (int row = 0; row < POINTS_HEIGHT; row++) {
                    d[row] = row < points_height ? LOAD_CHANNELS(from + row * row_floats) : (channels)0.0f;
                }
            } else {
#pragma unroll
                for (int row = 0; row < POINTS_HEIGHT; row++) {
                    const int in_row = top + row;
                    const int is_inside =
                        is_column_inside && in_row >= 0 && in_row < shape.height && row < points_height;
                    d[row] = is_inside ? load_channels(from + row * row_floats, end - c) : (channels)0.0f;
                }
            }
            input_transform(d, is_large_row, v);
#pragma unroll
            for (int row = 0; row < POINTS_HEIGHT; row++) {
                half_way[row][column] = v[row];
            }
        }
        UNROLL_FOR_LANES
        for (int row = 0; row < POINTS_HEIGHT; row++) {
            if (row >= points_height) {
                continue; /* not break, which compilers do not unroll */
            }
            channels v[FINITE + 1];
            input_transform(half_way[row], is_large_column, v);
            __global float *to = transformed + (size_t)row * POINTS_WIDTH * shape.plane_floats + c;
#pragma unroll
            for (int column = 0; column < POINTS_WIDTH; column++) {
                if (column < points_width) {
                    store_channels(v[column], to + (size_t)column * shape.plane_floats, end - c);
                }
            }
        }
    }
}

/* One work-item: a piece of a tile's channels. Bias and activation are applied on the way; slopes lie behind the bias.
 */
__kernel void winograd_output(__global const float *restrict gemm, const int gemm_offset,
                              __global const float *restrict bias, __global float *restrict y, const int y_offset,
                              const winograd_shape shape, const int piece) {
    const int number = get_global_id(1);
    const winograd_tile tile = tile_of(&shape, number);
    const int begin = get_global_id(0) * piece;
    const int end = END_OF_PIECE(begin, piece, shape.channels);
    gemm += gemm_offset + (size_t)number * shape.channels;
    y += y_offset + place_of(&shape, tile);
    for (int c = begin; c < end; c += TILE_CHANNELS) {
        const channels shift = load_channels(bias + c, end - c);
        const channels slope = HAS_SLOPES ? load_channels(bias + shape.channels + c, end - c) : (channels)0.0f;
        write_outputs(&shape, tile, gemm + c, shape.plane_floats, shift, slope, y + c, end - c);
    }
}
