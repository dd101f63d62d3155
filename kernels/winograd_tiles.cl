/*
 * Tiles of Winograd convolution and the output transform, which winograd.cl and winograd_multiply.cl share: winograd.cl
 * explains them. The file that includes this one says where the GEMMs' results lie: RESULTS is __global or __local.
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

/*
 * A vector of a tile's channels: from the results of the GEMMs, a plane's plane_floats behind the one's before it, to
 * outputs, y being where the tile begins. Of a vector only the first count channels are there.
 */
static void write_outputs(const winograd_shape *s, const winograd_tile tile, RESULTS const float *results,
                          const int plane_floats, const channels shift, const channels slope, __global float *y,
                          const int count) {
    const int is_large_row = LARGE_ROWS && tile.row < s->large_rows;
    const int is_large_column = LARGE_COLUMNS && tile.column < s->large_columns;
    const int rows = min(OUTPUTS_HEIGHT + is_large_row, s->height - begin_of(tile.row, OUTPUTS_HEIGHT, s->large_rows));
    const int columns =
        min(OUTPUTS_WIDTH + is_large_column, s->width - begin_of(tile.column, OUTPUTS_WIDTH, s->large_columns));
    const int points_width = FINITE + is_large_column;
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
                at_points[row] = LOAD_RESULTS(results + (size_t)(row * POINTS_WIDTH + column) * plane_floats, count);
            }
        }
        output_transform(at_points, OUTPUTS_HEIGHT, is_large_row, outputs);
#pragma unroll
        for (int row = 0; row <= OUTPUTS_HEIGHT; row++) {
            half_way[row][column] = outputs[row];
        }
    }
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
                               y + ((size_t)row * s->width + column) * s->channels, count);
            }
        }
    }
}

/* Where a tile's outputs begin in the feature map. */
static size_t place_of(const winograd_shape *s, const winograd_tile tile) {
    const int top = begin_of(tile.row, OUTPUTS_HEIGHT, s->large_rows);
    const int left = begin_of(tile.column, OUTPUTS_WIDTH, s->large_columns);
    return (((size_t)tile.image * s->height + top) * s->width + left) * s->channels;
}
