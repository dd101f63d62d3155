/*
 * The GEMM behind convolution and fully connected layers: its shape, and its weights packed into panels of one register
 * tile's channels. gemm_run.h runs it.
 */
#ifndef CONVOY_GEMM_H
#define CONVOY_GEMM_H

#include "isa/kernels.h"

typedef struct convoy_gemm {
    int64_t spatial;     /* positions of the reduction: kernel_h * kernel_w, or height * width */
    int64_t inner;       /* channels of each */
    int64_t depth;       /* spatial * inner: multiply-adds an output */
    int64_t depth_block; /* of which this many are added up at a time */
    int64_t run_length;  /* floats that lie side by side in the input */
    int64_t channels;    /* outputs */
    int64_t panels;
    int32_t panel; /* channels of a packed panel: the last may be narrower, of whole vectors */
    int32_t lanes; /* of a vector */
    int32_t activation;
    int32_t weight_format; /* convoy_weight_format */
} convoy_gemm;

/* channels, spatial, inner, run_length, activation and weight_format are set: fills in the rest. */
void convoy_gemm_plan(const convoy_kernels *kernels, convoy_gemm *gemm);

/* Channels with the last vector filled up. */
int64_t convoy_gemm_padded_channels(const convoy_gemm *gemm);

/* Channels of a packed panel, with the last vector filled up. */
int64_t convoy_gemm_panel_width(const convoy_gemm *gemm, int64_t panel);

/* Numbers of the packed weights: padded channels times depth. */
int64_t convoy_gemm_packed_count(const convoy_gemm *gemm);

/* weights: [channels][inner][spatial]. packed: panel by panel, [depth = spatial, inner][channels of the panel]. */
void convoy_gemm_pack(const convoy_gemm *gemm, const float *weights, void *packed);

/* One of these panels, alone. */
void convoy_gemm_pack_panel(const convoy_gemm *gemm, const float *weights, int64_t panel, void *packed);

#endif
