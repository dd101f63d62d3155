/* Packing the weights of Winograd convolution, and running its work items. */
#ifndef CONVOY_WINOGRAD_RUN_H
#define CONVOY_WINOGRAD_RUN_H

#include "plan/plan.h"

void convoy_winograd_pack(const convoy_internals *internals, const float *weights, void *packed);
void convoy_winograd_run(const convoy_call *call);

#endif
