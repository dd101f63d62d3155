/*
 * What an instruction set provides: a table of micro-kernels, compiled from one generic source (tile.h, winograd.h,
 * chain.h and others) with the set's vector width. Kernels check nothing: plan.c and the operators have.
 */
#ifndef CONVOY_KERNELS_H
#define CONVOY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory that is read soon, fetched into the second-level cache a line at each step of the reduction: first_lines from
 * `first`, then as many as there are steps from `second`. Addresses, as it may be memory nobody owns: a fetch is a
 * hint.
 */
typedef struct convoy_ahead {
    uintptr_t first, second;
    ptrdiff_t first_lines;
} convoy_ahead;

enum { CONVOY_CACHE_LINE = 64 };

/* Words of coded weights; ../coded.h explains them. */
enum {
    CONVOY_CODED_STEPS = 4,  /* of the reduction in a group: with panels of two vectors, eight of weights */
    CONVOY_CODED_STORED = 7, /* of these, the last being spread over the spare bits of the others */
    CONVOY_CODED_SPARE = 4,  /* bits of a word, below the sign and above the magnitude */
    CONVOY_CODED_MAGNITUDE_BITS = 27,
    CONVOY_CODED_MAGNITUDE = (1 << CONVOY_CODED_MAGNITUDE_BITS) - 1
};

/* What coded weights are decoded by. */
typedef struct convoy_codes {
    uint32_t exponent;       /* added to a magnitude */
    uint32_t first_group;    /* of the job, counted from the panel's first, as escapes are */
    const uint32_t *escapes; /* groups that have no codes, in order, those of the job first */
    ptrdiff_t escape_count;
    const float *escaped; /* [escape][CONVOY_CODED_STEPS][panel] */
} convoy_codes;

/*
 * One block of a matrix product: rows of inputs, each a list of contiguous segments, times one panel of weights.
 * y[r][c] = sum over the block's k of x[r][k] * weights[k][c], r in [0, row_count), c in [0, channels).
 */
typedef struct convoy_product_job {
    const float *x;            /* origin of the row offsets */
    const ptrdiff_t *rows;     /* row r's input begins at x + rows[r] */
    const ptrdiff_t *segments; /* its segment s begins at + segments[s] */
    ptrdiff_t row_count;
    ptrdiff_t segment_length;
    ptrdiff_t segment_start; /* where in the first segment this block begins */
    ptrdiff_t depth;         /* products an output, in this block */
    const void *weights;     /* [depth][channels, rounded up to whole vectors] */
    int32_t weight_format;   /* convoy_weight_format */
    convoy_codes codes;      /* of coded weights */
    const float *bias;       /* [channels], or NULL */
    float *y;
    ptrdiff_t y_stride;
    ptrdiff_t channels;
    convoy_ahead ahead;
    ptrdiff_t ahead_line; /* the first of this job's */
    int32_t is_first;     /* y holds no partial sums yet */
    int32_t is_last;      /* add the bias, apply the activation */
    int32_t activation;   /* convoy_activation */
} convoy_product_job;

/* A pooling window inside the image, and where its result goes. */
typedef struct convoy_window {
    const float *x;       /* its first element */
    ptrdiff_t row_stride; /* floats from one row of the image to the next */
    ptrdiff_t rows;
    ptrdiff_t columns;
    ptrdiff_t channels;
    float divisor; /* averages only */
    float *y;
} convoy_window;

typedef struct convoy_lrn_params {
    ptrdiff_t channels;
    ptrdiff_t before; /* neighbours below a channel, at most channels - 1 */
    ptrdiff_t after;  /* and above */
    float scale;      /* alpha / size */
    float k;
    float beta;
} convoy_lrn_params;

/* Points of a Winograd tile along one axis, at most. */
enum { CONVOY_WINOGRAD_MOST_POINTS = 9 };

/* One input tile of Winograd convolution, to be evaluated at the points. Its points are 2 * pairs, or one more. */
typedef struct convoy_winograd_input {
    const float *const *pixels; /* [points_h][points_w]: channel 0 of each */
    ptrdiff_t channels;
    int32_t pairs;
    int32_t points_h, points_w;
    int32_t planes_w;       /* planes from one row of points to the next */
    float *values;          /* the tile's row of the first plane, with room for whole vectors */
    ptrdiff_t plane_stride; /* floats */
} convoy_winograd_input;

/* The products at a tile's points, to become outputs. */
typedef struct convoy_winograd_output {
    const float *products; /* the tile's row of the first plane, of whole vectors */
    ptrdiff_t plane_stride;
    int32_t pairs;
    int32_t points_h, points_w;
    int32_t planes_w;
    int32_t outputs_h, outputs_w; /* of the tile */
    int32_t rows, columns;        /* of these, inside the image */
    ptrdiff_t channels;
    const float *bias; /* [channels], or NULL */
    int32_t activation;
    float *y;
    ptrdiff_t row_stride, pixel_stride;
} convoy_winograd_output;

/* Most contiguous runs of a window that convolve_images takes: the rows of its kernel. */
enum { CONVOY_MOST_SEGMENTS = 255 };

/*
 * A convolution of some rows of a small map, without activation. A window is `segments` runs of elements. Strides are
 * in floats; where images lie in the lanes, an element is a vector of them.
 */
typedef struct convoy_convolution_job {
    const float *x;           /* the first window's first element */
    ptrdiff_t x_row;          /* from a window to the one below */
    ptrdiff_t x_column;       /* and to the one beside it */
    ptrdiff_t x_segment;      /* from a window's run to its next */
    ptrdiff_t segments;       /* runs of a window */
    ptrdiff_t segment_length; /* elements of a run */
    ptrdiff_t x_element;      /* from one to the next, where channels lie in the lanes; for images, their number */
    ptrdiff_t rows;           /* of outputs */
    ptrdiff_t columns;
    ptrdiff_t channels;
    const float *weights;    /* [segments * segment_length][weight_stride] */
    ptrdiff_t weight_stride; /* the channels, rounded up to whole vectors */
    const float *bias;       /* [channels], or NULL */
    float *y;
    ptrdiff_t y_row;
    ptrdiff_t y_column; /* an output pixel's channels lie side by side */
} convoy_convolution_job;

/* A convolution with neighbouring columns of one image's output in the lanes, at some positions around each. */
typedef struct convoy_columns_job {
    const float *x;
    const ptrdiff_t *offsets; /* [segments][positions]: of the elements of a position's window */
    ptrdiff_t segments;
    ptrdiff_t positions;
    ptrdiff_t channels;
    const float *weights; /* as above */
    ptrdiff_t weight_stride;
    const float *bias;
    float *y; /* [positions][channels][lanes] */
} convoy_columns_job;

/* A row of a Winograd convolution along rows. */
typedef struct convoy_tiles_job {
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
} convoy_tiles_job;

/*
 * Products at a point of an image's Winograd convolution with rows in the lanes. Rows are taken apart by their
 * remainder, the phase, and as many neighbouring rows are made as there are phases; a phase's rows follow each other.
 */
typedef struct convoy_rows_job {
    const float *x;    /* [tile][..][phase][row] */
    ptrdiff_t x_tile;  /* floats from a tile to the next */
    ptrdiff_t x_phase; /* and from a phase to the next */
    ptrdiff_t tiles;
    ptrdiff_t phases;
    ptrdiff_t segments; /* rows of a window */
    ptrdiff_t count;    /* rows made of each phase: whole vectors, so what lies behind the last is read too */
    ptrdiff_t channels;
    const float *weights; /* [segments][weight_stride] */
    ptrdiff_t weight_stride;
    float *y; /* [phase][tile][channel][count] */
    ptrdiff_t y_phase;
} convoy_rows_job;

typedef struct convoy_kernels {
    int32_t lanes;         /* floats in a vector */
    int32_t panel_vectors; /* vectors of output channels in a register tile */
    int32_t tile_rows;     /* rows of a register tile */
    void (*product)(const convoy_product_job *job);
    /* The same for one row, one segment, and a whole panel of coded weights. */
    void (*coded_product)(const convoy_product_job *job);
    void (*winograd_input)(const convoy_winograd_input *tile);
    void (*winograd_output)(const convoy_winograd_output *tile);
    void (*pool_max)(const convoy_window *window);
    void (*pool_average)(const convoy_window *window);
    /* y = activation(x); y may be x. */
    void (*activate)(const float *x, float *y, ptrdiff_t count, int32_t activation);
    /* y = activation(a + b); y may be a or b. */
    void (*add)(const float *a, const float *b, float *y, ptrdiff_t count, int32_t activation);
    /* One pixel. squares: before + channels + after floats of scratch, the first and last `before` and `after` zero. */
    void (*lrn)(const convoy_lrn_params *params, const float *x, float *squares, float *y);
    void (*convolve_images)(const convoy_convolution_job *job);
    void (*convolve_channels)(const convoy_convolution_job *job);
    void (*convolve_columns)(const convoy_columns_job *job);
    /* x: a row of the input, y: its tiles' values at the points. */
    void (*evaluate_tiles)(const convoy_tiles_job *job);
    /* x: a row of tiles, the products at the points; y: a row of the output. bias: of every float of a pixel. */
    void (*interpolate_tiles)(const convoy_tiles_job *job);
    void (*convolve_rows)(const convoy_rows_job *job);
    /* y[i * stride + lane] = x[lane][i], i in [0, count): x has a pointer for each lane. */
    void (*images_to_lanes)(const float *const *x, float *y, ptrdiff_t stride, ptrdiff_t count);
    /* y[i] = x[i] * scale[i] + shift[i] */
    void (*bytes_to_floats)(const uint8_t *x, const float *scale, const float *shift, float *y, ptrdiff_t count);
} convoy_kernels;

const convoy_kernels *convoy_kernels_scalar(void);
const convoy_kernels *convoy_kernels_avx2(void);
const convoy_kernels *convoy_kernels_avx512(void);
const convoy_kernels *convoy_kernels_neon(void);

#endif
