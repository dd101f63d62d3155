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
#ifndef TILE_CHANNELS
#define TILE_CHANNELS 8 /* channels of a tile transformed at a time: 1, 4, 8 or 16 */
#endif
#ifndef PAIRS
#define PAIRS 3 /* pairs of points: 2, 3 or 4 */
#endif
#ifndef TAPS_HEIGHT
#define TAPS_HEIGHT 3 /* rows of the filter */
#endif
#ifndef TAPS_WIDTH
#define TAPS_WIDTH 3 /* columns of the filter */
#endif
#ifndef LARGE_ROWS
#define LARGE_ROWS 1 /* 1: some tiles are large along the rows */
#endif
#ifndef LARGE_COLUMNS
#define LARGE_COLUMNS 1 /* 1: some tiles are large along the columns */
#endif

#include "channels.cl"
#include "winograd_points.cl"

/*
 * On a GPU all loops over a tile are unrolled, so that its numbers lie in registers, and a piece is one channel, known
 * to the compiler: of a loop over channels it would keep every address in registers too. On a core a tile lies in the
 * first-level cache, and the code would be long.
 */
#if TILE_CHANNELS == 1
#define UNROLL_FOR_LANES                     _Pragma("unroll")
#define END_OF_PIECE(begin, piece, channels) ((begin) + 1)
#else
#define UNROLL_FOR_LANES
#define END_OF_PIECE(begin, piece, channels) min((begin) + (piece), channels)
#endif

#define FINITE         (2 * PAIRS) /* points but infinity */
#define POINTS_HEIGHT  (FINITE + LARGE_ROWS)
#define POINTS_WIDTH   (FINITE + LARGE_COLUMNS)
#define OUTPUTS_HEIGHT (FINITE - TAPS_HEIGHT + 1) /* of a small tile */
#define OUTPUTS_WIDTH  (FINITE - TAPS_WIDTH + 1)

typedef struct {
    int images;
    int large_rows;    /* tiles of an image */
    int small_rows;    /* the same */
    int large_columns; /* the same */
    int small_columns; /* the same */
    int height;        /* of the feature map that is read or written */
    int width;         /* the same */
    int channels;      /* the same */
    int top;           /* rows of padding above it */
    int left;          /* columns of padding before it */
    int plane_floats;  /* from one plane to the next */
} winograd_shape;

/* A tile: its image, and its place among the image's tiles. */
typedef struct {
    int image;
    int row;
    int column;
} winograd_tile;

static winograd_tile tile_of(const winograd_shape *s, int number) {
    for (int i = 0; i < 4; i++) {
        const int is_small_row = i >= 2;
        const int is_small_column = i == 0 || i == 3;
        const int rows = is_small_row ? s->small_rows : s->large_rows;
        const int columns = is_small_column ? s->small_columns : s->large_columns;
        const int tiles = s->images * rows * columns;
        if (number < tiles) {
            const int line = number / columns;
            const int image = line / rows;
            const winograd_tile tile = {image, line - image * rows + is_small_row * s->large_rows,
                                        number - line * columns + is_small_column * s->large_columns};
            return tile;
        }
        number -= tiles;
    }
    const winograd_tile none = {0, 0, 0};
    return none;
}

/* Where a tile's outputs begin along its axis. */
static int begin_of(const int tile, const int outputs, const int large_tiles) {
    return tile * outputs + min(tile, large_tiles);
}

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

/* m: of the GEMMs at the points. y: outputs, one more than a small tile's where the tile is large. */
static void output_transform(const channels *m, const int outputs, const int is_large, channels *y) {
    channels halves[2][PAIRS];
#pragma unroll
    for (int pair = 0; pair < PAIRS; pair++) {
        halves[0][pair] = m[2 * pair] + m[2 * pair + 1];
        halves[1][pair] = m[2 * pair] - m[2 * pair + 1];
    }
#pragma unroll
    for (int k = 0; k <= outputs; k++) {
        channels sum = powers_of[k][0] * halves[k % 2][0];
#pragma unroll
        for (int pair = 1; pair < PAIRS; pair++) {
            sum = fma((channels)powers_of[k][pair], halves[k % 2][pair], sum);
        }
        y[k] = sum;
    }
    if (is_large) {
        y[outputs] += m[FINITE];
    }
}

/* One work-item: a piece of a tile's channels. Zeros surround the image. */
__kernel void winograd_input(__global const float *restrict x, const int x_offset, __global float *restrict transformed,
                             const int transformed_offset, const winograd_shape shape, const int piece) {
    const int number = get_global_id(1);
    const winograd_tile tile = tile_of(&shape, number);
    const int is_large_row = LARGE_ROWS && tile.row < shape.large_rows;
    const int is_large_column = LARGE_COLUMNS && tile.column < shape.large_columns;
    const int top = begin_of(tile.row, OUTPUTS_HEIGHT, shape.large_rows) - shape.top;
    const int left = begin_of(tile.column, OUTPUTS_WIDTH, shape.large_columns) - shape.left;
    const int points_height = FINITE + is_large_row;
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
#pragma unroll
            for (int row = 0; row < POINTS_HEIGHT; row++) {
                const int in_row = top + row;
                const int is_inside = is_column_inside && in_row >= 0 && in_row < shape.height && row < points_height;
                d[row] = is_inside ? load_channels(x + (in_row * shape.width + in_column) * shape.channels + c, end - c)
                                   : (channels)0.0f;
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
    const int is_large_row = LARGE_ROWS && tile.row < shape.large_rows;
    const int is_large_column = LARGE_COLUMNS && tile.column < shape.large_columns;
    const int top = begin_of(tile.row, OUTPUTS_HEIGHT, shape.large_rows);
    const int left = begin_of(tile.column, OUTPUTS_WIDTH, shape.large_columns);
    const int rows = min(OUTPUTS_HEIGHT + is_large_row, shape.height - top);
    const int columns = min(OUTPUTS_WIDTH + is_large_column, shape.width - left);
    const int points_width = FINITE + is_large_column;
    const int begin = get_global_id(0) * piece;
    const int end = END_OF_PIECE(begin, piece, shape.channels);
    gemm += gemm_offset + (size_t)number * shape.channels;
    y += y_offset + (((size_t)tile.image * shape.height + top) * shape.width + left) * shape.channels;
    for (int c = begin; c < end; c += TILE_CHANNELS) {
        channels half_way[OUTPUTS_HEIGHT + 1][FINITE + 1];
        UNROLL_FOR_LANES
        for (int column = 0; column < POINTS_WIDTH; column++) {
            if (column >= points_width) {
                continue; /* not break, which compilers do not unroll */
            }
            channels at_points[FINITE + 1];
            channels outputs[OUTPUTS_HEIGHT + 1];
#pragma unroll
            for (int row = 0; row < POINTS_HEIGHT; row++) {
                if (row < FINITE + is_large_row) {
                    at_points[row] =
                        load_channels(gemm + (size_t)(row * POINTS_WIDTH + column) * shape.plane_floats + c, end - c);
                }
            }
            output_transform(at_points, OUTPUTS_HEIGHT, is_large_row, outputs);
#pragma unroll
            for (int row = 0; row <= OUTPUTS_HEIGHT; row++) {
                half_way[row][column] = outputs[row];
            }
        }
        const channels shift = load_channels(bias + c, end - c);
        const channels slope = HAS_SLOPES ? load_channels(bias + shape.channels + c, end - c) : (channels)0.0f;
        UNROLL_FOR_LANES
        for (int row = 0; row <= OUTPUTS_HEIGHT; row++) {
            if (row >= rows) {
                continue; /* not break, which compilers do not unroll */
            }
            channels outputs[OUTPUTS_WIDTH + 1];
            output_transform(half_way[row], OUTPUTS_WIDTH, is_large_column, outputs);
#pragma unroll
            for (int column = 0; column <= OUTPUTS_WIDTH; column++) {
                if (column < columns) {
                    store_channels(activate_channels(outputs[column] + shift, slope),
                                   y + ((size_t)row * shape.width + column) * shape.channels + c, end - c);
                }
            }
        }
    }
}
