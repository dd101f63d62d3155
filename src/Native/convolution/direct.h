/* Direct convolution: its plan, and what planning and running it share; direct.c explains it. */
#ifndef CONVOY_DIRECT_H
#define CONVOY_DIRECT_H

#include "gemm/gemm.h"
#include "plan/plan.h"

typedef struct convoy_direct_state {
    convoy_gemm gemm; /* of one group: its inner and channels are the group's */
    int64_t in_height, in_width, in_channels;
    int64_t out_height, out_width;
    int64_t map_channels, channel_offset; /* of the output, and where this convolution's begin */
    int64_t groups;
    int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t has_residual;
    int64_t tile_images;             /* images of a work item */
    int64_t tile_rows;               /* output rows of a work item */
    int64_t row_blocks;              /* an image is divided into */
    int64_t panels_per_item;         /* packed panels of a work item */
    int64_t panel_blocks;            /* a group is divided into */
    int64_t source_width;            /* columns of the copied input */
    int64_t source_rows;             /* rows of an image's copied input, for tile_rows rows of output */
    int32_t copies_input;            /* padded, or one group of several: else read in place */
    int32_t runs_per_row;            /* contiguous runs of a kernel row: 1, or kernel_w where dilated */
    uint64_t run_indirection_offset; /* scratch: bytes to the runs' indirection, */
    uint64_t source_offset;          /* and to the copied input; the rows' indirection is first */
} convoy_direct_state;

CONVOY_STATE_FITS(convoy_direct_state);

/*
 * A convolution that conv2d.c found valid, directly. CONVOY_UNSUPPORTED where that does not apply: the input
 * is NCHW, points are asked for, or pooling.
 */
int32_t convoy_plan_direct(convoy_draft *draft, const convoy_conv2d_desc *desc);

void convoy_direct_pack(const convoy_internals *internals, const float *weights, void *packed);
void convoy_direct_run(const convoy_call *call);
void convoy_direct_work(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work);

#endif
