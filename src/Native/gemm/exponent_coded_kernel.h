/*
 * The GEMM of one row with a packed panel of exponent-coded weights (exponent_coded.h), one chain of multiply-adds for
 * each output in the order of k, as gemm_kernel.h has it. Decoding keeps up with memory for one row only; with more,
 * tiles of plain weights are faster.
 */
#ifndef CONVOY_EXPONENT_CODED_KERNEL_H
#define CONVOY_EXPONENT_CODED_KERNEL_H

#include "gemm/gemm_kernel.h"

#include <assert.h>

enum { BLOCK_VECTORS = CONVOY_EXPONENT_CODED_STEPS * PANEL_VECTORS };

static_assert((int)BLOCK_VECTORS == CONVOY_EXPONENT_CODED_STORED + 1, "a block is of other panels");

/* A block's weights, from CONVOY_EXPONENT_CODED_STORED vectors of words. */
ALWAYS_INLINE void decode_block(const float *words, uint32_t exponent, vec *weights) {
    const vec_bits least = exponent - (vec_bits){0};
    vec_bits last = {0};
    UNROLL
    for (int i = 0; i < CONVOY_EXPONENT_CODED_STORED; i++) {
        const vec_bits word = (vec_bits)load(words + i * LANES);
        const uint32_t spare = ((1u << CONVOY_EXPONENT_CODED_SPARE) - 1) << CONVOY_EXPONENT_CODED_SPARE * i;
        last |= word >> (CONVOY_EXPONENT_CODED_MAGNITUDE_BITS - CONVOY_EXPONENT_CODED_SPARE * i) & spare;
        weights[i] = (vec)((word & (0x80000000u | CONVOY_EXPONENT_CODED_MAGNITUDE)) + least);
    }
    const vec_bits sign = last << (31 - CONVOY_EXPONENT_CODED_MAGNITUDE_BITS) & 0x80000000u;
    weights[CONVOY_EXPONENT_CODED_STORED] = (vec)(sign | ((last & CONVOY_EXPONENT_CODED_MAGNITUDE) + least));
}

/* x: of the block's first step. */
ALWAYS_INLINE void add_block(const vec *weights, const float *x, vec *sums) {
    UNROLL
    for (int step = 0; step < CONVOY_EXPONENT_CODED_STEPS; step++) {
        UNROLL
        for (int v = 0; v < PANEL_VECTORS; v++) {
            sums[v] += x[step] * weights[step * PANEL_VECTORS + v];
        }
    }
}

/* The run is one, the panel whole. */
static void exponent_coded_gemm(const convoy_gemm_job *job) {
    const float *x = job->x + job->row_indirection[0] + job->run_indirection[0] + job->run_start;
    const float *words = job->weights;
    const convoy_exponent_codes codes = job->codes;
    vec sums[PANEL_VECTORS] = {0};
    vec weights[BLOCK_VECTORS];
    ptrdiff_t k = 0;
    for (ptrdiff_t escape = 0;; escape++) {
        ptrdiff_t end = job->depth;
        if (escape < codes.escape_count) {
            const ptrdiff_t block = (ptrdiff_t)(codes.escapes[escape] - codes.first_block);
            end = block < job->depth / CONVOY_EXPONENT_CODED_STEPS ? block * CONVOY_EXPONENT_CODED_STEPS : job->depth;
        }
        for (; k < end; k += CONVOY_EXPONENT_CODED_STEPS, words += CONVOY_EXPONENT_CODED_STORED * LANES) {
            decode_block(words, codes.exponent, weights);
            add_block(weights, x + k, sums);
        }
        if (k == job->depth) {
            break;
        }
        UNROLL
        for (int i = 0; i < BLOCK_VECTORS; i++) {
            weights[i] = load(codes.escaped + (escape * BLOCK_VECTORS + i) * LANES);
        }
        add_block(weights, x + k, sums);
        k += CONVOY_EXPONENT_CODED_STEPS;
        words += CONVOY_EXPONENT_CODED_STORED * LANES;
    }
    finish_row(job, 0, sums, PANEL_VECTORS);
    activate_if_tanh(job);
}

#endif
