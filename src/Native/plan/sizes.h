/* The sizes of a plan being made: arithmetic that remembers overflow in the draft. */
#ifndef CONVOY_SIZES_H
#define CONVOY_SIZES_H

#include "plan/plan.h"

uint64_t convoy_checked_mul(convoy_draft *draft, uint64_t a, uint64_t b);
uint64_t convoy_checked_add(convoy_draft *draft, uint64_t a, uint64_t b);

/* bytes, rounded up to a multiple of CONVOY_ALIGNMENT. */
uint64_t convoy_aligned(convoy_draft *draft, uint64_t bytes);

/* height * width * channels elements of so many bytes. */
uint64_t convoy_image_bytes(convoy_draft *draft, int64_t height, int64_t width, int64_t channels, uint64_t element);

#endif
