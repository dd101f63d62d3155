/*
 * A chain of small layers as one kernel. Layers that each take microseconds spend their time on being launched, and on
 * maps too narrow for vectors; here a work-item carries a micro-batch through all of them, and no map leaves the
 * second-level cache. With LANES_ARE_IMAGES a micro-batch is a vector of images side by side, so that any shape fills
 * the vectors; images too few for that go one by one, with channels in the lanes. Sums are added up in the same order
 * either way.
 *
 * A map is [row][column][channel] of elements: the same number of each image of a micro-batch, or one number. Channels
 * are filled up to whole tiles, and rows and columns with the zeros that the next layer pads with. Weights are packed
 * [tile][row][column][channel][filter of the tile], each tile's biases in front; a filter is one number, or as many
 * filters as there are lanes. All distances are in elements.
 */
#include "common.cl"

#ifndef LANES_ARE_IMAGES
#define LANES_ARE_IMAGES 1 /* 1: the lanes of a vector are VECTOR images; 0: VECTOR channels of one */
#endif

#if LANES_ARE_IMAGES
#define MICRO_BATCH          VECTOR /* images that pass together */
#define ELEMENT              VECTOR /* floats of an element */
#define STEP                 1      /* channels that a vector takes in */
#define BROADCAST_ELEMENT(p) LOAD(p)
#define BROADCAST_WEIGHT(p)  ((vec)(*(p)))
#define STORE_ELEMENT(v, p)  STORE(v, p)
#define CHAIN_TILES          CONCATENATE(CHAIN_IMAGE_TILES_, VECTOR)
#else
#define MICRO_BATCH          1
#define ELEMENT              1
#define STEP                 VECTOR
#define BROADCAST_ELEMENT(p) ((vec)(*(p)))
#define BROADCAST_WEIGHT(p)  LOAD(p)
#define STORE_ELEMENT(v, p)  (*(p) = (v).s0)
#define CHAIN_TILES          CONCATENATE(CHAIN_CHANNEL_TILES_, VECTOR)
#endif

typedef struct {
    int kind;      /* one of host.cl's */
    int tile;      /* of CHAIN_TILES */
    int tiles;     /* that cover the filters */
    int activates; /* 1: sums go through the activation */
    int input;     /* where the map begins that it reads */
    int output;    /* where the map begins that it writes */
    int sums;      /* where rows of sums lie until they are pooled */
    int weights;   /* where its weights begin, in floats */
    int height;    /* rows that it writes */
    int width;     /* columns of a row of sums */
    int step_h;    /* from a row of the input to the one that the next row of sums or windows begins with */
    int step_w;    /* the same of columns */
    int kernel_h;
    int run_count;  /* contiguous runs of a kernel row: one, or one a column */
    int run_length; /* elements of a run */
    int run_step;   /* from run to run */
    int in_row;     /* from row to row of the input */
    int out_row;    /* from row to row of the output */
    int pool_h;     /* rows of a window; 0 where sums are not pooled */
    int pool_w;
    int pool_step;    /* from window to window of a row */
    int pool_columns; /* windows of a row */
    int pool_is_max;
    int channels; /* of a pixel of the map that is pooled, with those that fill it up */
} chain_stage;

#define MOST_SUMS 24 /* of a tile: what registers hold */

DEFINE_ACTIVATE(activate, vec)

/* A row of sums, tile by tile; the last tile of a row begins early where it would end too late. */
static __attribute__((always_inline)) void sum_row(__global const float *restrict x, __global float *restrict y,
                                                   __global const float *restrict weights,
                                                   __constant const chain_stage *stage, const int filters,
                                                   const int columns) {
    const int width = stage->width, tiles = stage->tiles, length = stage->run_length, step_w = stage->step_w;
    __global const float *w = weights;
    for (int tile = 0; tile < tiles; tile++) {
        __global const float *first = w;
        for (int at = 0; at < width; at += columns) {
            const int column = min(at, width - columns);
            vec sums[MOST_SUMS];
            w = first;
#pragma unroll
            for (int f = 0; f < filters; f++) {
#pragma unroll
                for (int j = 0; j < columns; j++) {
                    sums[f * columns + j] = BROADCAST_WEIGHT(w + f * STEP);
                }
            }
            for (int u = 0; u < stage->kernel_h; u++) {
                for (int run = 0; run < stage->run_count; run++) {
                    __global const float *in =
                        x + (u * stage->in_row + column * step_w + run * stage->run_step) * ELEMENT;
#pragma nounroll
                    for (int i = 0; i < length; i++) {
                        w += filters * STEP;
#pragma unroll
                        for (int f = 0; f < filters; f++) {
#pragma unroll
                            for (int j = 0; j < columns; j++) {
                                sums[f * columns + j] = fma(BROADCAST_ELEMENT(in + (j * step_w + i) * ELEMENT),
                                                            BROADCAST_WEIGHT(w + f * STEP), sums[f * columns + j]);
                            }
                        }
                    }
                }
            }
            w += filters * STEP;
            __global float *out = y + (column * tiles + tile) * filters * STEP * ELEMENT;
#pragma unroll
            for (int j = 0; j < columns; j++) {
#pragma unroll
                for (int f = 0; f < filters; f++) {
                    STORE(sums[f * columns + j], out + (j * tiles * filters + f) * STEP * ELEMENT);
                }
            }
        }
    }
    if (stage->activates) {
        /* By themselves: in the tile they would be as many copies of the function as it has sums. */
        const int count = width * tiles * filters;
#pragma unroll 4
        for (int i = 0; i < count; i++) {
            STORE(activate(LOAD(y + i * VECTOR), 0.0f), y + i * VECTOR);
        }
    }
}

/* A row of means or largest numbers of windows. */
static void pool_row(__global const float *restrict x, __global float *restrict y, __constant const chain_stage *stage,
                     const int in_row) {
    const int channels = stage->channels, pool_w = stage->pool_w, pool_h = stage->pool_h;
    const float count = pool_h * pool_w;
    for (int column = 0; column < stage->pool_columns; column++) {
        for (int c = 0; c < channels; c += STEP) {
            __global const float *in = x + (column * stage->pool_step + c) * ELEMENT;
            vec result = stage->pool_is_max ? -INFINITY : 0.0f;
            for (int u = 0; u < pool_h; u++) {
                for (int v = 0; v < pool_w; v++) {
                    const vec value = LOAD(in + (u * in_row + v * channels) * ELEMENT);
                    result = stage->pool_is_max ? LARGER(result, value) : result + value;
                }
            }
            STORE(stage->pool_is_max ? result : result / count, y + (column * channels + c) * ELEMENT);
        }
    }
}

static void softmax(__global const float *restrict x, __global float *restrict y, const int channels) {
    vec largest = BROADCAST_ELEMENT(x);
    for (int c = 1; c < channels; c++) {
        const vec value = BROADCAST_ELEMENT(x + c * ELEMENT);
        largest = LARGER(largest, value);
    }
    vec sum = 0.0f;
    for (int c = 0; c < channels; c++) {
        const vec power = exp(BROADCAST_ELEMENT(x + c * ELEMENT) - largest);
        STORE_ELEMENT(power, y + c * ELEMENT);
        sum += power;
    }
    for (int c = 0; c < channels; c++) {
        const vec share = BROADCAST_ELEMENT(y + c * ELEMENT) / sum;
        STORE_ELEMENT(share, y + c * ELEMENT);
    }
}

#define SUM_ROW_OF_TILE(number, filters, columns)                                                                      \
    case number:                                                                                                       \
        sum_row(x, y, weights, stage, filters, columns);                                                               \
        break;

static void run_stage(__global float *maps, __global const float *restrict all_weights,
                      __constant const chain_stage *stage) {
    __global const float *weights = all_weights + stage->weights;
    if (stage->kind == CHAIN_SOFTMAX) {
        softmax(maps + stage->input * ELEMENT, maps + stage->output * ELEMENT, stage->channels);
        return;
    }
    /* Of a map that is pooled, no more rows are there than those of a row of windows. */
    const int sums_row = stage->width * stage->channels;
    const int is_pooled = stage->pool_h > 0;
    const int rows = is_pooled && stage->kind == CHAIN_CONVOLUTION ? stage->pool_h : 1;
    for (int row = 0; row < stage->height; row++) {
        __global const float *in = maps + (stage->input + row * rows * stage->step_h) * ELEMENT;
        __global float *out = maps + (stage->output + row * stage->out_row) * ELEMENT;
        if (stage->kind == CHAIN_POOL) {
            pool_row(in, out, stage, stage->in_row);
            continue;
        }
        for (int u = 0; u < rows; u++) {
            __global const float *x = in + u * stage->step_h * ELEMENT;
            __global float *y = is_pooled ? maps + (stage->sums + u * sums_row) * ELEMENT : out;
            switch (stage->tile) { CHAIN_TILES(SUM_ROW_OF_TILE) }
        }
        if (is_pooled) {
            pool_row(maps + stage->sums * ELEMENT, out, stage, sums_row);
        }
    }
}

/* Rows of images into a map, a few elements of each in turn so that these stay in the cache from image to image. */
static void load_images(__global const float *restrict x, __global float *restrict y, const int images,
                        const int image_floats, const int row_floats, const int out_row) {
    for (int from = 0; from < image_floats; from += row_floats) {
        for (int image = 0; image < images; image++) {
            for (int i = 0; i < row_floats; i++) {
                y[i * ELEMENT + image] = x[image * image_floats + from + i];
            }
        }
        y += out_row * ELEMENT;
    }
}

/* Pixels of a map to images, without the channels that fill it up. */
static void store_images(__global const float *restrict x, __global float *restrict y, const int images,
                         const int pixels, const int channels, const int padded_channels) {
    for (int image = 0; image < images; image++) {
        for (int pixel = 0; pixel < pixels; pixel++) {
            for (int c = 0; c < channels; c++) {
                y[c] = x[(pixel * padded_channels + c) * ELEMENT + image];
            }
            y += channels;
        }
    }
}

typedef struct {
    int stages;
    int elements;        /* of all maps of a micro-batch */
    int is_padded;       /* 1: some maps have zeros around them */
    int input;           /* where the map begins that images go to */
    int image_floats;    /* of an image */
    int row_floats;      /* of a row of an image */
    int in_row;          /* from row to row of the map */
    int output;          /* where the map begins that is the result */
    int pixels;          /* of the result */
    int channels;        /* of a pixel */
    int padded_channels; /* the same with those that fill the map up */
} chain_shape;

__kernel void chain(__global const float *restrict x, const int x_offset, __global float *restrict y,
                    const int y_offset, __global float *restrict workspace, const int workspace_offset,
                    __global const float *restrict weights, __constant const chain_stage *restrict stages,
                    const chain_shape shape, const int images) {
    const int result_floats = shape.pixels * shape.channels;
    __global float *maps = workspace + workspace_offset + (size_t)get_global_id(0) * shape.elements * ELEMENT;
    for (int i = 0; shape.is_padded && i < shape.elements * ELEMENT; i++) {
        maps[i] = 0.0f;
    }
    for (int first = get_global_id(0) * MICRO_BATCH; first < images; first += get_global_size(0) * MICRO_BATCH) {
        const int count = min(MICRO_BATCH, images - first);
        load_images(x + x_offset + (size_t)first * shape.image_floats, maps + shape.input * ELEMENT, count,
                    shape.image_floats, shape.row_floats, shape.in_row);
        for (int i = 0; i < shape.stages; i++) {
            run_stage(maps, weights, stages + i);
        }
        store_images(maps + shape.output * ELEMENT, y + y_offset + (size_t)first * result_floats, count, shape.pixels,
                     shape.channels, shape.padded_channels);
    }
}
