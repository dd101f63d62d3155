/*
 * The matrix product behind convolution and fully connected layers: weights packed into panels of one register tile's
 * channels, and the loop over blocks of the reduction, in which every row of the work item passes over a panel's block
 * while it is in the cache.
 */
#ifndef CONVOY_PRODUCT_H
#define CONVOY_PRODUCT_H

#include "kernels/kernels.h"

typedef struct convoy_product {
    int64_t spatial;        /* positions of the reduction: kernel_h * kernel_w, or height * width */
    int64_t inner;          /* channels of each */
    int64_t depth;          /* spatial * inner: products an output */
    int64_t depth_block;    /* of which this many are added up at a time */
    int64_t segment_length; /* floats that lie side by side in the input */
    int64_t channels;       /* outputs */
    int64_t panels;
    int32_t panel; /* channels of a panel: the last may be narrower, of whole vectors */
    int32_t lanes; /* of a vector */
    int32_t activation;
    int32_t weight_format; /* convoy_weight_format */
} convoy_product;

/* What a work item multiplies. */
typedef struct convoy_product_operands {
    const float *x;
    const ptrdiff_t *rows;
    const ptrdiff_t *segments;
    ptrdiff_t row_count;
    const void *packed;
    const struct convoy_coded *coded; /* then packed is not looked at; NULL: not coded */
    const float *bias;                /* [channels], or NULL */
    float *y;                         /* first row's channel 0 */
    ptrdiff_t y_stride;
    convoy_ahead ahead; /* what is read after this product; all zero for nothing */
} convoy_product_operands;

/* channels, spatial, inner, segment_length and activation are set: fills in the rest. */
void convoy_product_plan(const convoy_kernels *kernels, convoy_product *product);

/* Channels with the last vector filled up. */
int64_t convoy_product_padded_channels(const convoy_product *product);

/* Channels of a panel, with the last vector filled up. */
int64_t convoy_product_panel_width(const convoy_product *product, int64_t panel);

/* Numbers of the packed weights: padded channels times depth. */
int64_t convoy_product_packed_count(const convoy_product *product);

/* Bytes of each. */
int64_t convoy_product_weight_bytes(const convoy_product *product);

/* weights: [channels][inner][spatial]. packed: panel by panel, [depth = spatial, inner][channels of the panel]. */
void convoy_product_pack(const convoy_product *product, const float *weights, void *packed);

/* One of these panels, alone. */
void convoy_product_pack_panel(const convoy_product *product, const float *weights, int64_t panel, void *packed);

/* Outputs of panels [first_panel, end_panel). */
void convoy_product_run(const convoy_kernels *kernels, const convoy_product *product,
                        const convoy_product_operands *operands, int64_t first_panel, int64_t end_panel);

#endif
