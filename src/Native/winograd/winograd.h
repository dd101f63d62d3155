/* Winograd convolution: its row among the operators, and its plan. */
#ifndef CONVOY_WINOGRAD_H
#define CONVOY_WINOGRAD_H

#include "plan/operator.h"

/* A convolution that convoy_plan_conv2d found valid. CONVOY_UNSUPPORTED where the algorithm does not apply. */
int32_t convoy_plan_winograd(const convoy_conv2d_desc *desc, convoy_plan *plan);

#endif
