/*
 * The loop over panels and blocks of the reduction, in which every row of the work item passes over a packed panel's
 * block while it is in the cache.
 */
#include "gemm/gemm_run.h"

#include "core/arithmetic.h"
#include "gemm/weight_format.h"

static void run_block(const convoy_kernels *kernels, const convoy_gemm *gemm, const convoy_gemm_operands *operands,
                      int64_t panel, int64_t block) {
    const int64_t channel = panel * gemm->panel;
    const int64_t k = block * gemm->depth_block;
    const int64_t depth = convoy_min(gemm->depth_block, gemm->depth - k);
    const bool is_last = k + depth == gemm->depth;
    const int64_t first_weight = channel * gemm->depth + k * convoy_gemm_panel_width(gemm, panel);
    convoy_gemm_job job = {
        .x = operands->x,
        .row_indirection = operands->row_indirection,
        .run_indirection = operands->run_indirection + k / gemm->run_length,
        .row_count = operands->row_count,
        .run_length = (ptrdiff_t)gemm->run_length,
        .run_start = (ptrdiff_t)(k % gemm->run_length),
        .depth = (ptrdiff_t)depth,
        .weights = operands->exponent_coded == NULL
                       ? (const char *)operands->packed + first_weight * convoy_weight_bytes(gemm->weight_format)
                       : NULL,
        .weight_format = gemm->weight_format,
        .bias = operands->bias != NULL ? operands->bias + channel : NULL,
        .slopes = operands->slopes != NULL ? operands->slopes + channel : NULL,
        .residual = operands->residual != NULL && is_last ? operands->residual + channel : NULL,
        .y = operands->y + channel,
        .y_stride = operands->y_stride,
        .channels = (ptrdiff_t)convoy_min(gemm->panel, gemm->channels - channel),
        .prefetch = operands->prefetch,
        .prefetch_line = (ptrdiff_t)(k * convoy_ceil_div(operands->row_count, kernels->tile_rows)),
        .is_first = k == 0,
        .is_last = is_last,
        .activation = gemm->activation,
    };
    const bool is_exponent_coded = operands->exponent_coded != NULL &&
                                   convoy_exponent_coded_prepare(gemm, operands->exponent_coded, panel, k, &job);
    (is_exponent_coded ? kernels->exponent_coded_gemm : kernels->gemm)(&job);
}

/*
 * Many rows: a block's inputs stay in the second-level cache while all panels pass over them. Few rows, as in a batch
 * of one: reading the weights is all that counts, and they are read from beginning to end.
 */
void convoy_gemm_run(const convoy_kernels *kernels, const convoy_gemm *gemm, const convoy_gemm_operands *operands,
                     int64_t first_panel, int64_t end_panel) {
    const int64_t blocks = convoy_ceil_div(gemm->depth, gemm->depth_block);
    const int64_t panels = end_panel - first_panel;
    const bool is_stream = operands->row_count <= kernels->tile_rows;
    for (int64_t step = 0; step < blocks * panels; step++) {
        const int64_t panel = is_stream ? step / blocks : step % panels;
        const int64_t block = is_stream ? step % blocks : step / panels;
        run_block(kernels, gemm, operands, first_panel + panel, block);
    }
}
