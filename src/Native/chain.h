/*
 * A chain of small layers run as one operator. Layers that each take microseconds spend their time on being started and
 * on maps too narrow for vectors. Here a work item carries a group of images, side by side in the lanes of a vector,
 * through all layers, so that any shape fills the vectors and no map leaves the second-level cache. Images too few to
 * fill the lanes go one by one, with channels in the lanes, or neighbouring columns or tiles where there are hardly any
 * channels (kernels/chain.h, kernels/chain_lane_tiles.h). All ways give the same bits.
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

/* A single image's first convolution by tiles, with tiles of several rows in the lanes. */
typedef struct convoy_chain_lane_tiles {
    int64_t phases_h; /* rows of the input are taken apart by their remainder: as many as rows of the pooling's window */
    int64_t pitch;    /* columns of a phase, so many that the tiles of a row and what they reach into fit */
    int64_t plane;    /* floats of a phase, and of the values at a point */
    int64_t count;    /* columns made of a phase, and whole vectors */
    int64_t floats;   /* of scratch; 0: the first convolution is made otherwise */
} convoy_chain_lane_tiles;

typedef struct convoy_chain {
    int64_t lanes;
    int64_t stage_count;
    bool has_softmax;
    int64_t map_floats[2];              /* of the maps at even and at odd places, for one image */
    int64_t group_buffer, image_buffer; /* floats beside the maps: of one image in a group, and of one by itself */
    int64_t weight_count, packed_floats, bias_count;
    int64_t multiply_adds;
    convoy_chain_columns columns;
    convoy_chain_lane_tiles lane_tiles;
    convoy_chain_stage stages[CONVOY_CHAIN_LAYERS];
} convoy_chain;

/* Longest table of offsets that the first convolution's columns may need. */
enum { CONVOY_MOST_COLUMN_OFFSETS = 512 };

/* Floats of the widest vector; what one image's maps and buffers begin at is a multiple of it, so that no vector that
 * begins there crosses a cache line. */
enum { CONVOY_MOST_LANES = 16 };

static inline int64_t convoy_round_up(int64_t value, int64_t multiple) {
    return convoy_ceil_div(value, multiple) * multiple;
}

/* Channels that tiles in lanes are made of at a time: their products, and the input's values, about fill the first-level
 * cache. */
enum { CONVOY_LANE_TILE_CHANNELS = 2 };

/* Works out the stages. BAD_VALUE: a window does not fit its input; UNSUPPORTED: the chain is too large. */
int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain);

/* Floats of scratch: of a group of images, and of one by itself. */
int64_t convoy_chain_group_floats(const convoy_chain *chain);
int64_t convoy_chain_image_floats(const convoy_chain *chain);

/*
 * What a stage needs beside its maps, of an image, for so many rows of its convolution at a time: those rows where they
 * are pooled, a bias for each channel, the values of the whole input at the points, and the rows' products there.
 */
int64_t convoy_chain_buffer_floats(const convoy_chain_stage *stage, int64_t rows);
int64_t convoy_chain_rows_floats(const convoy_chain_stage *stage, int64_t rows);
int64_t convoy_chain_values_floats(const convoy_chain_stage *stage);
int64_t convoy_chain_products_floats(const convoy_chain_stage *stage, int64_t rows);

/* Whether tiles of so many outputs of a first convolution can lie in the lanes: whole tiles, of one input channel. */
bool convoy_chain_can_lane_tiles(const convoy_chain_stage *stage, int64_t outputs);

/* Points of the tiles that save most for a convolution; 0: none save enough. in_lanes: tiles must be such as can lie
 * there. */
uint8_t convoy_chain_choose_points(const convoy_chain_stage *stage, bool in_lanes);

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

/* Where a stage by tiles keeps what it makes. */
typedef struct convoy_chain_tile_buffers {
    float *bias, *values, *products;
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

/* The same with tiles in the lanes. scratch: lane_tiles.floats. */
void convoy_chain_run_lane_tiles(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                                 float *y);

#endif
