/*
 * A chain of small layers run as one operator. Layers that each take microseconds spend their time on being started and
 * on maps too narrow for vectors. Here a work item carries a group of images, side by side in the lanes of a vector,
 * through all layers, so that any shape fills the vectors and no map leaves the second-level cache. Images too few to
 * fill the lanes go one by one, with channels in the lanes, or neighbouring columns where there are hardly any channels
 * (kernels/chain.h). Both ways give the same bits.
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

typedef struct convoy_chain_stage {
    const convoy_chain_layer_state *convolution; /* NULL: pooling alone */
    const convoy_chain_layer_state *pool;        /* NULL: none */
    convoy_chain_map input, output;
    int64_t height, width, channels; /* of what is pooled: the convolution's output, or the input */
    int64_t block_rows;              /* output rows made at a time */
    int64_t buffer_floats;           /* of the convolution's output that a block pools; 0: it is not kept */
    int64_t depth;                   /* products of a convolution's output */
    int64_t weight_stride;           /* the convolution's channels, rounded up to whole vectors */
    int64_t weights, bias;           /* where the stage's begin, in floats */
} convoy_chain_stage;

/* A single image's first convolution, with columns of the stage's output in the lanes. */
typedef struct convoy_chain_columns {
    int64_t phases;       /* columns of the input from a lane to the next: the input is taken apart by their remainder */
    int64_t pitch;        /* columns of a phase */
    int64_t phase_floats; /* of a phase */
    int64_t positions;    /* of the convolution in a window of the pooling */
    int64_t segments;     /* elements of the convolution's window */
    int64_t floats;       /* of scratch, the phases included; 0: channels go into the lanes as elsewhere */
} convoy_chain_columns;

typedef struct convoy_chain {
    int64_t lanes;
    int64_t stage_count;
    bool has_softmax;
    convoy_chain_stage stages[CONVOY_CHAIN_LAYERS];
    convoy_chain_columns columns;
    int64_t map_floats[2]; /* of the maps at even and at odd places, for one image */
    int64_t buffer_floats; /* of the largest stage's */
    int64_t weight_count, packed_floats, bias_count;
    int64_t multiply_adds;
} convoy_chain;

/* Longest table of offsets that the first convolution's columns may need. */
enum { CONVOY_MOST_COLUMN_OFFSETS = 512 };

/* Works out the stages. BAD_VALUE: a window does not fit its input; UNSUPPORTED: the chain is too large. */
int32_t convoy_chain_open(const convoy_chain_state *state, convoy_chain *chain);

/* Floats of scratch: of a group of images, and of one by itself. */
int64_t convoy_chain_group_floats(const convoy_chain *chain);
int64_t convoy_chain_image_floats(const convoy_chain *chain);

/* The first stage of one image, columns in the lanes; x: the padded input. scratch: columns.floats. */
void convoy_chain_run_columns(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                              float *y);

#endif
