/* The stages of a chain, worked out from what a plan keeps of it; chain.c explains them. */
#ifndef CONVOY_CHAIN_STAGES_H
#define CONVOY_CHAIN_STAGES_H

#include "passes/pool_job.h"
#include "plan/plan.h"

/* A layer of a chain, packed: a plan has little room. Chains of larger layers are not supported anyway. */
typedef struct convoy_chain_layer_state {
    float alpha, beta; /* the activation's */
    uint16_t out_channels;
    uint8_t kind, activation;
    uint8_t kernel_h, kernel_w, stride_h, stride_w;
    uint8_t pad_top, pad_left, pad_bottom, pad_right;
    uint8_t points; /* of a convolution's tiles; 0: direct */
} convoy_chain_layer_state;

typedef struct convoy_chain_state {
    uint16_t height, width, channels;
    uint8_t layer_count;
    uint8_t lanes; /* of a vector */
    convoy_chain_layer_state layers[CONVOY_CHAIN_LAYERS];
} convoy_chain_state;

CONVOY_STATE_FITS(convoy_chain_state);

/* A feature map between stages, with the zeros around it that the next stage's convolution wants. */
typedef struct convoy_chain_map {
    int64_t height, width, channels;
    int64_t pad_top, pad_left;
    int64_t padded_height, padded_width;
} convoy_chain_map;

/*
 * A convolution's rows by Winograd's algorithm, F(outputs, kernel_w) along each: the input transform of its rows, a
 * convolution of one column at every point, and the output transform. Where a row is no whole number of tiles the last
 * one overlaps its neighbour.
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
    int64_t depth;         /* multiply-adds of a direct convolution's output */
    int64_t weight_stride; /* the convolution's channels, rounded up to whole vectors */
    int64_t weights, bias; /* where the stage's begin, in floats */
} convoy_chain_stage;

/* A single image's first convolution, with columns of the stage's output in the lanes. */
typedef struct convoy_chain_columns {
    int64_t phases; /* columns of the input from a lane to the next: the input is taken apart by their remainder */
    int64_t pitch;  /* columns of a phase */
    int64_t phase_floats; /* of a phase */
    int64_t positions;    /* of the convolution in a window of the pooling */
    int64_t elements;     /* of the convolution's window */
    int64_t floats;       /* of scratch, the phases included; 0: channels go into the lanes as elsewhere */
} convoy_chain_columns;

/* A single image's first convolution by tiles, with rows in the lanes. */
typedef struct convoy_chain_rows {
    int64_t phases; /* rows are taken apart by their remainder: as many as rows of the pooling's window */
    int64_t plane;  /* rows of the input in a phase, and those that a vector beginning at the last may reach */
    int64_t count;  /* rows of the output, in whole vectors */
    int64_t input_floats, values_floats, results_floats, made_floats;
    int64_t floats; /* of scratch; 0: the first convolution is made otherwise */
    bool is_next;   /* the next stage reads rows in lanes */
} convoy_chain_rows;

typedef struct convoy_chain {
    int64_t lanes;
    int64_t stage_count;
    bool has_softmax;
    int64_t map_floats[2];                    /* of the maps at even and at odd places, for one image */
    int64_t micro_batch_buffer, image_buffer; /* floats beside the maps: of one image in a micro-batch, and of one by
                                                 itself */
    int64_t weight_count, packed_floats, bias_count;
    int64_t multiply_adds;
    convoy_chain_columns columns;
    convoy_chain_rows rows;
    convoy_chain_stage stages[CONVOY_CHAIN_LAYERS];
} convoy_chain;

/* Longest indirection that the first convolution's columns may need. */
enum { CONVOY_MOST_COLUMN_INDIRECTION = 512 };

/* Floats of the widest vector; what one image's maps and buffers begin at is a multiple of it, so that no vector that
 * begins there crosses a cache line. */
enum { CONVOY_MOST_LANES = 16 };

/* Channels that are made at a time with rows in the lanes: their results, and the input's values, about fill the
 * first-level cache. */
enum { CONVOY_ROWS_CHANNELS = 2 };

/* Works out the stages. BAD_VALUE: a window does not fit its input; UNSUPPORTED: the chain is too large. */
int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain);

/* Floats of scratch: of a micro-batch of images, and of one by itself. */
int64_t convoy_chain_micro_batch_floats(const convoy_chain *chain);
int64_t convoy_chain_image_floats(const convoy_chain *chain);

/* Floats of an image that a stage's rows take where they are pooled, and of its input's values at the points, where
 * `width` images lie in the lanes. */
int64_t convoy_chain_rows_floats(const convoy_chain_stage *stage, int64_t rows);
int64_t convoy_chain_values_floats(const convoy_chain *chain, const convoy_chain_stage *stage, int64_t width);

/* Rows of a convolution's output, in place: the layer's activation. */
void convoy_chain_activate(const convoy_kernels *kernels, const convoy_chain_layer_state *layer, float *y, int64_t rows,
                           int64_t row_stride, int64_t row_floats);

/* What pools the windows of such a layer. */
convoy_pool_function *convoy_chain_pool_kernel(const convoy_kernels *kernels, const convoy_chain_layer_state *layer);

#endif
