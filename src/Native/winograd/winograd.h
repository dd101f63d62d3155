/* Winograd convolution: its row among the operators, and its plan. */
#ifndef CONVOY_WINOGRAD_H
#define CONVOY_WINOGRAD_H

#include "plan/operator.h"

/* A convolution that conv2d.c found valid. CONVOY_UNSUPPORTED where the algorithm does not apply. */
int32_t convoy_plan_winograd(convoy_draft *draft, const convoy_conv2d_desc *desc);

#endif
