/* A single image's first stage, where there are too few channels to fill the lanes. x: the padded input. */
#ifndef CONVOY_CHAIN_IMAGE_H
#define CONVOY_CHAIN_IMAGE_H

#include "chain/chain_stages.h"

/* Columns in the lanes. scratch: columns.floats. */
void convoy_chain_run_columns(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                              float *y);

/* By tiles, with rows in the lanes; y: [column][channel][rows.count] where the next stage reads it so.
 * scratch: rows.floats. */
void convoy_chain_run_rows(const convoy_call *call, const convoy_chain *chain, const float *x, float *scratch,
                           float *y);

#endif
