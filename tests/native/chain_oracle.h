/* What a chain should give: the oracle's layers one behind the other, rounded to floats between them. */
#ifndef CONVOY_TEST_CHAIN_ORACLE_H
#define CONVOY_TEST_CHAIN_ORACLE_H

#include "convoy.h"

#include <stddef.h>

/* A layer's output, and how many weights it has, by its input. */
convoy_image output_of(const convoy_chain_layer *layer, convoy_image input);
size_t weights_of(const convoy_chain_layer *layer, convoy_image input);

/* Every image's output; the map it is goes to *output. Freed by the caller. bias: may be NULL. */
double *oracle_chain(const convoy_chain_desc *desc, const float *x, const float *weights, const float *bias,
                     convoy_image *output);

#endif
