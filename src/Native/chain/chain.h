/*
 * A chain of small layers run as one operator. Layers that each take microseconds spend their time on being started and
 * on maps too narrow for vectors. Here a work item carries a micro-batch of images, side by side in the lanes of a
 * vector, through all layers, so that any shape fills the vectors and no map leaves the second-level cache. Images too
 * few to fill the lanes go one by one, with channels in the lanes, or neighbouring columns or rows where there are
 * hardly any channels (convolve_kernel.h, convolve_rows_kernel.h). All ways give the same bits.
 *
 * Layers are taken in stages: a convolution, a pooling, or a convolution with the pooling behind it, of which only the
 * rows that one row of windows needs are kept.
 */
#ifndef CONVOY_CHAIN_H
#define CONVOY_CHAIN_H

#include "plan/operator.h"

extern const convoy_operator convoy_chain_operator;

#endif
