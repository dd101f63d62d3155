/*
 * Exponent-coded weights: single precision, stored in 28 bits each without loss, for layers whose speed is that of
 * reading them.
 *
 * The exponents of a layer's weights lie close together: 16 neighbouring ones cover all but about one in ten thousand.
 * So a weight is kept as sign, 4 bits that count from the panel's least exponent, and its 23 bits of fraction. A block
 * is four steps of the reduction in one panel, eight vectors of weights; seven of them are stored, and the four bits
 * each of their words has to spare hold the eighth. A block with a weight that does not fit is an escape, stored as it
 * is elsewhere; where there are too many of those, the weights are left as they were. That the exponents of trained
 * weights take little room is what DFloat11 builds on (Zhang et al. 2025), with codes of varying length.
 *
 * Packed: a header, the table of panels, the escapes' block numbers, the panels, the escapes. A last panel of fewer
 * channels stays as it is. There is room for the weights as they were, of which codes write to no more than they need.
 */
#ifndef CONVOY_EXPONENT_CODED_H
#define CONVOY_EXPONENT_CODED_H

#include "gemm/gemm.h"
#include "gemm/gemm_job.h"

#include <stdbool.h>

typedef struct convoy_exponent_coded_panel {
    uint32_t exponent;     /* the least one's bits, in their place */
    uint32_t first_escape; /* of the panel; the next panel's is where they end */
} convoy_exponent_coded_panel;

/* Packed weights, found again. */
typedef struct convoy_exponent_coded {
    bool is_exponent_coded;                    /* false: the panels are as convoy_gemm_pack makes them */
    const convoy_exponent_coded_panel *panels; /* [whole panels + 1] */
    const uint32_t *escapes;                   /* their blocks, counted from the panel's first */
    const float *escaped;                      /* [escape][CONVOY_EXPONENT_CODED_STEPS][panel] */
    const float *weights;
} convoy_exponent_coded;

/* Whether such a GEMM's weights may be exponent-coded: in whole code blocks, in every block of its reduction. */
bool convoy_exponent_coded_applies(const convoy_gemm *gemm);

/* Bytes of the packed weights, exponent-coded or not. The GEMM's own must not overflow. */
uint64_t convoy_exponent_coded_bytes(const convoy_gemm *gemm);

/* As convoy_gemm_pack. */
void convoy_exponent_coded_pack(const convoy_gemm *gemm, const float *weights, void *packed);

convoy_exponent_coded convoy_exponent_coded_open(const convoy_gemm *gemm, const void *packed);

/*
 * Sets where a job reads the panel's weights from step k of the reduction on. True: they are codes, for the
 * micro-kernel exponent_coded_gemm; else for gemm.
 */
bool convoy_exponent_coded_prepare(const convoy_gemm *gemm, const convoy_exponent_coded *coded, int64_t panel,
                                   int64_t k, convoy_gemm_job *job);

#endif
