/* Running a GEMM over a work item's rows, or some of its packed panels. */
#ifndef CONVOY_GEMM_RUN_H
#define CONVOY_GEMM_RUN_H

#include "gemm/exponent_coded.h"
#include "gemm/gemm_job.h"

typedef struct convoy_gemm_operands {
    const float *x;
    const ptrdiff_t *row_indirection;
    const ptrdiff_t *run_indirection;
    ptrdiff_t row_count;
    const void *packed;
    const convoy_exponent_coded *exponent_coded; /* then packed is not looked at; NULL: weights as they are */
    const float *bias;                           /* [channels], or NULL */
    const float *slopes;                         /* [channels], where the activation reads them */
    const float *residual;                       /* added to y, and as it lies; NULL: nothing */
    float *y;                                    /* first row's channel 0 */
    ptrdiff_t y_stride;
    convoy_prefetch prefetch; /* what is read after this GEMM; all zero for nothing */
} convoy_gemm_operands;

/* Outputs of panels [first_panel, end_panel). */
void convoy_gemm_run(const convoy_kernels *kernels, const convoy_gemm *gemm, const convoy_gemm_operands *operands,
                     int64_t first_panel, int64_t end_panel);

#endif
