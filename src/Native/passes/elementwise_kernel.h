/* The sum of two feature maps; activation_kernel.h has the activation by itself. */
#ifndef CONVOY_ELEMENTWISE_KERNEL_H
#define CONVOY_ELEMENTWISE_KERNEL_H

#include "activation/activation_kernel.h"

static void add(const float *a, const float *b, float *y, ptrdiff_t count, int32_t activation) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, apply(load(a + i) + load(b + i), activation));
    }
    if (i < count) {
        const ptrdiff_t rest = count - i;
        store_partial(y + i, apply(load_partial(a + i, rest) + load_partial(b + i, rest), activation), rest);
    }
}

#endif
