/* Convolution: the algorithms that convoy_plan_conv2d chooses from. */
#ifndef CONVOY_CONV2D_H
#define CONVOY_CONV2D_H

#include "plan/operator.h"

extern const convoy_operator convoy_direct_operator;

/*
 * A convolution that convoy_plan_conv2d found valid, directly. CONVOY_UNSUPPORTED where that does not apply: the input
 * is NCHW, points are asked for, or pooling.
 */
int32_t convoy_plan_direct(const convoy_conv2d_desc *desc, convoy_plan *plan);

#endif
