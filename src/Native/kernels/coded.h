/*
 * The product of one row with a panel of coded weights (../coded.h), one chain of multiply-adds for each output in the
 * order of k, as tile.h has it. Decoding keeps ahead of memory for one row only; with more, tiles of plain weights are
 * faster.
 */
#ifndef CONVOY_KERNELS_CODED_H
#define CONVOY_KERNELS_CODED_H

#include "tile.h"

#include <assert.h>

enum { CODED_VECTORS = CONVOY_CODED_STEPS * PANEL_VECTORS };

static_assert((int)CODED_VECTORS == CONVOY_CODED_STORED + 1, "a group is of other panels");

/* A group's weights, from CONVOY_CODED_STORED vectors of words. */
ALWAYS_INLINE void decode_group(const float *words, uint32_t exponent, vec *weights) {
    const vec_bits least = exponent - (vec_bits){0};
    vec_bits last = {0};
    UNROLL
    for (int i = 0; i < CONVOY_CODED_STORED; i++) {
        const vec_bits word = (vec_bits)load(words + i * LANES);
        const uint32_t spare = ((1u << CONVOY_CODED_SPARE) - 1) << CONVOY_CODED_SPARE * i;
        last |= word >> (CONVOY_CODED_MAGNITUDE_BITS - CONVOY_CODED_SPARE * i) & spare;
        weights[i] = (vec)((word & (0x80000000u | CONVOY_CODED_MAGNITUDE)) + least);
    }
    const vec_bits sign = last << (31 - CONVOY_CODED_MAGNITUDE_BITS) & 0x80000000u;
    weights[CONVOY_CODED_STORED] = (vec)(sign | ((last & CONVOY_CODED_MAGNITUDE) + least));
}

/* x: of the group's first step. */
ALWAYS_INLINE void add_group(const vec *weights, const float *x, vec *sums) {
    UNROLL
    for (int step = 0; step < CONVOY_CODED_STEPS; step++) {
        UNROLL
        for (int v = 0; v < PANEL_VECTORS; v++) {
            sums[v] += x[step] * weights[step * PANEL_VECTORS + v];
        }
    }
}

/* The segment is one, the panel whole. */
static void coded_product(const convoy_product_job *job) {
    const float *x = job->x + job->rows[0] + job->segments[0] + job->segment_start;
    const float *words = job->weights;
    const convoy_codes codes = job->codes;
    vec sums[PANEL_VECTORS] = {0};
    vec weights[CODED_VECTORS];
    ptrdiff_t k = 0;
    for (ptrdiff_t escape = 0;; escape++) {
        ptrdiff_t end = job->depth;
        if (escape < codes.escape_count) {
            const ptrdiff_t group = (ptrdiff_t)(codes.escapes[escape] - codes.first_group);
            end = group < job->depth / CONVOY_CODED_STEPS ? group * CONVOY_CODED_STEPS : job->depth;
        }
        for (; k < end; k += CONVOY_CODED_STEPS, words += CONVOY_CODED_STORED * LANES) {
            decode_group(words, codes.exponent, weights);
            add_group(weights, x + k, sums);
        }
        if (k == job->depth) {
            break;
        }
        UNROLL
        for (int i = 0; i < CODED_VECTORS; i++) {
            weights[i] = load(codes.escaped + (escape * CODED_VECTORS + i) * LANES);
        }
        add_group(weights, x + k, sums);
        k += CONVOY_CODED_STEPS;
        words += CONVOY_CODED_STORED * LANES;
    }
    finish_row(job, 0, sums, PANEL_VECTORS);
    activate_if_tanh(job);
}

#endif
