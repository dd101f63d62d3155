/* Depthwise convolution: its plan; depthwise.c explains it. */
#ifndef CONVOY_DEPTHWISE_H
#define CONVOY_DEPTHWISE_H

#include "plan/plan.h"

/*
 * A convolution that conv2d.c found valid, each channel by itself. CONVOY_UNSUPPORTED where that does not apply: groups
 * of several channels, in or out, an input of NCHW, points asked for, or pooling.
 */
int32_t convoy_plan_depthwise(convoy_draft *draft, const convoy_conv2d_desc *desc);

#endif
