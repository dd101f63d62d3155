/*
 * The life of a plan: what an operator keeps in convoy_plan.internals, how it is sealed and recognised again, and the
 * checks and dispatch every operator's run shares.
 *
 * Work is counted in units of an image (a row of outputs, a pixel, an element); a step is a fixed number of units,
 * counted on across images, and every step has the same number of work items. A step may hold units of several images,
 * but never one that depends on how many images the run has.
 */
#ifndef CONVOY_PLAN_H
#define CONVOY_PLAN_H

#include "convoy.h"
#include "cpu.h"
#include "product.h"

#include <stdbool.h>

typedef enum convoy_op {
    CONVOY_OP_CONV2D = 0,
    CONVOY_OP_DENSE = 1,
    CONVOY_OP_POOL2D = 2,
    CONVOY_OP_LRN = 3,
    CONVOY_OP_ELEMENTWISE = 4,
    CONVOY_OP_SOFTMAX = 5,
    CONVOY_OP_CONCAT = 6,
    CONVOY_OP_TRANSFORM = 7,
    CONVOY_OP_WINOGRAD = 8, /* a convolution */
    CONVOY_OP_CHAIN = 9,
    CONVOY_OP_COUNT = 10
} convoy_op;

typedef struct convoy_conv2d_state {
    convoy_product product; /* of one group: its inner and channels are the group's */
    int64_t in_height, in_width, in_channels;
    int64_t out_height, out_width, out_channels;
    int64_t groups;
    int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int64_t tile_images;      /* images of a work item */
    int64_t tile_rows;        /* output rows of a work item */
    int64_t row_blocks;       /* an image is divided into */
    int64_t panels_per_item;  /* panels of output channels of a work item */
    int64_t panel_blocks;     /* a group is divided into */
    int64_t source_width;     /* columns of the copied input */
    int64_t source_rows;      /* rows of an image's copied input, for tile_rows rows of output */
    int32_t copies_input;     /* padded, or one group of several: else read in place */
    int32_t segments_per_row; /* contiguous runs of a kernel row: 1, or kernel_w where dilated */
    uint64_t segments_offset; /* scratch: bytes to the table of segments, */
    uint64_t source_offset;   /* and to the copied input; the table of rows is first */
} convoy_conv2d_state;

/* How outputs along one axis are divided: tiles with the point at infinity first, then tiles of one output fewer. */
typedef struct convoy_winograd_axis {
    int32_t taps;        /* of the filter */
    int32_t outputs;     /* of a small tile; a large one has one more */
    int32_t large_tiles; /* 2 * pairs + 1 points each */
    int32_t small_tiles; /* 2 * pairs points each */
} convoy_winograd_axis;

typedef struct convoy_winograd_state {
    convoy_product product; /* of one plane and one group */
    convoy_winograd_axis rows, columns;
    int32_t pairs; /* of points, along each axis */
    int32_t in_height, in_width, in_channels;
    int32_t out_height, out_width, out_channels;
    int32_t groups;
    int32_t stride;             /* folded into channels where above 1 */
    int32_t channels;           /* of a pixel, after folding */
    int32_t kernel_h, kernel_w; /* before folding */
    int32_t pad_top, pad_left;
    int32_t is_nchw;         /* the input */
    convoy_max_pool pool;    /* of the output; all zero: none */
    int32_t unit_images;     /* rounds are multiples of, but for the last */
    int32_t round_images;    /* at most: those whose values the workspace holds at a time */
    int32_t span_images;     /* of a round, whose tiles are numbered together */
    int32_t block_tiles;     /* of a work item of the products; those of a span where it pools */
    int64_t value_stride;    /* floats from one tile's values to the next */
    int64_t value_plane;     /* floats from one plane of values to the next */
    int64_t result_plane;    /* floats from one plane of products to the next */
    int64_t folded_width;    /* pixels of a row after folding */
    uint64_t results_offset; /* scratch: bytes to the products of a block, [plane][tile][panel], */
    uint64_t zeros_offset;   /* to a pixel outside the image, and to the folded rows of the input, */
    uint64_t folded_offset;  /* [row][column][channels], */
    uint64_t band_offset;    /* and to rows of an image's outputs; the table of rows is first */
} convoy_winograd_state;

typedef struct convoy_dense_state {
    convoy_product product;
    int64_t tile_images;  /* of a work item */
    int32_t may_be_coded; /* the weights */
} convoy_dense_state;

typedef struct convoy_lrn_state {
    convoy_lrn_params params;
} convoy_lrn_state;

typedef struct convoy_elementwise_state {
    int32_t kind, activation;
} convoy_elementwise_state;

typedef struct convoy_softmax_state {
    int64_t channels;
} convoy_softmax_state;

typedef struct convoy_concat_state {
    int64_t channels, out_channels, channel_offset;
} convoy_concat_state;

typedef struct convoy_transform_state {
    int32_t kind;
    int64_t pixels, channels;
    int64_t repeats; /* bytes to floats: pixels whose scales and shifts are laid out side by side */
} convoy_transform_state;

/* A layer of a chain, packed: a plan has little room. Chains of larger layers are not supported anyway. */
typedef struct convoy_chain_layer_state {
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

/* What convoy_plan.internals holds. All of it is covered by the checksum. */
typedef struct convoy_internals {
    uint64_t magic;
    uint64_t checksum; /* of the whole plan, this field taken as zero */
    int32_t op;        /* convoy_op */
    int32_t input_alignment;
    int32_t has_second_input;
    int32_t needs_bias;
    int64_t units_per_image;
    int64_t units_per_step;
    int64_t items_per_step;
    union {
        convoy_conv2d_state conv2d;
        convoy_winograd_state winograd;
        convoy_dense_state dense;
        convoy_pool2d_desc pool2d;
        convoy_lrn_state lrn;
        convoy_elementwise_state elementwise;
        convoy_softmax_state softmax;
        convoy_concat_state concat;
        convoy_transform_state transform;
        convoy_chain_state chain;
    } state;
} convoy_internals;

/* What reading a byte of weights from memory costs, in multiply-adds: the rate at which a machine does either. */
#define CONVOY_COST_OF_BYTE 3.0

/* A run whose arguments have been checked. */
typedef struct convoy_call {
    const convoy_kernels *kernels;
    const convoy_internals *internals;
    const void *input;
    const float *input2;
    const float *packed;
    const float *bias;
    void *scratch;
    void *workspace;
    float *output;
    int64_t images;
    int32_t phase;
    int64_t first, end; /* work items of the phase; at least one */
} convoy_call;

/* A plan being made. The caller's plan is written by convoy_plan_seal alone, once nothing can fail any more. */
typedef struct convoy_draft {
    convoy_plan plan;
    convoy_internals internals;
    const convoy_kernels *kernels;
    bool overflow; /* of any checked size so far */
} convoy_draft;

/* Checks desc and plan: that they are there, aligned, and of this library's size. */
int32_t convoy_plan_check(const void *desc, uint32_t desc_size, const convoy_plan *plan);

/* Checks the batch, chooses the instruction set, and starts an empty plan (algorithm: SIMPLE). */
int32_t convoy_plan_begin(convoy_draft *draft, convoy_op op, int32_t isa, int32_t batch);

/* For operators with weights: the algorithm asked for, or the one AUTO stands for. */
int32_t convoy_plan_algorithm(convoy_draft *draft, int32_t algorithm);

/* Checks that the sizes fit, counts the work items, and writes the plan. */
int32_t convoy_plan_seal(convoy_draft *draft, convoy_plan *plan);

/* Copies the internals out of a plan that convoy_plan_seal wrote; CONVOY_BAD_PLAN for any other. */
int32_t convoy_plan_open(const convoy_plan *plan, convoy_internals *internals);

/* The work items of a phase in a run of so many images. */
int64_t convoy_plan_items(const convoy_internals *internals, int64_t images, int32_t phase);

/* Arithmetic on sizes that remembers overflow in the draft. */
uint64_t convoy_checked_mul(convoy_draft *draft, uint64_t a, uint64_t b);
uint64_t convoy_checked_add(convoy_draft *draft, uint64_t a, uint64_t b);

/* bytes, rounded up to a multiple of CONVOY_ALIGNMENT. */
uint64_t convoy_aligned(convoy_draft *draft, uint64_t bytes);

/* height * width * channels elements of so many bytes. */
uint64_t convoy_image_bytes(convoy_draft *draft, int64_t height, int64_t width, int64_t channels, uint64_t element);

/* Units of this many floats grouped to steps of about 64 KiB, each one work item: for operators that pass once. */
void convoy_plan_units(convoy_draft *draft, int64_t units_per_image, int64_t floats_per_unit);

/* The units [first, end) that a call of such an operator covers. */
typedef struct convoy_units {
    int64_t first, end;
} convoy_units;

convoy_units convoy_call_units(const convoy_call *call);

bool convoy_is_extent(int32_t value);  /* 1 to CONVOY_MAX_EXTENT */
bool convoy_is_padding(int32_t value); /* 0 to CONVOY_MAX_EXTENT */
bool convoy_is_activation(int32_t value);

bool convoy_is_pooled(const convoy_conv2d_desc *desc);

/* Output elements along an axis; 0 where no window fits. window: input elements from a window's first to its last. */
int64_t convoy_output_extent(int64_t extent, int64_t padding, int64_t window, int64_t stride);

/* a / b, rounded up, for a >= 0, b > 0. */
static inline int64_t convoy_ceil_div(int64_t a, int64_t b) {
    return a / b + (a % b != 0);
}

static inline int64_t convoy_round_up(int64_t value, int64_t multiple) {
    return convoy_ceil_div(value, multiple) * multiple;
}

static inline int64_t convoy_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t convoy_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* A convolution that convoy_plan_conv2d found valid, by Winograd's algorithm. CONVOY_UNSUPPORTED where it does not
 * apply. */
int32_t convoy_plan_winograd(const convoy_conv2d_desc *desc, convoy_plan *plan);
int64_t convoy_winograd_items(const convoy_winograd_state *state, int64_t images, int32_t phase);
int64_t convoy_winograd_all_items(const convoy_winograd_state *state, int64_t images);

void convoy_winograd_pack(const convoy_internals *internals, const float *weights, float *packed);
void convoy_winograd_run(const convoy_call *call);

void convoy_conv2d_pack(const convoy_internals *internals, const float *weights, float *packed);
void convoy_dense_pack(const convoy_internals *internals, const float *weights, float *packed);
int32_t convoy_dense_bits(const convoy_internals *internals, const void *packed);

void convoy_chain_pack(const convoy_internals *internals, const float *weights, float *packed);

void convoy_conv2d_run(const convoy_call *call);
void convoy_dense_run(const convoy_call *call);
void convoy_pool2d_run(const convoy_call *call);
void convoy_lrn_run(const convoy_call *call);
void convoy_elementwise_run(const convoy_call *call);
void convoy_softmax_run(const convoy_call *call);
void convoy_concat_run(const convoy_call *call);
void convoy_transform_run(const convoy_call *call);
void convoy_chain_run(const convoy_call *call);

/* One pixel; y may be x. */
void convoy_softmax_pixel(const float *x, float *y, int64_t channels);

#endif
