/* What the micro-kernels of GEMM are given. */
#ifndef CONVOY_GEMM_JOB_H
#define CONVOY_GEMM_JOB_H

#include "convoy.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Memory that is read soon, fetched into the second-level cache a line at each step of the reduction: first_lines from
 * `first`, then as many as there are steps from `second`. Addresses, as it may be memory nobody owns: a prefetch is a
 * hint.
 */
typedef struct convoy_prefetch {
    uintptr_t first, second;
    ptrdiff_t first_lines;
} convoy_prefetch;

/* Words of exponent-coded weights; exponent_coded.h explains them. */
enum {
    CONVOY_EXPONENT_CODED_STEPS = 4,  /* of the reduction in a block: with panels of two vectors, eight of weights */
    CONVOY_EXPONENT_CODED_STORED = 7, /* of these, the last being spread over the spare bits of the others */
    CONVOY_EXPONENT_CODED_SPARE = 4,  /* bits of a word, below the sign and above the magnitude */
    CONVOY_EXPONENT_CODED_MAGNITUDE_BITS = 27,
    CONVOY_EXPONENT_CODED_BITS = CONVOY_EXPONENT_CODED_MAGNITUDE_BITS + 1, /* of a weight, with its sign */
    CONVOY_EXPONENT_CODED_MAGNITUDE = (1 << CONVOY_EXPONENT_CODED_MAGNITUDE_BITS) - 1
};

/* What exponent-coded weights are decoded by. */
typedef struct convoy_exponent_codes {
    uint32_t exponent;       /* added to a magnitude */
    uint32_t first_block;    /* of the job, counted from the panel's first, as escapes are */
    const uint32_t *escapes; /* blocks that have no codes, in order, those of the job first */
    ptrdiff_t escape_count;
    const float *escaped; /* [escape][CONVOY_EXPONENT_CODED_STEPS][panel] */
} convoy_exponent_codes;

/*
 * One block of a GEMM: rows of inputs, each in contiguous runs, times one packed panel of weights.
 * y[r][c] = sum over the block's k of x[r][k] * weights[k][c], r in [0, row_count), c in [0, channels).
 */
typedef struct convoy_gemm_job {
    const float *x;                   /* origin of the indirection */
    const ptrdiff_t *row_indirection; /* row r's input begins at x + row_indirection[r] */
    const ptrdiff_t *run_indirection; /* its contiguous run i begins at + run_indirection[i] */
    ptrdiff_t row_count;
    ptrdiff_t run_length;
    ptrdiff_t run_start;         /* where in the first run this block begins */
    ptrdiff_t depth;             /* multiply-adds an output, in this block */
    const void *weights;         /* [depth][channels, rounded up to whole vectors] */
    int32_t weight_format;       /* convoy_weight_format */
    convoy_exponent_codes codes; /* of exponent-coded weights */
    const float *bias;           /* [channels], or NULL */
    const float *slopes;         /* [channels], where the activation reads them */
    const float *residual;       /* added to the last block's y, and as it lies; NULL: nothing */
    float *y;
    ptrdiff_t y_stride;
    ptrdiff_t channels;
    convoy_prefetch prefetch;
    ptrdiff_t prefetch_line; /* the first of this job's */
    int32_t is_first;        /* y holds no partial sums yet */
    int32_t is_last;         /* add the bias, apply the activation */
    convoy_activation_desc activation;
} convoy_gemm_job;

#endif
