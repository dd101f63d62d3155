/* The activations of a vector, and of many floats. */
#ifndef CONVOY_ACTIVATION_KERNEL_H
#define CONVOY_ACTIVATION_KERNEL_H

#include "activation/tanh_kernel.h"
#include "convoy.h"
#include "isa/vector.h"

ALWAYS_INLINE vec apply(vec x, int32_t activation) {
    switch (activation) {
    case CONVOY_ACTIVATION_RELU:
        return relu(x);
    case CONVOY_ACTIVATION_TANH:
        return tanh_of(x);
    case CONVOY_ACTIVATION_NONE:
        return x;
    }
    UNREACHABLE;
}

ALWAYS_INLINE void activate_all(const float *x, float *y, ptrdiff_t count, const int32_t activation) {
    ptrdiff_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(y + i, apply(load(x + i), activation));
    }
    if (i < count) {
        store_partial(y + i, apply(load_partial(x + i, count - i), activation), count - i);
    }
}

/* The activation is chosen before the loops: within them it would keep constants out of registers. */
static void activate(const float *x, float *y, ptrdiff_t count, int32_t activation) {
    switch (activation) {
    case CONVOY_ACTIVATION_RELU:
        activate_all(x, y, count, CONVOY_ACTIVATION_RELU);
        break;
    case CONVOY_ACTIVATION_TANH:
        activate_all(x, y, count, CONVOY_ACTIVATION_TANH);
        break;
    case CONVOY_ACTIVATION_NONE:
        activate_all(x, y, count, CONVOY_ACTIVATION_NONE);
        break;
    }
}

#endif
