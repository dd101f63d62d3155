/* Operators that pass once over the data. */
#ifndef CONVOY_PASSES_H
#define CONVOY_PASSES_H

#include "plan/operator.h"

extern const convoy_operator convoy_pool2d_operator;
extern const convoy_operator convoy_lrn_operator;
extern const convoy_operator convoy_elementwise_operator;
extern const convoy_operator convoy_softmax_operator;
extern const convoy_operator convoy_concat_operator;
extern const convoy_operator convoy_transform_operator;

/* Softmax of one pixel; y may be x. */
void convoy_softmax_pixel(const float *x, float *y, int64_t channels);

#endif
