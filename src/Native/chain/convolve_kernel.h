/*
 * Convolution of small feature maps, for chains (chain.c): two micro-kernels over maps that differ in what lies in a
 * vector.
 *
 * Images in the lanes: maps are [row][column][channel][lane], an element is a vector of LANES images, and the weights
 * are broadcast. A register tile is a few channels by a few pixels.
 * Channels in the lanes: one image's map [row][column][channel]; inputs are broadcast, and the weights are vectors of
 * output channels. A register tile is a few pixels by a few vectors.
 *
 * Both read the same weights, and in both an output is one chain of multiply-adds from zero, in the order of (kernel
 * row, kernel column, input channel), to which the bias is added last: an image's bits do not show which one ran.
 */
#ifndef CONVOY_CONVOLVE_KERNEL_H
#define CONVOY_CONVOLVE_KERNEL_H

#include "chain/chain_job.h"
#include "isa/vector.h"

/* A tile's channels and pixels: with the vectors of a pixel and one weight, what 32 or 16 registers hold. */
enum { IMAGE_CHANNELS = 6, IMAGE_PIXELS = TILE_ROWS == 8 ? 4 : 2 };

/* A layer of one pixel has a channel for each register instead. */
enum { PIXEL_CHANNELS = 12 };

/* Vectors of a tile of one pixel, and of several. */
enum { PIXEL_VECTORS = 8, ROW_VECTORS = 2 };

/* Where a tile of images in lanes reads and writes. */
typedef struct image_tile {
    const float *x;
    const ptrdiff_t *indirection; /* [runs][indirection_stride]: where each pixel's contiguous runs begin */
    ptrdiff_t indirection_stride;
    ptrdiff_t runs;
    ptrdiff_t length; /* elements of a run */
    const float *weights;
    ptrdiff_t weight_stride;
    const float *bias; /* NULL: none */
    float *y[IMAGE_PIXELS];
} image_tile;

ALWAYS_INLINE void convolve_image_tile(const image_tile *tile, const int channels, const int pixels) {
    vec sums[PIXEL_CHANNELS][IMAGE_PIXELS];
    UNROLL
    for (int c = 0; c < channels; c++) {
        UNROLL
        for (int p = 0; p < pixels; p++) {
            sums[c][p] = (vec){0};
        }
    }
    const float *w = tile->weights;
    const ptrdiff_t *begins = tile->indirection;
    for (ptrdiff_t s = 0; s < tile->runs; s++, begins += tile->indirection_stride) {
        const float *x[IMAGE_PIXELS];
        UNROLL
        for (int p = 0; p < pixels; p++) {
            x[p] = tile->x + begins[p];
        }
        for (ptrdiff_t i = 0; i < tile->length; i++, w += tile->weight_stride) {
            vec inputs[IMAGE_PIXELS];
            UNROLL
            for (int p = 0; p < pixels; p++) {
                inputs[p] = load(x[p] + i * LANES);
            }
            UNROLL
            for (int c = 0; c < channels; c++) {
                UNROLL
                for (int p = 0; p < pixels; p++) {
                    sums[c][p] += w[c] * inputs[p];
                }
            }
        }
    }
    UNROLL
    for (int c = 0; c < channels; c++) {
        UNROLL
        for (int p = 0; p < pixels; p++) {
            const vec sum = tile->bias != NULL ? sums[c][p] + tile->bias[c] : sums[c][p];
            store(tile->y[p] + c * LANES, sum);
        }
    }
}

typedef void image_tile_function(const image_tile *tile);

#define DEFINE_IMAGE_TILE(channels, pixels)                                                                            \
    static void convolve_image_tile_##channels##x##pixels(const image_tile *tile) {                                    \
        convolve_image_tile(tile, channels, pixels);                                                                   \
    }
#define IMAGE_TILE_NAME(channels, pixels) convolve_image_tile_##channels##x##pixels,
#define FOR_ALL_IMAGE_TILES(X, pixels)    X(1, pixels) X(2, pixels) X(3, pixels) X(4, pixels) X(5, pixels) X(6, pixels)

FOR_ALL_IMAGE_TILES(DEFINE_IMAGE_TILE, 1)
FOR_ALL_IMAGE_TILES(DEFINE_IMAGE_TILE, 2)
#if TILE_ROWS == 8
FOR_ALL_IMAGE_TILES(DEFINE_IMAGE_TILE, 3)
FOR_ALL_IMAGE_TILES(DEFINE_IMAGE_TILE, 4)
#endif
DEFINE_IMAGE_TILE(12, 1)

static image_tile_function *const image_tiles[IMAGE_PIXELS][IMAGE_CHANNELS] = {
    {FOR_ALL_IMAGE_TILES(IMAGE_TILE_NAME, 1)},
    {FOR_ALL_IMAGE_TILES(IMAGE_TILE_NAME, 2)},
#if TILE_ROWS == 8
    {FOR_ALL_IMAGE_TILES(IMAGE_TILE_NAME, 3)},
    {FOR_ALL_IMAGE_TILES(IMAGE_TILE_NAME, 4)},
#endif
};

/* All channels of some pixels. The tile is of their first channels. */
static void convolve_image_pixels(image_tile tile, ptrdiff_t pixels, ptrdiff_t channels) {
    for (ptrdiff_t left = channels; left > 0;) {
        ptrdiff_t count = left < IMAGE_CHANNELS ? left : IMAGE_CHANNELS;
        if (pixels == 1 && left >= PIXEL_CHANNELS) {
            count = PIXEL_CHANNELS;
            convolve_image_tile_12x1(&tile);
        } else {
            image_tiles[pixels - 1][count - 1](&tile);
        }
        tile.weights += count;
        tile.bias += tile.bias != NULL ? count : 0;
        for (ptrdiff_t p = 0; p < pixels; p++) {
            tile.y[p] += count * LANES;
        }
        left -= count;
    }
}

/* The windows of a tile's pixels, from its first, where the row ends after `in_row` of them. */
static void fill_image_indirection(const convoy_convolution_job *job, ptrdiff_t in_row, ptrdiff_t *indirection) {
    const ptrdiff_t to_next_row = job->x_row - job->columns * job->x_column;
    for (ptrdiff_t p = 0; p < IMAGE_PIXELS; p++) {
        const ptrdiff_t rows = p < in_row ? 0 : 1 + (p - in_row) / job->columns;
        for (ptrdiff_t s = 0; s < job->runs; s++) {
            indirection[s * IMAGE_PIXELS + p] = p * job->x_column + rows * to_next_row + s * job->x_run;
        }
    }
}

static void convolve_images(const convoy_convolution_job *job) {
    ptrdiff_t indirection[CONVOY_MOST_RUNS * IMAGE_PIXELS];
    image_tile tile = {
        .indirection = indirection,
        .indirection_stride = IMAGE_PIXELS,
        .runs = job->runs,
        .length = job->run_length,
        .weights = job->weights,
        .weight_stride = job->weight_stride,
        .bias = job->bias,
    };
    const ptrdiff_t pixels = job->rows * job->columns;
    ptrdiff_t row = 0;
    ptrdiff_t column = 0;
    const int is_even = job->x_row == job->columns * job->x_column; /* from row to row as from column to column */
    ptrdiff_t filled_for = 0; /* tiles come in few kinds, and neighbours are mostly of one */
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel += IMAGE_PIXELS) {
        const ptrdiff_t count = pixels - pixel < IMAGE_PIXELS ? pixels - pixel : IMAGE_PIXELS;
        const ptrdiff_t to_end = job->columns - column;
        const ptrdiff_t in_row = to_end < IMAGE_PIXELS && !is_even ? to_end : IMAGE_PIXELS;
        if (in_row != filled_for) {
            fill_image_indirection(job, in_row, indirection);
            filled_for = in_row;
        }
        tile.x = job->x + row * job->x_row + column * job->x_column;
        for (ptrdiff_t p = 0; p < count; p++) {
            tile.y[p] = job->y + row * job->y_row + column * job->y_column;
            if (++column == job->columns) {
                column = 0;
                row++;
            }
        }
        convolve_image_pixels(tile, count, job->channels);
    }
}

static void convolve_columns(const convoy_columns_job *job) {
    image_tile tile = {
        .x = job->x,
        .indirection_stride = job->positions,
        .runs = job->elements,
        .length = 1,
        .weights = job->weights,
        .weight_stride = job->weight_stride,
        .bias = job->bias,
    };
    for (ptrdiff_t position = 0; position < job->positions; position += IMAGE_PIXELS) {
        const ptrdiff_t left = job->positions - position;
        const ptrdiff_t count = left < IMAGE_PIXELS ? left : IMAGE_PIXELS;
        tile.indirection = job->indirection + position;
        for (ptrdiff_t p = 0; p < count; p++) {
            tile.y[p] = job->y + (position + p) * job->channels * LANES;
        }
        convolve_image_pixels(tile, count, job->channels);
    }
}

/* Where a tile of channels in lanes reads and writes. */
typedef struct channel_tile {
    const float *x[TILE_ROWS]; /* each pixel's window */
    float *y[TILE_ROWS];
    ptrdiff_t channel; /* the first */
} channel_tile;

ALWAYS_INLINE void convolve_channel_tile(const convoy_convolution_job *job, const channel_tile *tile, const int pixels,
                                         const int vectors) {
    vec sums[TILE_ROWS][PIXEL_VECTORS];
    UNROLL
    for (int p = 0; p < pixels; p++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            sums[p][v] = (vec){0};
        }
    }
    const float *w = job->weights + tile->channel;
    for (ptrdiff_t s = 0; s < job->runs; s++) {
        ptrdiff_t x = s * job->x_run;
        for (ptrdiff_t i = 0; i < job->run_length; i++, x += job->x_element, w += job->weight_stride) {
            vec weights[PIXEL_VECTORS];
            UNROLL
            for (int v = 0; v < vectors; v++) {
                weights[v] = load(w + v * LANES);
            }
            UNROLL
            for (int p = 0; p < pixels; p++) {
                UNROLL
                for (int v = 0; v < vectors; v++) {
                    sums[p][v] += tile->x[p][x] * weights[v];
                }
            }
        }
    }
    UNROLL
    for (int p = 0; p < pixels; p++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const ptrdiff_t channel = tile->channel + v * LANES;
            const ptrdiff_t left = job->channels - channel;
            float *y = tile->y[p] + channel;
            vec sum = sums[p][v];
            if (left >= LANES) {
                store(y, job->bias != NULL ? sum + load(job->bias + channel) : sum);
            } else {
                store_partial(y, job->bias != NULL ? sum + load_partial(job->bias + channel, left) : sum, left);
            }
        }
    }
}

typedef void channel_tile_function(const convoy_convolution_job *job, const channel_tile *tile);

#define DEFINE_CHANNEL_TILE(pixels, vectors)                                                                           \
    static void convolve_channel_tile_##pixels##x##vectors(const convoy_convolution_job *job,                          \
                                                           const channel_tile *tile) {                                 \
        convolve_channel_tile(job, tile, pixels, vectors);                                                             \
    }
#define CHANNEL_TILE_NAME(pixels, vectors) convolve_channel_tile_##pixels##x##vectors,
#define FOR_ALL_PIXEL_VECTORS(X)           X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8)
#if TILE_ROWS == 4
#define FOR_MORE_ROWS(X, vectors) X(2, vectors) X(3, vectors) X(4, vectors)
#elif TILE_ROWS == 6
#define FOR_MORE_ROWS(X, vectors) X(2, vectors) X(3, vectors) X(4, vectors) X(5, vectors) X(6, vectors)
#elif TILE_ROWS == 8
#define FOR_MORE_ROWS(X, vectors)                                                                                      \
    X(2, vectors) X(3, vectors) X(4, vectors) X(5, vectors) X(6, vectors) X(7, vectors) X(8, vectors)
#endif

FOR_ALL_PIXEL_VECTORS(DEFINE_CHANNEL_TILE)
FOR_MORE_ROWS(DEFINE_CHANNEL_TILE, 1)
FOR_MORE_ROWS(DEFINE_CHANNEL_TILE, 2)

static channel_tile_function *const pixel_tiles[PIXEL_VECTORS] = {FOR_ALL_PIXEL_VECTORS(CHANNEL_TILE_NAME)};

static channel_tile_function *const row_tiles[ROW_VECTORS][TILE_ROWS] = {
    {CHANNEL_TILE_NAME(1, 1) FOR_MORE_ROWS(CHANNEL_TILE_NAME, 1)},
    {CHANNEL_TILE_NAME(1, 2) FOR_MORE_ROWS(CHANNEL_TILE_NAME, 2)},
};

static void convolve_channels(const convoy_convolution_job *job) {
    const ptrdiff_t pixels = job->rows * job->columns;
    const ptrdiff_t most = pixels == 1 ? PIXEL_VECTORS : ROW_VECTORS;
    channel_tile tile;
    for (tile.channel = 0; tile.channel < job->channels; tile.channel += most * LANES) {
        const ptrdiff_t needed = (job->channels - tile.channel + LANES - 1) / LANES;
        const ptrdiff_t vectors = needed < most ? needed : most;
        ptrdiff_t row = 0;
        ptrdiff_t column = 0;
        for (ptrdiff_t pixel = 0; pixel < pixels; pixel += TILE_ROWS) {
            const ptrdiff_t count = pixels - pixel < TILE_ROWS ? pixels - pixel : TILE_ROWS;
            for (ptrdiff_t p = 0; p < count; p++) {
                tile.x[p] = job->x + row * job->x_row + column * job->x_column;
                tile.y[p] = job->y + row * job->y_row + column * job->y_column;
                if (++column == job->columns) {
                    column = 0;
                    row++;
                }
            }
            (count == 1 ? pixel_tiles[vectors - 1] : row_tiles[vectors - 1][count - 1])(job, &tile);
        }
    }
}

#endif
