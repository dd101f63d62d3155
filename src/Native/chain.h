/*
 * A chain of small layers run as one operator. Layers that each take microseconds spend their time on being started and
 * on maps too narrow for vectors. Here a work item carries a group of images, side by side in the lanes of a vector,
 * through all layers, so that any shape fills the vectors and no map leaves the second-level cache. Images too few to
 * fill the lanes go one by one, with channels in the lanes, or neighbouring columns or rows where there are hardly any
 * channels (kernels/chain.h, kernels/chain_rows.h). All ways give the same bits.
 *
 * Layers are taken in stages: a convolution, a pooling, or a convolution with the pooling behind it, of which only the
 * rows that one row of windows needs are kept.
 */
#ifndef CONVOY_CHAIN_H
#define CONVOY_CHAIN_H

#include "plan.h"

/* A feature map between stages, with the zeros around it that the next stage's convolution wants. */
typedef struct convoy_chain_map {
    int64_t height, width, channels;
    int64_t pad_top, pad_left;
    int64_t padded_height, padded_width;
} convoy_chain_map;

/*
 * A convolution's rows by Winograd's algorithm, F(outputs, kernel_w) along each: the input's rows are evaluated at the
 * points, every point has a convolution of one column, and the outputs are interpolated. Where a row is no whole number
 * of tiles the last one overlaps its neighbour.
 */
typedef struct convoy_chain_tiles {
    int64_t points; /* 0: the convolution is direct */
    int64_t outputs;
    int64_t count; /* of a row */
} convoy_chain_tiles;

typedef struct convoy_chain_stage {
    const convoy_chain_layer_state *convolution; /* NULL: pooling alone */
    const convoy_chain_layer_state *pool;        /* NULL: none */
    convoy_chain_map input, output;
    int64_t height, width, channels; /* of what is pooled: the convolution's output, or the input */
    int64_t block_rows;              /* output rows made at a time */
    int64_t block_height;            /* rows of the convolution that a block pools */
    convoy_chain_tiles tiles;
    int64_t depth;         /* products of a direct convolution's output */
    int64_t weight_stride; /* the convolution's channels, rounded up to whole vectors */
    int64_t weights, bias; /* where the stage's begin, in floats */
} convoy_chain_stage;

/* A single image's first convolution, with columns of the stage's output in the lanes. */
typedef struct convoy_chain_columns {
    int64_t phases; /* columns of the input from a lane to the next: the input is taken apart by their remainder */
    int64_t pitch;  /* columns of a phase */
    int64_t phase_floats; /* of a phase */
    int64_t positions;    /* of the convolution in a window of the pooling */
    int64_t segments;     /* elements of the convolution's window */
    int64_t floats;       /* of scratch, the phases included; 0: channels go into the lanes as elsewhere */
} convoy_chain_columns;

/* A single image's first convolution by tiles, with rows in the lanes. */
typedef struct convoy_chain_rows {
    int64_t phases; /* rows are taken apart by their remainder: as many as rows of the pooling's window */
    int64_t plane;  /* rows of the input in a phase, and those that a vector beginning at the last may reach */
    int64_t count;  /* rows of the output, in whole vectors */
    int64_t input_floats, values_floats, products_floats, made_floats;
    int64_t floats; /* of scratch; 0: the first convolution is made otherwise */
    bool is_next;   /* the next stage reads rows in lanes */
} convoy_chain_rows;

typedef struct convoy_chain {
    int64_t lanes;
    int64_t stage_count;
    bool has_softmax;
    int64_t map_floats[2];              /* of the maps at even and at odd places, for one image */
    int64_t group_buffer, image_buffer; /* floats beside the maps: of one image in a group, and of one by itself */
    int64_t weight_count, packed_floats, bias_count;
    int64_t multiply_adds;
    convoy_chain_columns columns;
    convoy_chain_rows rows;
    convoy_chain_stage stages[CONVOY_CHAIN_LAYERS];
} convoy_chain;

/* Longest table of offsets that the first convolution's columns may need. */
enum { CONVOY_MOST_COLUMN_OFFSETS = 512 };

/* Floats of the widest vector; what one image's maps and buffers begin at is a multiple of it, so that no vector that
 * begins there crosses a cache line. */
enum { CONVOY_MOST_LANES = 16 };

/* Channels that are made at a time with rows in the lanes: their products, and the input's values, about fill the
 * first-level cache. */
enum { CONVOY_ROWS_CHANNELS = 2 };

/* Works out the stages. BAD_VALUE: a window does not fit its input; UNSUPPORTED: the chain is too large. */
int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain);

/* Floats of scratch: of a group of images, and of one by itself. */
int64_t convoy_chain_group_floats(const convoy_chain *chain);
int64_t convoy_chain_image_floats(const convoy_chain *chain);

/* Floats of an image that a stage's rows take where they are pooled, and of its input's values at the points, where
 * `width` images lie in the lanes. */
int64_t convoy_chain_rows_floats(const convoy_chain_stage *stage, int64_t rows);
int64_t convoy_chain_values_floats(const convoy_chain *chain, const convoy_chain_stage *stage, int64_t width);

/* Points of the tiles that save most for a convolution; 0: none save enough. */
uint8_t convoy_chain_choose_points(const convoy_chain_stage *stage);

/* A convolution's weights at the points: [point][row][in channel][weight_stride]. */
void convoy_chain_pack_tiles(const convoy_chain_stage *stage, const float *weights, float *packed);

/* A pass through the stages: maps are [row][column][channel][width], where an element is `width` floats. */
typedef struct convoy_chain_pass {
    const convoy_call *call;
    const convoy_chain *chain;
    int64_t width; /* the lanes, for a group; 1, for an image */
    float *maps[2];
    float *buffer;
} convoy_chain_pass;

/* What the transforms of either side share; pixel: floats of one. */
convoy_tiles_job convoy_chain_tiles_job(const convoy_chain_stage *stage, int64_t pixel);

/* Where a stage by tiles keeps what it makes. */
typedef struct convoy_chain_tile_buffers {
    float *bias, *values, *products;
    int64_t rows; /* from a channel to the next where rows of x, and so of the values, lie in the lanes; else 0 */
} convoy_chain_tile_buffers;

convoy_chain_tile_buffers convoy_chain_begin_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                                   const float *x, float *buffer);

/* A convolution of rows, without activation: `width` of the pass decides what lies in the lanes. */
void convoy_chain_convolve(const convoy_chain_pass *pass, const convoy_convolution_job *job);

/* Rows [first, first + rows) of a stage by tiles; y_row: floats from a row to the next. */
void convoy_chain_convolve_tiles(const convoy_chain_pass *pass, const convoy_chain_stage *stage,
                                 const convoy_chain_tile_buffers *buffers, int64_t first, int64_t rows, float *y,
                                 int64_t y_row);

/* The first stage of one image, columns in the lanes; x: the padded input. scratch: columns.floats. */
void convoy_chain_run_columns(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                              float *y);

/* The same by tiles, with rows in the lanes; y: [column][channel][rows.count] where the next stage reads it so.
 * scratch: rows.floats. */
void convoy_chain_run_rows(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                           float *y);

#endif
