/* What the micro-kernels of chains are given. */
#ifndef CONVOY_CHAIN_JOB_H
#define CONVOY_CHAIN_JOB_H

#include <stddef.h>
#include <stdint.h>

/* Most contiguous runs of a window that convolve_images takes: the rows of its kernel. */
enum { CONVOY_MOST_RUNS = 255 };

/*
 * A convolution of some rows of a small map, without activation. A window is `runs` contiguous runs of elements.
 * Strides are in floats; where images lie in the lanes, an element is a vector of them.
 */
typedef struct convoy_convolution_job {
    const float *x;       /* the first window's first element */
    ptrdiff_t x_row;      /* from a window to the one below */
    ptrdiff_t x_column;   /* and to the one beside it */
    ptrdiff_t x_run;      /* from a window's run to its next */
    ptrdiff_t runs;       /* of a window */
    ptrdiff_t run_length; /* elements of a run */
    ptrdiff_t x_element;  /* from one to the next, where channels lie in the lanes; for images, their number */
    ptrdiff_t rows;       /* of outputs */
    ptrdiff_t columns;
    ptrdiff_t channels;
    const float *weights;    /* [runs * run_length][weight_stride] */
    ptrdiff_t weight_stride; /* the channels, rounded up to whole vectors */
    const float *bias;       /* [channels], or NULL */
    float *y;
    ptrdiff_t y_row;
    ptrdiff_t y_column; /* an output pixel's channels lie side by side */
} convoy_convolution_job;

/* A convolution with neighbouring columns of one image's output in the lanes, at some positions around each. */
typedef struct convoy_columns_job {
    const float *x;
    const ptrdiff_t *indirection; /* [elements][positions]: of the elements of a position's window */
    ptrdiff_t elements;
    ptrdiff_t positions;
    ptrdiff_t channels;
    const float *weights; /* as above */
    ptrdiff_t weight_stride;
    const float *bias;
    float *y; /* [positions][channels][lanes] */
} convoy_columns_job;

/* The input or output transform of a row, of a Winograd convolution along rows. */
typedef struct convoy_row_transform_job {
    const float *x;
    float *y;
    const float *bias;
    ptrdiff_t pixel;   /* floats of a pixel */
    ptrdiff_t width;   /* pixels of a row of the output */
    ptrdiff_t tiles;   /* of a row */
    ptrdiff_t outputs; /* of a tile */
    ptrdiff_t tile;    /* floats from a tile to the next, on the side of the points */
    ptrdiff_t point;   /* and from a point to the next */
    int32_t points;
} convoy_row_transform_job;

/*
 * The convolutions at a point of an image's Winograd convolution with rows in the lanes. Rows are taken apart by their
 * remainder, the phase, and as many neighbouring rows are made as there are phases; a phase's rows follow each other.
 */
typedef struct convoy_rows_job {
    const float *x;    /* [tile][..][phase][row] */
    ptrdiff_t x_tile;  /* floats from a tile to the next */
    ptrdiff_t x_phase; /* and from a phase to the next */
    ptrdiff_t tiles;
    ptrdiff_t phases;
    ptrdiff_t taps;  /* rows of a window */
    ptrdiff_t count; /* rows made of each phase: whole vectors, so what lies behind the last is read too */
    ptrdiff_t channels;
    const float *weights; /* [taps][weight_stride] */
    ptrdiff_t weight_stride;
    float *y; /* [phase][tile][channel][count] */
    ptrdiff_t y_phase;
} convoy_rows_job;

#endif
