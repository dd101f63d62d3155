#include "gemm/gemm.h"

#include "core/arithmetic.h"
#include "gemm/gemm_job.h"
#include "gemm/weight_format.h"

/*
 * Bytes of a packed panel's block. Somewhat more than a first-level cache: the micro-kernel reads them in order and
 * waits little for the second level, while a shorter block would start tiles and add partial sums more often.
 */
enum { PANEL_BLOCK_BYTES = 48 * 1024 };

void convoy_gemm_plan(const convoy_kernels *kernels, convoy_gemm *gemm) {
    gemm->lanes = kernels->lanes;
    gemm->panel = kernels->lanes * kernels->panel_vectors;
    gemm->panels = convoy_ceil_div(gemm->channels, gemm->panel);
    gemm->depth = gemm->spatial * gemm->inner;
    const int64_t limit = PANEL_BLOCK_BYTES / ((int64_t)sizeof(float) * gemm->panel);
    const int64_t blocks = convoy_ceil_div(gemm->depth, limit);
    /* whole code blocks, if the weights are exponent-coded */
    gemm->depth_block =
        convoy_ceil_div(gemm->depth, blocks * CONVOY_EXPONENT_CODED_STEPS) * CONVOY_EXPONENT_CODED_STEPS;
}

int64_t convoy_gemm_padded_channels(const convoy_gemm *gemm) {
    return convoy_round_up(gemm->channels, gemm->lanes);
}

int64_t convoy_gemm_packed_count(const convoy_gemm *gemm) {
    return convoy_gemm_padded_channels(gemm) * gemm->depth;
}

int64_t convoy_gemm_panel_width(const convoy_gemm *gemm, int64_t panel) {
    return convoy_min(gemm->panel, convoy_gemm_padded_channels(gemm) - panel * gemm->panel);
}

void convoy_gemm_pack_panel(const convoy_gemm *gemm, const float *weights, int64_t panel, void *packed) {
    static const float zero = 0.0f;
    const int64_t width = convoy_gemm_panel_width(gemm, panel);
    for (int64_t lane = 0; lane < width; lane++) {
        const int64_t channel = panel * gemm->panel + lane;
        if (channel >= gemm->channels) {
            convoy_store_weights(gemm->weight_format, &zero, 0, gemm->depth, packed, lane, width);
            continue;
        }
        const float *from = weights + channel * gemm->depth;
        for (int64_t s = 0; s < gemm->spatial; s++) {
            convoy_store_weights(gemm->weight_format, from + s, gemm->spatial, gemm->inner, packed,
                                 s * gemm->inner * width + lane, width);
        }
    }
}

void convoy_gemm_pack(const convoy_gemm *gemm, const float *weights, void *packed) {
    char *to = packed;
    for (int64_t panel = 0; panel < gemm->panels; panel++) {
        convoy_gemm_pack_panel(gemm, weights, panel, to);
        to += convoy_gemm_panel_width(gemm, panel) * gemm->depth * convoy_weight_bytes(gemm->weight_format);
    }
}
