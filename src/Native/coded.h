/*
 * Weights in single precision, stored in 28 bits each without loss, for layers whose speed is that of reading them.
 *
 * The exponents of a layer's weights lie close together: 16 neighbouring ones cover all but about one in ten thousand.
 * So a weight is kept as sign, 4 bits that count from the panel's least exponent, and its 23 bits of fraction. A group
 * is four steps of the reduction in one panel, eight vectors of weights; seven of them are stored, and the four bits
 * each of their words has to spare hold the eighth. A group with a weight that does not fit is an escape, stored as it
 * is elsewhere; where there are too many of those, the weights are left as they were. That the exponents of trained
 * weights take little room is what DFloat11 builds on (Zhang et al. 2025), with codes of varying length.
 *
 * Packed: a header, the table of panels, the escapes' group numbers, the panels, the escapes. A last panel of fewer
 * channels stays as it is. There is room for the weights as they were, of which codes write to no more than they need.
 */
#ifndef CONVOY_CODED_H
#define CONVOY_CODED_H

#include "product.h"

#include <stdbool.h>

typedef struct convoy_coded_panel {
    uint32_t exponent;     /* the least one's bits, in their place */
    uint32_t first_escape; /* of the panel; the next panel's is where they end */
} convoy_coded_panel;

/* Packed weights, found again. */
typedef struct convoy_coded {
    bool is_coded;                    /* false: the panels are as convoy_product_pack makes them */
    const convoy_coded_panel *panels; /* [whole panels + 1] */
    const uint32_t *escapes;          /* their groups, counted from the panel's first */
    const float *escaped;             /* [escape][CONVOY_CODED_STEPS][panel] */
    const float *weights;
} convoy_coded;

/* Whether such a product's weights may be coded: in whole groups, in every block of its reduction. */
bool convoy_coded_applies(const convoy_product *product);

/* Bytes of the packed weights, coded or not. The product's own must not overflow. */
uint64_t convoy_coded_bytes(const convoy_product *product);

/* As convoy_product_pack. */
void convoy_coded_pack(const convoy_product *product, const float *weights, void *packed);

convoy_coded convoy_coded_open(const convoy_product *product, const void *packed);

/*
 * Sets where a job reads the panel's weights from step k of the reduction on. True: they are codes, for the kernel
 * coded_product; else for product.
 */
bool convoy_coded_prepare(const convoy_product *product, const convoy_coded *coded, int64_t panel, int64_t k,
                          convoy_product_job *job);

#endif
