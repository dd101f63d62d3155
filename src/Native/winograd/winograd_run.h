/* Packing the weights of Winograd convolution, running its work items, and what those do. */
#ifndef CONVOY_WINOGRAD_RUN_H
#define CONVOY_WINOGRAD_RUN_H

#include "plan/plan.h"

void convoy_winograd_pack(const convoy_internals *internals, const float *weights, void *packed);
void convoy_winograd_run(const convoy_call *call);
void convoy_winograd_work(const convoy_internals *internals, int64_t images, int32_t phase, convoy_work *work);

#endif
