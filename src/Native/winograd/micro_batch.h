/* A run's micro-batches, and the work items of their phases. */
#ifndef CONVOY_MICRO_BATCH_H
#define CONVOY_MICRO_BATCH_H

#include "winograd/winograd_state.h"

/* The images of a micro-batch; none behind the last. */
winograd_range convoy_winograd_images_of(const convoy_winograd_state *state, int64_t images, int64_t micro_batch);

/* Blocks of tiles that a micro-batch of so many images is divided into. */
int64_t convoy_winograd_blocks_of(const convoy_winograd_state *state, int64_t images);

/* Work items of a phase, and of all, in a run of so many images. */
int64_t convoy_winograd_items(const convoy_internals *internals, int64_t images, int32_t phase);
int64_t convoy_winograd_all_items(const convoy_internals *internals, int64_t images);

#endif
